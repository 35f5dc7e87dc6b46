use std::future::pending;

use tokio::time::sleep;

use crate::scripted::{Answer, Log, Scene, Scripted, fail, measure, summary};
use crate::{Bus, Event, Handler};

use super::*;

mod cycles;

/// Dispatches and also tells how much (virtual) time passed, in seconds.
async fn timed(bus: &Bus, options: Options) -> (Outcomes, f64) {
    let started = Instant::now();
    let outcomes = bus.dispatch(measure(), options).await.unwrap();
    (outcomes, started.elapsed().as_secs_f64())
}

/// Answers with `answer` after some seconds, or `cancelled` as soon as it is told to stop.
fn polite(name: &'static str, seconds: u64, answer: Scene) -> Scripted {
    Scripted::new(name, move |_, context| async move {
        tokio::select! {
            () = context.cancel.cancelled() => fail(Code::Cancelled),
            () = sleep(Duration::from_secs(seconds)) => answer(),
        }
    })
}

fn ok() -> Answer {
    Ok(Reply::Done)
}

#[tokio::test(start_paused = true)]
async fn hooks_go_around_the_handlers() {
    let (bus, log) = (Bus::new(), Log::default());
    for (name, seconds) in [("slow", 2), ("quick", 1)] {
        let log = log.clone();
        Scripted::new(name, move |call, _| {
            let log = log.clone();
            let moment = match &*call {
                Call::Before { arguments, .. } => format!("before {}", arguments.len() > 2),
                Call::After { outcomes, .. } => format!("after {outcomes}"),
                _ => "on".to_owned(),
            };
            async move {
                log.add(format!("{name} {moment}"));
                sleep(Duration::from_secs(seconds)).await;
                log.add(format!("{name} done"));
                ok()
            }
        })
        .hook(Moment::Before, Event::Measure)
        .hook(Moment::After, Event::Measure)
        .register(&bus);
    }
    let (outcomes, seconds) = timed(&bus, Options::default()).await;
    assert_eq!((summary(&outcomes).as_str(), seconds.round()), ("slow ok, quick ok", 6.0));
    let json = r#"[{"connector":"slow","ok":null},{"connector":"quick","ok":null}]"#;
    let after = [format!("slow after {json}"), format!("quick after {json}")];
    let expected = [
        ["slow before true", "quick before true", "quick done", "slow done"],
        ["slow on", "quick on", "quick done", "slow done"],
        [&after[0], &after[1], "quick done", "slow done"],
    ];
    assert_eq!(log.lines(), expected.concat());
}

