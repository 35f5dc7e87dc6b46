//! What is said of an operation while it is under way, and what the optimizer answers.

use serde_json::json;

use super::world::*;
use crate::session::*;
use crate::wire::{Body, Event, Request};

/// One ADJUST of 40 seconds; progress gets this answer.
fn answering(answer: Answer) -> World {
    let mut commands = vec![adjust("c")];
    let mut world = World::new(options(), move |_, request| {
        Some(match request.event {
            Event::WhatsNext => commands.pop().unwrap_or_else(|| sleep(3600.0)),
            _ if request.event.is_progress() => answer.clone(),
            _ => taken(),
        })
    });
    world.act = Act { says: vec![(5.0, 25.0), (6.0, 50.0)], ends: 40.0, ..Act::default() };
    world
}

fn progress(world: &World) -> Vec<(f64, f64)> {
    let shown = |(at, request): &(_, Request)| match &request.event {
        Event::Adjustment(report) => match &report.body {
            Body::Progress(progress) => Some((s_of(at), progress.progress)),
            _ => None,
        },
        _ => None,
    };
    world.sent.iter().filter_map(shown).collect()
}

fn s_of(at: &std::time::Duration) -> f64 {
    at.as_secs_f64()
}

#[test]
fn defect_1_progress_may_be_answered_with_an_end_of_the_operation() {
    let table = [
        (
            json!({"status": "cancel", "reason": "user cancelled"}),
            vec!["cancel: user cancelled", "ADJUSTMENT c cancelled: user cancelled", "WHATS_NEXT"],
        ),
        (
            json!({"status": "cancel"}),
            vec![
                "cancel: cancelled by the optimizer",
                "ADJUSTMENT c cancelled: cancelled by the optimizer",
                "WHATS_NEXT",
            ],
        ),
        (
            json!({"status": "unexpected-event", "reason": "not expecting ADJUSTMENT"}),
            vec!["cancel: the optimizer does not know of this command any more", "WHATS_NEXT"],
        ),
        (
            json!({"status": "invalid", "reason": "unexpected cmd_uid"}),
            vec!["cancel: the optimizer does not know of this command any more", "WHATS_NEXT"],
        ),
    ];
    for (answer, expected) in table {
        let mut world = answering(ok(answer.clone()));
        world.run(100.0);
        assert_eq!(world.trace[..4], ["HELLO", "WHATS_NEXT", "begin ADJUST", "ADJUSTMENT c 25%"], "{answer}");
        assert_eq!(world.trace[4..], expected, "{answer}");
        assert_eq!(world.end, None);
    }
}

#[test]
fn answers_that_end_nothing_are_survived() {
    let table = [
        ok(json!({"status": "invalid", "reason": "progress went back"})),
        ok(json!({"cmd": "SLEEP"})),
        Answer::Body("<html>".into()),
        status(500, ""),
        status(401, ""),
        failed(FailureKind::Network),
    ];
    for answer in table {
        let mut world = answering(answer.clone());
        world.run(100.0);
        let results = world.trace.iter().filter(|line| *line == "ADJUSTMENT c ok").count();
        assert_eq!(results, 1, "{answer:?}: {:?}", world.trace);
        assert!(progress(&world).len() < 45);
    }
}

#[test]
fn progress_that_is_answered_with_another_servo_ends_the_operation_without_a_result() {
    let mut world = answering(status(410, "unexpected servo_uid"));
    world.run(100.0);
    let expected =
        ["HELLO", "WHATS_NEXT", "begin ADJUST", "ADJUSTMENT c 25%", "cancel: another servo has taken over"];
    assert_eq!(world.trace, expected);
    assert!(matches!(world.session.state().phase, Phase::Replaced { .. }));
}

#[test]
fn an_operation_that_does_not_end_when_asked_is_ended() {
    let mut world = answering(ok(json!({"status": "cancel", "reason": "r"})));
    world.act.yields = None;
    world.run(100.0);
    assert_eq!(world.trace[4..], ["cancel: r", "kill", "ADJUSTMENT c cancelled: r", "WHATS_NEXT"]);
    assert_eq!(world.sent[3].0, s(15.0));
}

#[test]
fn only_the_newest_is_sent_once_a_second_and_never_backwards() {
    let mut world = answering(taken());
    world.act.says =
        (0..4000).map(|i| (f64::from(i) / 100.0, f64::from(if i % 2 == 0 { i } else { 5 }) / 40.0)).collect();
    world.run(100.0);
    let sent = progress(&world);
    assert!((35..=40).contains(&sent.len()), "{}", sent.len());
    assert!(sent.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 0.999 && pair[1].1 >= pair[0].1), "{sent:?}");
    assert!(sent.iter().all(|(_, percent)| *percent > 0.0 && *percent < 100.0));
    assert!((sent[20].1 - sent[20].0 * 2.5).abs() < 1.0, "{:?} is not the newest", sent[20]);
}

#[test]
fn an_operation_of_which_nothing_is_said_can_be_cancelled_too() {
    let mut world = answering(taken());
    world.act.says.clear();
    world.run(100.0);
    let sent = progress(&world);
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent.windows(2).all(|pair| pair[1].1 > pair[0].1), "{sent:?}");
}

#[test]
fn nothing_is_said_of_a_command_after_its_result_however_slow_the_answers_are() {
    for latency in [0.3, 3.0, 29.0] {
        let mut world = answering(taken());
        world.latency = s(latency);
        world.act.says = (0..400).map(|i| (f64::from(i) / 10.0, f64::from(i) / 4.0)).collect();
        world.run(300.0);
        let last = world.trace.iter().rposition(|line| line.ends_with('%')).unwrap();
        let result = world.trace.iter().position(|line| line == "ADJUSTMENT c ok").unwrap();
        assert!(last < result, "{:?}", world.trace);
    }
}

#[test]
fn what_is_done_when_the_cancellation_comes_is_told_as_done() {
    for (answer, told) in [
        (json!({"status": "cancel", "reason": "late"}), true),
        (json!({"status": "unexpected-event"}), false),
    ] {
        let mut world = answering(ok(answer));
        world.latency = s(10.0);
        world.act = Act { says: vec![(0.5, 50.0)], ends: 5.0, ..Act::default() };
        world.run(200.0);
        assert_eq!(world.trace.iter().any(|line| line == "ADJUSTMENT c ok"), told, "{:?}", world.trace);
        assert!(!world.trace.iter().any(|line| line.starts_with("cancel")));
    }
}
