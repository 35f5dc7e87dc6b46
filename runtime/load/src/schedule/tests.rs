use super::*;

/// Rates, and milliseconds for each.
type Steps = &'static [(&'static str, u64)];

fn schedule(steps: &[(&str, u64)], limit: u64) -> Schedule {
    let steps: Vec<(Rate, Duration)> =
        steps.iter().map(|(rate, millis)| (rate.parse().unwrap(), Duration::from_millis(*millis))).collect();
    Schedule::new(&steps, Duration::from_millis(limit))
}

fn total(plan: &Schedule) -> u64 {
    plan.due_by(Duration::MAX)
}

#[test]
fn totals_follow_rate_and_time() {
    let cases: [(Steps, u64, u64); 6] = [
        (&[("50/1s", 3000)], 3000, 150),
        (&[("2000/s", 2000)], 2000, 4000),
        (&[("1/s", 500)], 500, 1),
        (&[("3/s", 1000)], 1000, 3),
        (&[("10/s", 1000), ("20/s", 1000)], 5000, 30),
        (&[("10/s", 1000), ("20/s", 1000)], 1500, 20),
    ];
    for (steps, limit, count) in cases {
        assert_eq!(total(&schedule(steps, limit)), count, "{steps:?}");
    }
}

#[test]
fn requests_are_due_evenly_and_never_after_the_end() {
    let plan = schedule(&[("4/s", 1000), ("2/s", 1000)], 10_000);
    let due: Vec<u128> = (0..).map_while(|index| plan.due(index)).map(|due| due.as_millis()).collect();
    assert_eq!(due, [0, 250, 500, 750, 1000, 1500]);
}

#[test]
fn the_number_due_agrees_with_the_due_moments() {
    for steps in [&[("7/s", 1000), ("3/1s", 777), ("1000/s", 50)][..], &[("999/1.001s", 100)][..]] {
        let plan = schedule(steps, 10_000);
        for index in 0..total(&plan) {
            let due = plan.due(index).unwrap();
            assert_eq!(plan.due_by(due), index + 1, "{steps:?} {index}");
            if let Some(before) = due.checked_sub(Duration::from_nanos(1)) {
                assert_eq!(plan.due_by(before), index, "{steps:?} {index}");
            }
        }
        assert_eq!(plan.due(total(&plan)), None);
    }
}
