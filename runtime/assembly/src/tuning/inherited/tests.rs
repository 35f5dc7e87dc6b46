use servo_optimizer::{Domain, Header, Options, Outcome, Setting, Settings, Space, Stop, Value};

use super::*;

const ME: &str = "me";

/// The journal of a run that is so far and found so many workers.
fn journal(workers: i64, far: &str) -> Replay {
    let folder = tempfile::tempdir().unwrap();
    let (component, name) = ("web".to_owned(), "workers".to_owned());
    let (domain, value) = (Domain::range(1.0, 16.0, None, true), Value::Integer(workers));
    let space = Space::new(vec![Setting { component, name, domain, value, pinned: false }]).unwrap();
    let header = Header::new(space, "maximize calls".to_owned(), Options::with_budget(6));
    let mut journal = Journal::open(&folder.path().join("journal"), &header).unwrap();
    let apply: Settings = [("web.workers".to_owned(), Value::Integer(13))].into();
    let outcome = Outcome {
        kept_baseline: false,
        gain: None,
        importance: Vec::new(),
        stop: Stop::BudgetSpent,
        text: "done".to_owned(),
    };
    let why =
        servo_optimizer::Why { role: servo_optimizer::Role::Design, expected: None, text: String::new() };
    match far {
        "tuning" => journal.planned(&apply, &why).unwrap(),
        "finishing" => journal.finishing(&apply, &outcome).unwrap(),
        "finished" => {
            journal.finishing(&apply, &outcome).unwrap();
            journal.finished().unwrap();
        }
        _ => {}
    }
    journal.state().clone()
}

fn workers(number: i64) -> Vec<Adjustment> {
    vec![format!("web.workers={number}").parse().unwrap()]
}

#[test]
fn the_testament_says_whose_run_it_is() {
    let finishing = || State::Finishing { apply: workers(13), promote: true };
    let (own, nothing) = (Inherited::Own, Vec::new);
    let decided = Inherited::Decided { apply: workers(13), promote: true, baseline: workers(2) };
    let (back, anew) = (Inherited::Anew(workers(2)), Inherited::Anew(nothing()));
    // By whom and how far the testament is, what the own journal found and how far it is, whether a new run is asked for.
    let cases = [
        ((ME, State::Tuning), Some((2, "tuning")), false, &own),
        ((ME, State::Restored), Some((2, "tuning")), false, &own),
        ((ME, finishing()), Some((2, "finishing")), false, &own),
        // Another one's, whatever the own journal says.
        (("you", State::Tuning), Some((2, "tuning")), false, &back),
        (("you", State::Restored), Some((2, "tuning")), false, &anew),
        (("you", State::Finished), Some((2, "tuning")), false, &anew),
        (("you", State::Finished), Some((2, "finishing")), false, &anew),
        (("you", finishing()), Some((2, "finishing")), false, &decided),
        (("you", finishing()), None, true, &decided),
        // The journal of another run, or none.
        ((ME, State::Tuning), Some((3, "tuning")), false, &back),
        ((ME, State::Tuning), Some((2, "finished")), false, &back),
        ((ME, State::Tuning), Some((2, "")), false, &back),
        ((ME, State::Tuning), None, false, &back),
        ((ME, finishing()), Some((2, "finished")), false, &decided),
        ((ME, State::Finished), Some((2, "tuning")), false, &anew),
        // A new run is asked for.
        ((ME, State::Tuning), Some((2, "tuning")), true, &back),
        ((ME, finishing()), Some((2, "finishing")), true, &back),
        ((ME, State::Restored), Some((2, "tuning")), true, &anew),
    ];
    for ((by, state), kept, fresh, wanted) in cases {
        let left = Testament { by: by.to_owned(), state, baseline: workers(2) };
        let replay = kept.map(|(found, far)| journal(found, far));
        let found = inherited(Some(left.clone()), ME, replay.as_ref(), fresh);
        assert_eq!(found, *wanted, "{left:?}, {kept:?}, {fresh}");
    }
    assert_eq!(inherited(None, ME, Some(&journal(2, "tuning")), false), Inherited::Nothing);
}
