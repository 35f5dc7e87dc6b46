//! Signals: the first one asks to stop, the second one ends the process at once.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::exit::Trouble;
use crate::printer::Printer;

/// Numbers of the signals that end a program, as the shell counts them.
const SIGINT: i32 = 2;
const SIGUSR1: i32 = 10;
const SIGTERM: i32 = 15;
/// The same signal again within this time is the same request: `timeout` sends it to the process and to its group.
const ECHO: Duration = Duration::from_millis(500);
/// A shell reports a program that a signal ended as 128 and its number.
const KILLED: i32 = 128;

/// The signal of a write beyond the limit for files, where Linux has it.
const SIGXFSZ: i32 = 25;

/// Lets a write beyond the limit for files fail with an error, instead of ending the process without a word.
pub(crate) fn outlive_limits() -> Result<(), Trouble> {
    // What is listened to ends nothing any more.
    let listened = signal(SignalKind::from_raw(SIGXFSZ));
    listened.map(drop).map_err(|error| Trouble::Failed(format!("signals cannot be listened to: {error}")))
}

/// Whether and why the process was asked to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// Cancelled by the first signal.
    pub(crate) token: CancellationToken,
    /// The name of that signal, known before the token is cancelled.
    pub(crate) name: Arc<OnceLock<&'static str>>,
    first: Arc<AtomicI32>,
    /// Told at each SIGHUP.
    hangup: Arc<Notify>,
    /// Whether the command reloads.
    reloads: Arc<AtomicBool>,
}

impl Stop {
    /// Starts to listen. A SIGHUP is answered with a warning, but for a command that reloads.
    pub(crate) fn listen(printer: &Printer) -> Result<Self, Trouble> {
        let failed = |error| Trouble::Failed(format!("signals cannot be listened to: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut user = signal(SignalKind::user_defined1()).map_err(failed)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
        let stop = Self {
            token: CancellationToken::new(),
            name: Arc::default(),
            first: Arc::default(),
            hangup: Arc::default(),
            reloads: Arc::default(),
        };
        let (mine, printer) = (stop.clone(), printer.clone());
        tokio::spawn(async move {
            let mut asked: Option<(i32, Instant)> = None;
            loop {
                let (number, name) = tokio::select! {
                    _ = interrupt.recv() => (SIGINT, "SIGINT"),
                    _ = terminate.recv() => (SIGTERM, "SIGTERM"),
                    _ = user.recv() => (SIGUSR1, "SIGUSR1"),
                    _ = hangup.recv() => {
                        if mine.reloads.load(Ordering::Relaxed) {
                            mine.hangup.notify_one();
                        } else {
                            printer.warn("SIGHUP: this command reads its configuration once");
                        }
                        continue;
                    }
                };
                match asked {
                    Some((first, at)) if first == number && at.elapsed() < ECHO => continue,
                    Some(_) => process::exit(KILLED + number),
                    None => asked = Some((number, Instant::now())),
                }
                mine.first.store(number, Ordering::Relaxed);
                let _ = mine.name.set(name);
                mine.token.cancel();
                printer.say(&format!("{name}: ending in good order; a second signal ends at once"));
            }
        });
        Ok(stop)
    }

    /// From now on a SIGHUP is kept for [`Stop::hangup`].
    pub(crate) fn reloads(&self) {
        self.reloads.store(true, Ordering::Relaxed);
    }

    /// Waits for a SIGHUP.
    pub(crate) async fn hangup(&self) {
        self.hangup.notified().await;
    }

    /// Whether ctrl-C was the reason.
    pub(crate) fn was_interrupt(&self) -> bool {
        self.first.load(Ordering::Relaxed) == SIGINT
    }

    /// How work ends that takes as long as it is given, when it was asked to stop: ctrl-C has a code of its own, other
    /// signals are obeyed, which is no failure.
    pub(crate) fn ended(&self) -> Result<(), Trouble> {
        match (self.token.is_cancelled(), self.was_interrupt()) {
            (false, _) => Ok(()),
            (true, true) => Err(Trouble::Interrupted),
            (true, false) => Err(Trouble::Drained),
        }
    }

    /// How a command ends whose code is an answer: what was cut short is not done, whatever the signal.
    pub(crate) fn cut_short(&self) -> Result<(), Trouble> {
        self.ended().map_err(|trouble| match trouble {
            Trouble::Drained => Trouble::Failed("stopped before it was done".to_owned()),
            other => other,
        })
    }
}
