//! What is answered to what is said.

use super::*;

/// The conversation up to the command that follows on `said`.
fn next(application: &mut Application, service: &mut Service) -> Said {
    let said = hear(application, Heard::WhatsNext);
    let done = service.act(&said).unwrap();
    assert_eq!(hear(application, done), Said::Ok);
    said
}

/// Up to the measurement of the first trial that needs an adjustment; both commands.
fn up_to_second(application: &mut Application, service: &mut Service) -> (Said, Said) {
    hear(application, hello());
    for _ in 0..2 {
        next(application, service);
    }
    let adjust = next(application, service);
    let measure = hear(application, Heard::WhatsNext);
    assert!(matches!((&adjust, &measure), (Said::Adjust { .. }, Said::Measure { .. })), "{adjust:?}");
    (adjust, measure)
}

fn unexpected(event: &str, expected: &str) -> Said {
    Said::Unexpected(format!("Out of order event \"{event}\", expected \"{expected}\"; ignoring"))
}

#[test]
fn a_run_ends_on_the_best_settings() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    run(&mut application, &mut service);
    assert_eq!(service.workers, 12.0, "{:?}", service.changes);
    assert_eq!(service.measured, history(&application).len());
    assert!(matches!(pending(&application), Pending::Finished { .. }));
}

#[test]
fn the_first_commands_are_those_of_the_protocol() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    assert_eq!(hear(&mut application, hello()), Said::Ok);
    assert_eq!(next(&mut application, &mut service), Said::Describe { uid: "boot1-1-describe-1".into() });
    let control =
        Control { warmup: Duration::from_secs(1), duration: Duration::from_secs(60), ..Control::default() };
    let metrics = service.describe().metrics;
    let measure = Said::Measure { uid: "boot1-1-measure-1".into(), metrics, control: Box::new(control) };
    assert_eq!(next(&mut application, &mut service), measure);
    let Said::Adjust { uid, control, adjustments } = next(&mut application, &mut service) else { panic!() };
    assert_eq!((uid.as_str(), control.settlement.as_secs()), ("boot1-1-adjust-2", 30));
    assert_eq!(run::list(&adjustments), format!("web.workers={}", service.workers));
    let Said::Measure { control, .. } = hear(&mut application, Heard::WhatsNext) else { panic!() };
    let conditions = control.slo.unwrap().conditions;
    assert_eq!(conditions.len(), 1, "the constraint is watched once there are safe settings");
}

#[test]
fn what_was_asked_is_asked_again_when_the_answer_was_lost() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    let (_, measure) = up_to_second(&mut application, &mut service);
    assert_eq!(hear(&mut application, Heard::WhatsNext), measure);
    let done = service.act(&measure).unwrap();
    assert_eq!(hear(&mut application, done), Said::Ok);
    let adjust = hear(&mut application, Heard::WhatsNext);
    assert!(matches!(adjust, Said::Adjust { .. }));
    assert_eq!(hear(&mut application, Heard::WhatsNext), adjust);
}

#[test]
fn a_result_that_comes_twice_counts_once() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    let (adjust, measure) = up_to_second(&mut application, &mut service);
    let adjusted = service.act(&adjust).unwrap();
    assert_eq!(hear(&mut application, adjusted), Said::Ok);
    let measured = service.act(&measure).unwrap();
    for _ in 0..3 {
        assert_eq!(hear(&mut application, measured.clone()), Said::Ok);
        assert_eq!(history(&application).len(), 2);
    }
}

#[test]
fn what_does_not_follow_is_ignored() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    let (adjust, measure) = up_to_second(&mut application, &mut service);
    let before = (history(&application), pending(&application));
    let uid = |uid: &str| Some(uid.to_owned());
    let done = |act, uid, result| Heard::Done { act, uid, result };
    let state = || Ok(Outcome::State(service.describe()));
    let progress = |act, uid, percent| Heard::Progress { act, uid, percent };
    let stale = Said::Invalid("unexpected cmd_uid".into());
    let table = [
        (done(Act::Adjust, uid("other"), state()), unexpected("ADJUSTMENT", "MEASUREMENT")),
        (done(Act::Describe, uid("boot1-1-describe-9"), state()), unexpected("DESCRIPTION", "MEASUREMENT")),
        (done(Act::Measure, uid("boot1-1-measure-9"), Ok(service.measure())), stale.clone()),
        (done(Act::Measure, uid("boot2-1-measure-2"), Ok(service.measure())), stale.clone()),
        (done(Act::Measure, None, Ok(service.measure())), stale.clone()),
        (
            done(Act::Measure, uid("boot1-1-measure-2"), state()),
            Said::Invalid("this is no result of what was asked".into()),
        ),
        (progress(Act::Measure, uid("boot1-1-measure-2"), 40.0), Said::Ok),
        (progress(Act::Measure, uid("boot1-1-measure-2"), 40.0), Said::Ok),
        (
            progress(Act::Measure, uid("boot1-1-measure-2"), 39.0),
            Said::Invalid("progress must not go backwards: 39 after 40".into()),
        ),
        (progress(Act::Measure, uid("boot1-1-measure-1"), 50.0), stale),
        (progress(Act::Adjust, uid("boot1-1-adjust-2"), 50.0), unexpected("ADJUSTMENT", "MEASUREMENT")),
    ];
    for (heard, said) in table {
        assert_eq!(hear(&mut application, heard.clone()), said, "{heard:?}");
        assert_eq!((history(&application), pending(&application)), before, "{heard:?}");
    }
    let measured = service.act(&measure).unwrap();
    assert_eq!(hear(&mut application, measured), Said::Ok);
    let late = progress(Act::Measure, uid("boot1-1-measure-2"), 60.0);
    assert_eq!(hear(&mut application, late), unexpected("MEASUREMENT", "WHATS_NEXT"));
    drop(adjust);
}

