use super::*;

const MS: u64 = 1_000_000;

/// Computes in steps of 1 ms for `time` of the share's clock, resting when told so: CPU time, longest rest.
fn loops(of_core: f64, time: u64) -> (u64, u64) {
    let share = Share::new(of_core, Arc::default());
    let (start, mut now) = (share.now(), share.now());
    let (mut cpu, mut longest) = (0, 0);
    while now - start < time {
        if let Some(rest) = share.rest(now) {
            // A timer is late, never early.
            let rest = rest.as_nanos() as u64 + MS;
            longest = longest.max(rest);
            now += rest;
            continue;
        }
        now += MS;
        cpu += MS;
        share.charge(MS, now);
    }
    (cpu, longest)
}

#[test]
fn a_loop_gets_its_share_and_what_it_saved() {
    for (of_core, percent) in [(0.5, 50), (0.2, 20), (0.01, 1)] {
        let time = 100_000 * MS;
        let (cpu, longest) = loops(of_core, time);
        let fair = (time + WINDOW) / 100 * percent;
        assert!(cpu.abs_diff(fair) <= fair / 50 + MS, "{percent} %: {cpu} of {fair}");
        assert!(longest <= 100 * MS / percent + 2 * MS, "{percent} %: rests for {longest}");
    }
}

#[test]
fn a_whole_core_is_never_slowed() {
    assert_eq!(loops(1.0, 10_000 * MS), (10_000 * MS, 0));
}

#[test]
fn what_is_saved_is_bounded_by_the_window() {
    let share = Share::new(0.5, Arc::default());
    let now = share.now() + 3600 * 1000 * MS;
    share.charge(999 * MS, now);
    assert_eq!(share.rest(now), None);
    share.charge(2 * MS, now);
    assert_eq!(share.rest(now), Some(Duration::from_millis(2)));
}
