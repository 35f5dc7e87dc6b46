use servo_types::Code;

use super::*;

fn outcomes(answers: &[(&str, Option<Code>)]) -> Outcomes {
    let mut outcomes = Outcomes::new(Event::Adjust);
    outcomes.answers = answers
        .iter()
        .map(|(name, code)| Answer {
            connector: (*name).into(),
            result: code.map_or(Ok(Reply::Done), |code| Err(Failure::new(code, *name))),
            took: Duration::ZERO,
        })
        .collect();
    outcomes
}

#[test]
fn the_worst_failure_comes_first_and_the_others_are_kept() {
    use Code::*;
    let cases: [(&[Option<Code>], &str); 6] = [
        (&[None, None], ""),
        (&[Some(Failed), None, Some(Aborted), Some(Rejected)], "c d a"),
        (&[Some(Rejected), Some(Cancelled)], "b a"),
        (&[Some(Busy), Some(Failed), Some(TimedOut), Some(LimitExceeded)], "d c b a"),
        (&[Some(Denied), Some(Rejected)], "b a"),
        (&[Some(Failed), Some(Failed)], "a b"),
    ];
    for (codes, expected) in cases {
        let answers: Vec<_> = ["a", "b", "c", "d"].into_iter().zip(codes.iter().copied()).collect();
        let outcomes = outcomes(&answers);
        let names: Vec<_> = outcomes.failures().iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names.join(" "), expected);
        assert_eq!(
            outcomes.worst().map_or("", |failure| &failure.message),
            expected.split(' ').next().unwrap()
        );
    }
}

#[test]
fn the_one_that_ended_its_siblings_goes_before_them() {
    let mut outcomes = outcomes(&[("a", Some(Code::Cancelled)), ("b", Some(Code::Cancelled))]);
    outcomes.ended_by = Some(1);
    assert_eq!(outcomes.worst().unwrap().message, "b");
}

#[test]
fn a_cancelled_event_is_a_failure() {
    let mut outcomes = outcomes(&[]);
    let failure = Failure::new(Code::Cancelled, "not on a Friday");
    outcomes.cancelled_by = Some(Cancellation { connector: "guard".into(), failure: failure.clone() });
    assert_eq!(outcomes.worst(), Some(&failure));
}
