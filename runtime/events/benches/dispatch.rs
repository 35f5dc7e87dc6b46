//! What the bus itself costs: a dispatch to 1, 10 and 100 trivial handlers beside the raw calls of the same handlers.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use futures_util::future::join_all;
use servo_events::{BoxFuture, Bus, Call, Chain, Context, Event, Handler, Options, ProgressSink, Reply};
use servo_types::{Control, Failure};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Answers at once.
struct Trivial(String);

/// Answers from a task of its own, as an instance does.
struct Queued(String, mpsc::Sender<oneshot::Sender<Reply>>);

impl Handler for Trivial {
    fn name(&self) -> &str {
        &self.0
    }

    fn handles(&self, event: Event) -> bool {
        event == Event::Measure
    }

    fn call(&self, _: Arc<Call>, _: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async { Ok(Reply::Done) })
    }
}

impl Handler for Queued {
    fn name(&self) -> &str {
        &self.0
    }

    fn handles(&self, event: Event) -> bool {
        event == Event::Measure
    }

    fn call(&self, _: Arc<Call>, _: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async {
            let (answer, answered) = oneshot::channel();
            self.1.send(answer).await.map_err(|error| Failure::failed(error.to_string()))?;
            answered.await.map_err(|error| Failure::failed(error.to_string()))
        })
    }
}

fn queued(name: String) -> Queued {
    let (sender, mut mailbox) = mpsc::channel::<oneshot::Sender<Reply>>(8);
    tokio::spawn(async move {
        while let Some(answer) = mailbox.recv().await {
            let _ = answer.send(Reply::Done);
        }
    });
    Queued(name, sender)
}

fn context() -> Context {
    Context {
        cancel: CancellationToken::new(),
        deadline: Instant::now(),
        progress: ProgressSink::default(),
        callers: Chain::default(),
    }
}

fn bench(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    for kind in ["trivial", "queued"] {
        let mut group = c.benchmark_group(kind);
        for count in [1_usize, 10, 100] {
            let _inside = runtime.enter();
            let handlers: Vec<Arc<dyn Handler>> = (0..count)
                .map(|n| match kind {
                    "trivial" => Arc::new(Trivial(format!("c{n}"))) as Arc<dyn Handler>,
                    _ => Arc::new(queued(format!("c{n}"))),
                })
                .collect();
            let bus = Bus::new();
            for handler in &handlers {
                bus.register(Arc::clone(handler)).expect("names differ");
            }
            let call = Arc::new(Call::Measure { metrics: Vec::new(), control: Control::default() });
            let context = context();
            group.bench_function(BenchmarkId::new("raw", count), |b| {
                b.to_async(&runtime).iter(|| async {
                    let calls =
                        handlers.iter().map(|handler| handler.call(Arc::clone(&call), context.clone()));
                    black_box(join_all(calls).await)
                });
            });
            group.bench_function(BenchmarkId::new("bus", count), |b| {
                b.to_async(&runtime)
                    .iter(|| async { black_box(bus.dispatch(Arc::clone(&call), Options::default()).await) });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
