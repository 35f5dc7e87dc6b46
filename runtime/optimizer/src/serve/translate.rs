//! Between what is said and its form on the wire.

use servo_types::{Description, Failure};

use super::exchange::{Act, Heard, Outcome, Said};
use crate::wire::{
    Adjust, Body, Command, Control, Describe, Event, Measure, Order, Reply, Report, Sleep, Status,
    StatusKind, WireError,
};

/// What a servo says with this event; `now` is when, in seconds since the epoch.
///
/// # Errors
/// A part of it reads well and means nothing.
pub(super) fn heard(event: Event, now: u64) -> Result<Heard, WireError> {
    Ok(match event {
        Event::Hello(None) => Heard::Check,
        Event::Hello(Some(hello)) => Heard::Hello { agent: said(hello.agent) },
        Event::WhatsNext => Heard::WhatsNext,
        Event::Description(report) => {
            reported(Act::Describe, report, |described| described.descriptor.to_types().map(state))?
        }
        Event::Adjustment(report) => {
            reported(Act::Adjust, report, |adjusted| adjusted.state.to_types().map(state))?
        }
        Event::Measurement(report) => {
            reported(Act::Measure, report, |measured| Ok(Outcome::Measured(measured.to_types(now as f64))))?
        }
        Event::Goodbye(goodbye) => Heard::Goodbye { reason: said(goodbye.reason) },
    })
}

/// The reply; none where the protocol has a status of HTTP for it.
///
/// # Errors
/// The command cannot be written.
pub(super) fn reply(said: Said) -> Result<Option<Reply>, WireError> {
    let status = |kind, reason| Reply::Status(Status::of(kind, reason));
    let command = |uid, order| Reply::Command(Box::new(Command { cmd_uid: uid, order }));
    Ok(Some(match said {
        Said::Gone => return Ok(None),
        Said::Ok => Reply::Status(Status::ok()),
        Said::Invalid(reason) => status(StatusKind::Invalid, reason),
        Said::Unexpected(reason) => status(StatusKind::UnexpectedEvent, reason),
        Said::Describe { uid } => {
            command(Some(uid), Order::Describe(Describe { control: Control::default() }))
        }
        Said::Measure { uid, metrics, control } => {
            command(Some(uid), Order::Measure(Measure::of(&metrics, &control)?))
        }
        Said::Adjust { uid, adjustments, control } => {
            command(Some(uid), Order::Adjust(Adjust::of(&adjustments, &control)?))
        }
        Said::Sleep { duration, reason } => command(None, Order::Sleep(Sleep::of(duration, &reason))),
    }))
}

fn reported<T>(
    act: Act,
    report: Report<T>,
    read: impl FnOnce(T) -> Result<Outcome, WireError>,
) -> Result<Heard, WireError> {
    let uid = report.cmd_uid;
    let result: Result<Outcome, Failure> = match report.body {
        Body::Progress(progress) => return Ok(Heard::Progress { act, uid, percent: progress.progress }),
        Body::Done(result) => Ok(read(result)?),
        Body::Failed(failed) => Err(failed.to_types()),
    };
    Ok(Heard::Done { act, uid, result })
}

fn state(description: Description) -> Outcome {
    Outcome::State(description)
}

fn said(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