#[test]
fn failures_are_results_and_too_many_cancellations_too() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    next(&mut application, &mut service);
    next(&mut application, &mut service);
    let codes = [Code::Rejected, Code::Failed, Code::Cancelled, Code::Cancelled, Code::Cancelled];
    for code in codes {
        let Said::Adjust { uid, .. } = hear(&mut application, Heard::WhatsNext) else { panic!("{code}") };
        let result = Err(Failure::new(code, "no room for it"));
        let failed = Heard::Done { act: Act::Adjust, uid: Some(uid), result };
        assert_eq!(hear(&mut application, failed), Said::Ok);
    }
    let results: Vec<_> = history(&application).into_iter().skip(1).map(|trial| trial.result).collect();
    assert_eq!(
        results,
        [
            TrialResult::Rejected("no room for it".into()),
            TrialResult::Failed("no room for it".into()),
            TrialResult::Failed("cancelled: no room for it".into()),
        ]
    );
}

#[test]
fn after_harm_the_service_is_put_back_before_anything_else() {
    let (_folder, mut application) = begin();
    let mut service = Service { harm: 8.0, ..Service::new() };
    hear(&mut application, hello());
    let mut harmed = 0;
    for _ in 0..200 {
        let said = hear(&mut application, Heard::WhatsNext);
        let Some(done) = service.act(&said) else { break };
        let violated = matches!(&done, Heard::Done { act: Act::Measure, result: Err(_), .. });
        hear(&mut application, done);
        if violated {
            harmed += 1;
            let back = hear(&mut application, Heard::WhatsNext);
            let Said::Adjust { uid, adjustments, .. } = &back else { panic!("{back:?}") };
            assert!(uid.starts_with("boot1-1-refuge-"), "{uid}");
            assert!(adjustments[0].value.number().unwrap() < 8.0, "{adjustments:?}");
            let done = service.act(&back).unwrap();
            assert_eq!(hear(&mut application, done), Said::Ok);
        }
    }
    assert!(harmed > 0);
    assert!((3.0..8.0).contains(&service.workers), "{:?}", service.changes);
}

#[test]
fn a_service_that_does_not_take_a_change_has_rejected_it() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    next(&mut application, &mut service);
    next(&mut application, &mut service);
    let Said::Adjust { uid, .. } = hear(&mut application, Heard::WhatsNext) else { panic!() };
    let result = Ok(Outcome::State(service.describe()));
    hear(&mut application, Heard::Done { act: Act::Adjust, uid: Some(uid), result });
    let last = history(&application).pop().unwrap().result;
    assert!(matches!(last, TrialResult::Rejected(why) if why.contains("does not have web.workers=")));
}

#[test]
fn one_servo_at_a_time_and_the_last_hello_counts() {
    let (_folder, mut application) = begin();
    let mut say = |heard, uid| application.hear(heard, by(uid), 1).unwrap();
    assert!(matches!(say(Heard::WhatsNext, Some("a")), Said::Describe { .. }));
    assert_eq!(say(Heard::WhatsNext, Some("b")), Said::Gone);
    assert_eq!(say(Heard::Check, Some("b")), Said::Ok);
    assert_eq!(say(Heard::WhatsNext, None), Said::Gone);
    assert_eq!(say(hello(), Some("b")), Said::Ok);
    assert_eq!(say(Heard::WhatsNext, Some("a")), Said::Gone);
    assert_eq!(say(Heard::Goodbye { reason: None }, Some("a")), Said::Gone);
    assert!(matches!(say(Heard::WhatsNext, Some("b")), Said::Describe { .. }));
    let long = "x".repeat(257);
    assert_eq!(say(hello(), Some(&long)), Said::Invalid("a servo_uid has at most 256 bytes".into()));
}

