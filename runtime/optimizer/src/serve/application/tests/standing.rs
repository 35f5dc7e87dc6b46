//! What the operator sees of a run.

use super::*;
use crate::serve::status;
use crate::space::Settings;

fn workers(settings: Option<&Settings>) -> Option<String> {
    settings.map(|settings| settings["web.workers"].to_string())
}

#[test]
fn what_is_shown_belongs_to_the_same_settings() {
    let (folder, mut application) = begin();
    let mut service = Service::new();
    hear(&mut application, hello());
    for _ in 0..2 {
        let said = hear(&mut application, Heard::WhatsNext);
        assert_eq!(hear(&mut application, service.act(&said).unwrap()), Said::Ok);
    }
    let status = || status(folder.path(), "example.com/shop", &goal()).unwrap();
    let one = status();
    let shown = one.shown();
    assert_eq!((workers(shown.settings).as_deref(), shown.score, shown.once), (Some("2"), Some(0.0), true));
    run(&mut application, &mut service);
    let one = status();
    let shown = one.shown();
    assert_eq!(workers(shown.settings).as_deref(), Some("12"));
    assert_eq!((shown.score, shown.once, shown.gain.is_some()), (Some(100.0), false, true));
    assert_eq!(one.words(), "finished");
}

#[test]
fn a_baseline_that_is_kept_has_no_gain() {
    let (folder, mut application) = begin();
    // Nothing is better than what it came with, and what is next to it is nearly as good.
    let mut service = Service { workers: 12.0, ..Service::new() };
    hear(&mut application, hello());
    run(&mut application, &mut service);
    let one = status(folder.path(), "example.com/shop", &goal()).unwrap();
    let shown = one.shown();
    assert_eq!(workers(shown.settings).as_deref(), Some("12"));
    assert_eq!((shown.score, shown.gain), (Some(100.0), None));
    assert_eq!(one.words(), "finished: the baseline is kept");
}

#[test]
fn a_run_that_could_measure_nothing_says_so() {
    let (folder, mut application) = begin();
    let service = Service::new();
    hear(&mut application, hello());
    for _ in 0..10 {
        let done = match hear(&mut application, Heard::WhatsNext) {
            Said::Measure { uid, .. } => {
                let result = Err(Failure::new(Code::Failed, "no load"));
                Heard::Done { act: Act::Measure, uid: Some(uid), result }
            }
            Said::Describe { uid } => {
                let result = Ok(Outcome::State(service.describe()));
                Heard::Done { act: Act::Describe, uid: Some(uid), result }
            }
            _ => break,
        };
        assert_eq!(hear(&mut application, done), Said::Ok);
    }
    let one = status(folder.path(), "example.com/shop", &goal()).unwrap();
    assert_eq!(
        (one.words().as_str(), one.shown().score),
        ("finished: the baseline cannot be measured", None)
    );
}
