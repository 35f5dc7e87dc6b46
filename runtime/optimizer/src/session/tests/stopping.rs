//! How a session ends, whatever it is about.

use super::world::*;
use crate::session::*;
use crate::wire::{Body, Event, Report};

/// An optimizer that never answers this event.
fn silent_on(event: &'static str) -> World {
    let mut commands = vec![adjust("c")];
    World::new(options(), move |_, request| match request.event {
        _ if request.event.name() == event => None,
        Event::WhatsNext => Some(commands.pop().unwrap_or_else(|| sleep(3600.0))),
        _ => Some(taken()),
    })
}

#[test]
fn defect_7_every_moment_has_its_good_end() {
    let table: [(&str, World, &[&str], f64); 6] = [
        ("greeting", silent_on("HELLO"), &["HELLO", "abandon", "shutdown"], 10.0),
        ("asking", silent_on("WHATS_NEXT"), &["abandon", "shutdown", "GOODBYE SIGTERM"], 10.0),
        ("sleeping", World::scripted([]), &["WHATS_NEXT", "shutdown", "GOODBYE SIGTERM"], 10.0),
        (
            "reporting",
            silent_on("ADJUSTMENT"),
            &["ADJUSTMENT c ok", "abandon", "shutdown", "GOODBYE SIGTERM"],
            40.0,
        ),
        ("leaving", silent_on("GOODBYE"), &["shutdown", "GOODBYE SIGTERM", "abandon"], 15.0),
        (
            "waiting",
            World::new(options(), |_, request| {
                Some(if request.event == Event::WhatsNext { status(401, "") } else { taken() })
            }),
            &["WHATS_NEXT", "shutdown", "GOODBYE SIGTERM"],
            10.0,
        ),
    ];
    for (name, mut world, last, at) in table {
        world.stop_at(10.0);
        world.run(100.0);
        assert_eq!(world.trace[world.trace.len() - last.len()..], *last, "{name}: {:?}", world.trace);
        assert_eq!(world.end, Some((s(at), End::Stopped)), "{name}");
    }
}

#[test]
fn an_operation_is_ended_and_its_end_told_before_connectors_shut_down() {
    let stopping = "cancel: servo is stopping: SIGTERM";
    let cancelled = "ADJUSTMENT c cancelled: servo is stopping: SIGTERM";
    let table: [(Option<f64>, &[&str], f64); 3] = [
        (Some(0.0), &[stopping, cancelled, "shutdown", "GOODBYE SIGTERM"], 8.5),
        (Some(4.0), &[stopping, cancelled, "shutdown", "GOODBYE SIGTERM"], 12.5),
        (None, &[stopping, "kill", cancelled, "shutdown", "GOODBYE SIGTERM"], 18.5),
    ];
    for (yields, expected, at) in table {
        let mut world = World::scripted([adjust("c")]);
        world.act = Act { ends: 1000.0, yields, ..Act::default() };
        world.stop_at(8.5);
        world.run(100.0);
        assert_eq!(world.trace[3..], *expected);
        assert_eq!(world.end, Some((s(at), End::Stopped)));
    }
}

#[test]
fn an_optimizer_that_answers_nothing_any_more_does_not_hold_up_the_end() {
    let mut commands = vec![adjust("c")];
    let mut world = World::new(options(), move |now, request| match request.event {
        _ if now > s(5.0) => None,
        Event::WhatsNext => commands.pop(),
        _ => Some(taken()),
    });
    world.act = Act { ends: 1000.0, yields: None, ..Act::default() };
    world.stop_at(12.0);
    world.run(100.0);
    // The heartbeat at 10 s is never answered: the result does not wait for it, and after the drain nothing is waited
    // for but the last word.
    let cancelled = "ADJUSTMENT c cancelled: servo is stopping: SIGTERM";
    let last = ["abandon", cancelled, "abandon", "shutdown", "GOODBYE SIGTERM", "abandon"];
    assert_eq!(world.trace[4..6], ["cancel: servo is stopping: SIGTERM", "kill"]);
    assert_eq!(world.trace[6..], last);
    assert_eq!(world.end, Some((s(47.0), End::Stopped)));
}

#[test]
fn progress_that_is_not_answered_holds_up_no_result_for_long() {
    let mut commands = vec![adjust("c")];
    let mut world = World::new(options(), move |_, request| match &request.event {
        Event::WhatsNext => commands.pop(),
        Event::Adjustment(Report { body: Body::Progress(_), .. }) => None,
        _ => Some(taken()),
    });
    world.act = Act { ends: 1000.0, yields: Some(0.0), ..Act::default() };
    world.stop_at(12.0);
    world.run(100.0);
    let cancelled = "ADJUSTMENT c cancelled: servo is stopping: SIGTERM";
    assert_eq!(world.trace[5..], ["abandon", cancelled, "shutdown", "GOODBYE SIGTERM"]);
    assert_eq!(world.end, Some((s(15.0), End::Stopped)));
}

#[test]
fn a_result_that_waits_for_a_better_moment_is_told_at_the_end() {
    let mut commands = vec![adjust("c")];
    let mut world = World::new(options(), move |now, request| {
        Some(match request.event {
            Event::Adjustment(_) if now < s(100.0) => status(503, ""),
            Event::WhatsNext => commands.pop().unwrap_or_else(|| sleep(1.0)),
            _ => taken(),
        })
    });
    world.stop_at(100.0);
    world.run(200.0);
    let last = ["ADJUSTMENT c ok", "shutdown", "GOODBYE SIGTERM"];
    assert_eq!(world.trace[world.trace.len() - 3..], last);
    assert_eq!(world.end, Some((s(100.0), End::Stopped)));
}

#[test]
fn the_second_stop_ends_at_once() {
    let table = [silent_on("HELLO"), silent_on("WHATS_NEXT"), silent_on("ADJUSTMENT"), silent_on("GOODBYE")];
    for mut world in table {
        world.stop_at(10.0);
        world.stop_at(10.1);
        world.run(100.0);
        assert!(world.end.as_ref().is_some_and(|(at, _)| *at <= s(10.1)), "{:?}", world.trace);
    }
    let mut world = World::scripted([adjust("c")]);
    world.act = Act { ends: 1000.0, yields: None, ..Act::default() };
    world.stop_at(10.5);
    world.stop_at(11.0);
    world.run(100.0);
    assert_eq!(world.trace.last().unwrap(), "kill");
    assert_eq!(world.end, Some((s(11.0), End::Stopped)));
}