#[tokio::test(start_paused = true)]
async fn a_before_hook_cancels_the_event() {
    let (bus, log) = (Bus::new(), Log::default());
    let guard = |name| {
        Scripted::new(name, |_, _| async { Err(Failure::new(Code::Cancelled, "not on a Friday")) }).on(&[])
    };
    guard("guard").hook(Moment::Before, Event::Measure).register(&bus);
    polite("other", 60, ok).on(&[]).hook(Moment::Before, Event::Measure).register(&bus);
    let seen = log.clone();
    Scripted::new("prom", move |_, _| {
        seen.add("called");
        async { ok() }
    })
    .hook(Moment::After, Event::Measure)
    .register(&bus);
    let (outcomes, seconds) = timed(&bus, Options::default()).await;
    assert_eq!(seconds, 0.0);
    let cancelled = outcomes.cancelled_by.as_ref().unwrap();
    assert_eq!((&*cancelled.connector, &*cancelled.failure.message), ("guard", "not on a Friday"));
    assert_eq!(outcomes.hook_failures.len(), 1, "the other hook was told to stop, and that is kept");
    assert!(outcomes.answers.is_empty() && log.lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn other_failures_of_hooks_are_kept_and_the_event_goes_on() {
    let bus = Bus::new();
    Scripted::new("failing", |_, _| async { fail(Code::Failed) })
        .on(&[])
        .hook(Moment::Before, Event::Measure)
        .hook(Moment::After, Event::Measure)
        .register(&bus);
    Scripted::new("aborting", |_, _| async { fail(Code::Aborted) })
        .on(&[])
        .hook(Moment::Before, Event::Measure)
        .register(&bus);
    Scripted::new("cancelling", |_, _| async { fail(Code::Cancelled) })
        .on(&[])
        .hook(Moment::After, Event::Measure)
        .register(&bus);
    polite("prom", 1, ok).register(&bus);
    let (outcomes, _) = timed(&bus, Options::default()).await;
    let hooks = outcomes
        .hook_failures
        .iter()
        .map(|hook| format!("{} {} {}", hook.moment, hook.connector, hook.failure.code));
    let expected = [
        "before failing failed",
        "before aborting aborted",
        "after failing failed",
        "after cancelling cancelled",
    ];
    assert_eq!(hooks.collect::<Vec<_>>(), expected);
    assert_eq!((summary(&outcomes).as_str(), outcomes.worst()), ("prom ok", None));
}

#[tokio::test(start_paused = true)]
async fn aborted_and_cancelled_end_their_siblings_and_the_others_do_not() {
    let cases: [(Scene, &str, u64); 7] = [
        (|| fail(Code::Aborted), "one cancelled, two aborted, three cancelled", 1),
        (|| fail(Code::Cancelled), "one cancelled, two cancelled, three cancelled", 1),
        (|| fail(Code::Failed), "one ok, two failed, three ok", 5),
        (|| fail(Code::Rejected), "one ok, two rejected, three ok", 5),
        (|| fail(Code::TimedOut), "one ok, two timed-out, three ok", 5),
        (|| fail(Code::Busy), "one ok, two busy, three ok", 5),
        (ok, "one ok, two ok, three ok", 5),
    ];
    for (second, expected, seconds) in cases {
        let bus = Bus::new();
        polite("one", 5, ok).register(&bus);
        polite("two", 1, second).register(&bus);
        polite("three", 5, ok).register(&bus);
        let (outcomes, took) = timed(&bus, Options::default()).await;
        assert_eq!((summary(&outcomes).as_str(), took.round() as u64), (expected, seconds));
        assert_eq!(outcomes.ended_by, (seconds == 1).then_some(1), "{expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_siblings_answer_after_an_abort_is_awaited_and_kept() {
    let bus = Bus::new();
    Scripted::new("tidy", |_, context| async move {
        context.cancel.cancelled().await;
        sleep(Duration::from_secs(3)).await;
        ok()
    })
    .register(&bus);
    polite("bad", 1, || fail(Code::Aborted)).register(&bus);
    let (outcomes, seconds) = timed(&bus, Options::default()).await;
    assert_eq!((summary(&outcomes).as_str(), seconds.round()), ("tidy ok, bad aborted", 4.0));
}

#[tokio::test(start_paused = true)]
async fn first_asks_until_one_answers() {
    let cases: [(Scene, &str); 4] = [
        (ok, "one failed, two ok"),
        (|| fail(Code::Rejected), "one failed, two rejected, three ok"),
        (|| fail(Code::Aborted), "one failed, two aborted"),
        (|| fail(Code::Cancelled), "one failed, two cancelled"),
    ];
    for (second, expected) in cases {
        let bus = Bus::new();
        polite("one", 1, || fail(Code::Failed)).register(&bus);
        polite("two", 1, second).register(&bus);
        polite("three", 1, ok).register(&bus);
        let (outcomes, seconds) = timed(&bus, Options { first: true, ..Options::default() }).await;
        assert_eq!(
            (summary(&outcomes).as_str(), seconds.round() as usize),
            (expected, outcomes.answers.len())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn time_is_over_for_all_at_once() {
    let bus = Bus::new();
    polite("quick", 1, ok).register(&bus);
    polite("polite", 60, ok).register(&bus);
    Scripted::new("stubborn", |_, _| pending()).register(&bus);
    polite("after", 1, ok).on(&[]).hook(Moment::After, Event::Measure).register(&bus);
    let options = Options { timeout: Some(Duration::from_secs(10)), ..Options::default() };
    let (outcomes, seconds) = timed(&bus, options).await;
    assert_eq!(summary(&outcomes), "quick ok, polite timed-out, stubborn timed-out");
    assert_eq!(seconds.round(), 10.0 + PATIENCE.as_secs_f64() + 1.0);
    assert_eq!(outcomes.hook_failures, [], "after hooks have time even then");
    let message = "`stubborn` went on for 7 s after it was told to stop, because its time was over";
    assert_eq!(outcomes.answers[2].result.as_ref().unwrap_err().message, message);
}

#[tokio::test(start_paused = true)]
async fn before_hooks_may_use_up_the_time() {
    let bus = Bus::new();
    polite("slow", 60, ok).hook(Moment::Before, Event::Measure).register(&bus);
    let options = Options { timeout: Some(Duration::from_secs(10)), ..Options::default() };
    let (outcomes, seconds) = timed(&bus, options).await;
    assert_eq!((summary(&outcomes).as_str(), seconds.round()), ("slow timed-out", 10.0));
    assert_eq!(outcomes.hook_failures[0].failure.code, Code::TimedOut);
    assert!(outcomes.cancelled_by.is_none(), "a hook that was told to stop does not cancel the event");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_dispatch_reaches_the_handlers() {
    let bus = Bus::new();
    polite("polite", 60, ok).register(&bus);
    Scripted::new("stubborn", |_, _| pending()).register(&bus);
    polite("after", 3, ok).on(&[]).hook(Moment::After, Event::Measure).register(&bus);
    let cancel = CancellationToken::new();
    let options = Options { cancel: cancel.clone(), ..Options::default() };
    let canceller = async {
        sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let ((outcomes, seconds), ()) = tokio::join!(timed(&bus, options), canceller);
    assert_eq!(summary(&outcomes), "polite cancelled, stubborn timed-out");
    assert_eq!(outcomes.ended_by, None);
    assert_eq!(seconds.round(), 2.0 + PATIENCE.as_secs_f64() + 3.0);
    assert_eq!(outcomes.hook_failures, []);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_after_the_end() {
    let (bus, log) = (Bus::new(), Log::default());
    let seen = log.clone();
    Scripted::new("prom", move |_, _| {
        seen.add("called");
        async { ok() }
    })
    .hook(Moment::Before, Event::Measure)
    .hook(Moment::After, Event::Measure)
    .register(&bus);
    let cancelled = Options::default();
    cancelled.cancel.cancel();
    let late = Options { timeout: Some(Duration::ZERO), ..Options::default() };
    let later = Options { first: true, timeout: Some(Duration::ZERO), ..Options::default() };
    for (options, expected) in
        [(cancelled, "prom cancelled"), (late, "prom timed-out"), (later, "prom timed-out")]
    {
        assert_eq!(summary(&timed(&bus, options).await.0), expected);
    }
    assert!(log.lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_for_ever() {
    let bus = Bus::new();
    Scripted::new("stubborn", |_, _| pending()).register(&bus);
    let (outcomes, seconds) = timed(&bus, Options::default()).await;
    assert_eq!((summary(&outcomes).as_str(), seconds.round()), ("stubborn timed-out", 3607.0));
    let for_ever = Options { timeout: Some(Duration::MAX), ..Options::default() };
    assert_eq!(timed(&bus, for_ever).await.1.round(), 3607.0);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_of_one() {
    let bus = Bus::new();
    Scripted::new("buggy", |_, _| async { panic!("index {} out of bounds", 7) }).register(&bus);
    polite("fine", 1, ok).register(&bus);
    let (outcomes, _) = timed(&bus, Options::default()).await;
    assert_eq!(summary(&outcomes), "buggy failed, fine ok");
    let message = "`buggy` panicked, please report this: index 7 out of bounds";
    assert_eq!(outcomes.worst().unwrap().message, message);
}

#[tokio::test(start_paused = true)]
async fn a_handler_replaced_in_mid_call_finishes_it() {
    let bus = Bus::new();
    polite("prom", 5, ok).register(&bus);
    let swap = async {
        sleep(Duration::from_secs(1)).await;
        let new: Arc<dyn Handler> = Arc::new(Scripted::new("prom", |_, _| async { fail(Code::Rejected) }));
        drop(bus.replace(new).unwrap());
        let (now, _) = timed(&bus, Options::default()).await;
        assert_eq!(summary(&now), "prom rejected");
        bus.unregister("prom").unwrap();
    };
    let ((outcomes, seconds), ()) = tokio::join!(timed(&bus, Options::default()), swap);
    assert_eq!((summary(&outcomes).as_str(), seconds.round()), ("prom ok", 5.0));
    assert_eq!(summary(&timed(&bus, Options::default()).await.0), "");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_handlers_answer_in_their_order() {
    let bus = Bus::new();
    let names: Vec<&'static str> = (0..100).map(|n| &*Box::leak(format!("c{n}").into_boxed_str())).collect();
    for (n, name) in names.iter().enumerate() {
        polite(name, (n as u64 * 37) % 100, ok).register(&bus);
    }
    let (outcomes, seconds) = timed(&bus, Options::default()).await;
    assert_eq!(outcomes.answers.iter().map(|answer| &*answer.connector).collect::<Vec<_>>(), names);
    assert_eq!(
        outcomes.answers.iter().map(|answer| answer.took.as_secs_f64().round() as u64).max(),
        Some(99)
    );
    assert_eq!(seconds.round(), 99.0);
}
