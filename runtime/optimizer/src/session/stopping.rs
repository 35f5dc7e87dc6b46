//! How a session ends: the operation first, then its result, then connectors, then GOODBYE.

use std::mem;
use std::time::Duration;

use super::action::{Action, End, Level};
use super::machine::{Doing, Session, Stop};
use super::running::{Running, Why};
use super::talk::{Purpose, Talk};
use crate::wire::{Event, Goodbye, Request};

/// How long the answer to progress is waited for before the result is told.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the last word may take.
const GOODBYE: Duration = Duration::from_secs(5);

impl Session {
    /// It is to end: what is under way is ended, its result told.
    pub(super) fn stopped(&mut self, reason: String) {
        if self.stop.is_some() {
            return self.abort();
        }
        let deadline = self.now.saturating_add(self.options.drain);
        let pressed = self.now.saturating_add(PATIENCE);
        self.stop = Some(Stop { reason: reason.clone(), deadline, pressed });
        match mem::replace(&mut self.doing, Doing::Over) {
            Doing::New => self.over(),
            Doing::Talking(mut talk) if matches!(talk.purpose, Purpose::Result { .. }) => {
                // What was waiting for a better moment has none but this.
                talk.again = talk.again.map(|_| self.now);
                self.doing = Doing::Talking(talk);
                self.due();
            }
            Doing::Talking(talk) => {
                if talk.again.is_none() {
                    self.act(Action::Abandon);
                }
                self.shut_down();
            }
            Doing::Running(running) => match running.ending {
                None => self.end_operation(running, Why::Stopping(reason)),
                Some(_) => self.doing = Doing::Running(running),
            },
            Doing::Pausing { .. } | Doing::Idle => self.shut_down(),
            same => self.doing = same,
        }
    }

    /// Ends at once.
    fn abort(&mut self) {
        match &self.doing {
            Doing::Talking(Talk { again: None, .. }) | Doing::Leaving { .. } => self.act(Action::Abandon),
            Doing::Running(running) => {
                let in_flight = running.in_flight;
                self.act(Action::Kill);
                if in_flight {
                    self.act(Action::Abandon);
                }
            }
            Doing::Over => return,
            _ => {}
        }
        self.over();
    }

    /// Connectors are down: the last word.
    pub(super) fn down(&mut self) {
        if !matches!(self.doing, Doing::Down) {
            return;
        }
        let Some(reason) = self.stop.as_ref().map(|stop| stop.reason.clone()).filter(|_| self.greeted) else {
            return self.over();
        };
        let event = Event::Goodbye(Goodbye { reason });
        let request = Request { event, servo_uid: self.options.servo_uid.clone() };
        match request.write() {
            Ok(body) => {
                self.act(Action::Post { event: request.event.name(), body: body.into() });
                self.doing = Doing::Leaving { until: self.now + GOODBYE };
            }
            Err(_) => self.over(),
        }
    }

    /// Nothing follows.
    pub(super) fn over(&mut self) {
        let end = self.end.clone();
        self.act(Action::End(end));
        self.doing = Doing::Over;
    }

    /// Nothing is under way any more.
    pub(super) fn shut_down(&mut self) {
        self.act(Action::Shutdown);
        self.doing = Doing::Down;
    }

    /// There is no use in going on.
    pub(super) fn give_up(&mut self, text: String) {
        self.trouble(Level::Error, text.clone());
        self.end = End::GaveUp(text);
        self.greeted = false;
        self.shut_down();
    }

    /// Whether there is no time left to end in good order.
    pub(super) fn is_late(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.deadline <= self.now)
    }

    /// Whether the answer to progress was waited for long enough.
    pub(super) fn is_pressed(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.pressed <= self.now)
    }

    /// There is no time left: what is on its way is given up, and the operation ended.
    pub(super) fn late(&mut self, mut running: Box<Running>) {
        if mem::take(&mut running.in_flight) {
            self.act(Action::Abandon);
        }
        if running.outcome.is_some() {
            return self.unsaid(running.command.name());
        }
        if let Some(ending) = &mut running.ending
            && !mem::replace(&mut ending.killed, true)
        {
            self.act(Action::Kill);
        }
        self.doing = Doing::Running(running);
    }

    /// There is no time left to tell something.
    pub(super) fn unsaid(&mut self, what: &str) {
        self.tell(Level::Warning, format!("the result of {what} could not be told in time"));
        self.shut_down();
    }
}
