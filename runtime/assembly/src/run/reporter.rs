//! What those who watch a run are told of it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use servo_events::Progress;
use tokio::sync::mpsc;

use super::{RunEvent, Whereabouts, story};
use crate::progress::{Furthest, furthest};

/// How often it is said how much of a measurement's time has passed.
const TICK: Duration = Duration::from_millis(100);
/// How often the log says how far a measurement is.
const LOGGED: Duration = Duration::from_secs(10);

/// Tells those who watch; when they have gone, nothing.
pub(crate) struct Reporter {
    watchers: mpsc::Sender<RunEvent>,
    whereabouts: Arc<Whereabouts>,
}

impl Reporter {
    /// Tells them, and keeps where the run is.
    pub(super) fn new(watchers: mpsc::Sender<RunEvent>, whereabouts: Arc<Whereabouts>) -> Self {
        Self { watchers, whereabouts }
    }

    pub(crate) async fn send(&self, event: RunEvent) {
        story::log(&event);
        self.whereabouts.note(&event);
        // The one who watches may stop watching; the run goes on.
        let _ = self.watchers.send(event).await;
    }

    pub(crate) async fn notice(&self, text: String) {
        self.send(RunEvent::Notice(text)).await;
    }

    /// Passes progress on while `work` is done, and the share of the time that was asked for as long as no connector
    /// says how far it is; what is not taken in time is left out. `heard` gets what connectors say.
    pub(crate) async fn while_reporting<F: Future>(
        &self,
        mut progress: Progress,
        asked: Duration,
        heard: impl Fn(&Furthest),
        work: F,
    ) -> F::Output {
        let mut work = pin!(work);
        let (mut open, mut said) = (true, false);
        let (start, mut tick) = (tokio::time::Instant::now(), tokio::time::interval(TICK));
        let mut logged = start;
        let mut tell = |percent: Option<f32>, message: String| {
            if logged.elapsed() >= LOGGED {
                logged = tokio::time::Instant::now();
                let percent = percent.map_or_else(String::new, |percent| format!("{percent:.0}% complete, "));
                tracing::info!("{percent}{} s elapsed - {message}", start.elapsed().as_secs());
            }
            let event = RunEvent::Progress { percent, message };
            self.whereabouts.note(&event);
            let _ = self.watchers.try_send(event);
        };
        loop {
            tokio::select! {
                biased;
                output = &mut work => return output,
                news = progress.changed(), if open => {
                    let Some(news) = news else { open = false; continue };
                    if let Some(furthest) = furthest(&news) {
                        heard(&furthest);
                        let Furthest { percent, message } = furthest;
                        said |= percent.is_some();
                        tell(percent, message);
                    }
                }
                _ = tick.tick(), if !said => {
                    let share = start.elapsed().as_secs_f64() / asked.as_secs_f64().max(1e-3);
                    tell(Some((share * 100.0).min(100.0) as f32), String::new());
                }
            }
        }
    }
}