#[test]
fn what_cannot_be_tuned_is_said_and_asked_for_again_after_a_sleep() {
    let (_folder, mut application) = begin();
    let service = Service::new();
    hear(&mut application, hello());
    let mut describe = |description| {
        let Said::Describe { uid } = hear(&mut application, Heard::WhatsNext) else { panic!() };
        let result = Ok(Outcome::State(description));
        hear(&mut application, Heard::Done { act: Act::Describe, uid: Some(uid), result });
        match hear(&mut application, Heard::WhatsNext) {
            Said::Sleep { duration, reason } => Err((duration, reason)),
            said => Ok(said),
        }
    };
    let mut pinned = service.describe();
    pinned.components[0].settings[0].pinned = true;
    let (duration, reason) = describe(pinned).unwrap_err();
    assert_eq!(duration, SLEEP);
    assert_eq!(reason, "no setting may be changed: every one is pinned, or there is none");
    let mut silent = service.describe();
    silent.metrics.remove(0);
    let (_, reason) = describe(silent).unwrap_err();
    assert!(reason.contains("throughput"), "{reason}");
    for (count, wanted) in
        [(101, "101 settings may be changed; at most 100"), (1_001, "there are 1001 settings")]
    {
        let mut large = service.describe();
        let one = large.components[0].settings[0].clone();
        let named = |number: usize| Setting { name: format!("workers{number}"), ..one.clone() };
        large.components[0].settings = (0..count).map(named).collect();
        let (_, reason) = describe(large).unwrap_err();
        assert!(reason.starts_with(wanted), "{reason}");
    }
    assert!(matches!(describe(service.describe()), Ok(Said::Measure { .. })));
}

#[test]
fn what_a_servo_says_that_was_replaced_is_not_taken_for_its_successors_word() {
    let (_folder, mut application) = begin();
    // Neither has an identity of its own.
    let mut say = |heard| application.hear(heard, by(None), 1).unwrap();
    let mut service = Service::new();
    say(hello());
    let describe = say(Heard::WhatsNext);
    let described = service.act(&describe).unwrap();
    say(described.clone());
    let old = say(Heard::WhatsNext);
    say(hello());
    assert_eq!(say(described), unexpected("DESCRIPTION", "WHATS_NEXT"));
    let described = service.act(&say(Heard::WhatsNext)).unwrap();
    assert_eq!(say(described), Said::Ok);
    let new = say(Heard::WhatsNext);
    assert!(matches!((&old, &new), (Said::Measure { .. }, Said::Measure { .. })) && old != new);
    let late = service.act(&old).unwrap();
    assert_eq!(say(late), Said::Invalid("unexpected cmd_uid".into()));
    let own = service.act(&new).unwrap();
    assert_eq!(say(own), Said::Ok);
    let told = application.notes();
    let is_told = |event: &str| told.iter().any(|note| note.contains("was replaced") && note.contains(event));
    assert!(is_told("MEASUREMENT") && is_told("DESCRIPTION"), "{told:?}");
    assert_eq!(history(&application).len(), 1);
}

#[test]
fn of_two_servos_without_an_identity_the_last_one_works_and_the_operator_is_told() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    let mut say = |heard, process| {
        let said = application.hear(heard, Speaker { servo_uid: None, process: Some(process) }, 1).unwrap();
        (said, application.notes().into_iter().filter(|note| note.contains("two servos")).count())
    };
    say(hello(), "a");
    assert!(matches!(say(Heard::WhatsNext, "a"), (Said::Describe { .. }, 0)));
    assert_eq!(say(hello(), "b"), (Said::Ok, 0));
    let (describe, _) = say(Heard::WhatsNext, "b");
    assert_eq!(say(Heard::Goodbye { reason: None }, "a"), (Said::Gone, 0));
    assert_eq!(say(Heard::WhatsNext, "a"), (Said::Gone, 1));
    assert_eq!(say(Heard::WhatsNext, "a"), (Said::Gone, 0), "once in a conversation");
    assert_eq!(say(service.act(&describe).unwrap(), "a").0, Said::Gone);
    assert_eq!(say(service.act(&describe).unwrap(), "b"), (Said::Ok, 0));
    assert_eq!(say(hello(), "a"), (Said::Ok, 0));
    assert_eq!(say(Heard::WhatsNext, "b"), (Said::Gone, 1));
}

#[test]
fn work_that_is_asked_for_while_it_is_done_is_told_of() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    let (_, measure) = up_to_second(&mut application, &mut service);
    let Said::Measure { uid, .. } = &measure else { panic!("{measure:?}") };
    application.notes();
    let mut again = |percent| {
        let progress = Heard::Progress { act: Act::Measure, uid: Some(uid.clone()), percent };
        assert_eq!(hear(&mut application, progress), Said::Ok);
        assert_eq!(hear(&mut application, Heard::WhatsNext), measure);
        application.notes()
    };
    assert!(again(0.0).is_empty());
    let told = again(20.0);
    assert!(told[0].starts_with("measure-2 is asked for again while it is worked on"), "{told:?}");
    assert!(again(40.0).is_empty(), "once in a conversation");
}
