//! Servers and servos that are killed.

use super::*;
use crate::random::Random;

/// The trials of a run that nobody disturbs.
fn undisturbed() -> Vec<crate::trial::Trial> {
    let (_folder, mut application) = begin();
    hear(&mut application, hello());
    run(&mut application, &mut Service::new());
    history(&application)
}

#[test]
fn whoever_is_killed_the_run_is_the_same() {
    let wanted = undisturbed();
    for seed in 0..20 {
        let mut random = Random::new(seed, 0);
        let (folder, mut application) = begin();
        let mut service = Service::new();
        let mut counted = 0;
        hear(&mut application, hello());
        for boot in 2.. {
            assert!(boot < 400, "it does not come to an end");
            let die = |random: &mut Random| random.below(6) == 0;
            let reopen = |application: Application| {
                drop(application);
                Application::open(folder.path(), goal(), &format!("boot{boot}")).unwrap()
            };
            let said = hear(&mut application, Heard::WhatsNext);
            if die(&mut random) {
                application = reopen(application);
            }
            let Some(done) = service.act(&said) else { break };
            if die(&mut random) {
                // The servo did its work and could not say so.
                hear(&mut application, hello());
                continue;
            }
            let first = hear(&mut application, done.clone());
            let is_measured = matches!(done, Heard::Done { act: Act::Measure, .. });
            counted += usize::from(is_measured && first == Said::Ok);
            if die(&mut random) {
                application = reopen(application);
            }
            if die(&mut random) {
                // The answer was lost; a description is simply asked for again.
                let again = hear(&mut application, done.clone());
                assert!(again == first || matches!(done, Heard::Done { act: Act::Describe, .. }), "{done:?}");
            }
        }
        assert_eq!(history(&application), wanted, "seed {seed}");
        assert_eq!(counted, wanted.len(), "seed {seed}");
        assert_eq!(service.workers, 12.0, "seed {seed}");
    }
}

#[test]
fn a_server_that_was_killed_takes_the_result_that_was_under_way() {
    let (folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    for commands in 0.. {
        let said = hear(&mut application, Heard::WhatsNext);
        drop(application);
        application = Application::open(folder.path(), goal(), &format!("later{commands}")).unwrap();
        let Some(done) = service.act(&said) else { break };
        let again = hear(&mut application, done);
        let is_description = matches!(said, Said::Describe { .. });
        assert_eq!(again == Said::Ok, !is_description, "{said:?}");
        if is_description {
            // Without a journal or a result it is asked for again by the one that asks.
            let said = hear(&mut application, Heard::WhatsNext);
            let done = service.act(&said).unwrap();
            hear(&mut application, done);
        }
    }
    assert_eq!(service.measured, history(&application).len(), "something was measured twice");
}

#[test]
fn a_hello_ends_what_was_under_way() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    let describe = hear(&mut application, Heard::WhatsNext);
    let described = service.act(&describe).unwrap();
    hear(&mut application, described);
    let measure = hear(&mut application, Heard::WhatsNext);
    let measured = service.act(&measure).unwrap();
    hear(&mut application, hello());
    let text = "Out of order event \"MEASUREMENT\", expected \"WHATS_NEXT\"; ignoring";
    assert_eq!(hear(&mut application, measured), Said::Unexpected(text.into()));
    assert_eq!(history(&application).len(), 0);
    // What the new servo finds is what counts.
    assert!(matches!(hear(&mut application, Heard::WhatsNext), Said::Describe { .. }));
}

#[test]
fn another_objective_blocks_until_it_is_started_anew_from_what_the_service_came_with() {
    let (folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    while service.changes.is_empty() {
        let said = hear(&mut application, Heard::WhatsNext);
        let done = service.act(&said).unwrap();
        hear(&mut application, done);
    }
    let other = || Goal { objective: Objective::parse("minimize errors", &[""; 0]).unwrap(), ..goal() };
    assert!(matches!(Application::start_anew(folder.path()).unwrap_err(), JournalError::Locked { .. }));
    drop(application);
    let mut blocked = Application::open(folder.path(), other(), "boot2").unwrap();
    let why = blocked.blocked().unwrap().to_owned();
    assert!(why.contains("its objective is \"maximize throughput"), "{why}");
    assert_eq!(hear(&mut blocked, Heard::WhatsNext), Said::Sleep { duration: SLEEP, reason: BLOCKED.into() });
    drop(blocked);
    Application::start_anew(folder.path()).unwrap();
    let mut anew = Application::open(folder.path(), other(), "boot3").unwrap();
    let left = service.workers;
    assert_ne!(left, 2.0);
    let describe = hear(&mut anew, Heard::WhatsNext);
    let described = service.act(&describe).unwrap();
    hear(&mut anew, described);
    // The baseline is what the service had before the run that was given up.
    let Said::Adjust { adjustments, .. } = hear(&mut anew, Heard::WhatsNext) else { panic!() };
    assert_eq!(run::list(&adjustments), "web.workers=2");
}

#[test]
fn settings_that_changed_are_told() {
    let (_folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    let describe = hear(&mut application, Heard::WhatsNext);
    let described = service.act(&describe).unwrap();
    hear(&mut application, described);
    hear(&mut application, hello());
    service.max = 32.0;
    let describe = hear(&mut application, Heard::WhatsNext);
    let described = service.act(&describe).unwrap();
    assert_eq!(hear(&mut application, described), Said::Ok);
    let Said::Sleep { reason, .. } = hear(&mut application, Heard::WhatsNext) else { panic!() };
    assert!(reason.starts_with("the definition of web.workers changed since the run began"), "{reason}");
}
