use super::*;
use crate::Chain;

/// A connector `name` at work on a call that came from the top level.
fn at_work(name: &str, node: u64, call: u64) -> Chain {
    Chain::default().push(name.into(), node, call)
}

fn token() -> CancellationToken {
    CancellationToken::new()
}

fn ended(wait: &mut Wait<'_>) -> bool {
    wait.broken.try_recv().is_ok()
}

#[test]
fn two_that_wait_for_each_other_are_both_told() {
    for (first, second) in [(0, 1), (1, 0)] {
        let waits = Waits::default();
        let makers = [at_work("a", 0, 10), at_work("b", 1, 11)];
        let mut wait = waits.enter(makers[first].link().unwrap(), second as u64, 20, &token()).unwrap();
        assert!(!ended(&mut wait));
        let ring = waits.enter(makers[second].link().unwrap(), first as u64, 21, &token()).unwrap_err();
        let names = ["a", "b"];
        let (x, y) = (names[second], names[first]);
        let message = format!(
            "{x} waits for {y}, {y} waits for {x}; exclude one of them from the dispatch of the other"
        );
        assert_eq!(ring.failure(), Failure::new(Code::Busy, message).because("cycle"));
        assert_eq!(wait.broken.try_recv().unwrap(), ring);
        assert!(waits.is_empty());
    }
}

#[test]
fn three_in_a_ring_are_all_told_whoever_comes_last() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let waits = Waits::default();
        let makers =
            ["a", "b", "c"].map(|name| at_work(name, name.as_bytes()[0].into(), name.as_bytes()[0].into()));
        let mut results = order.map(|from: usize| {
            let next = makers[(from + 1) % 3].link().unwrap().node;
            waits.enter(makers[from].link().unwrap(), next, 1000 + from as u64, &token())
        });
        let [first, second, last] = &mut results;
        assert!(ended(first.as_mut().unwrap()) && ended(second.as_mut().unwrap()));
        assert_eq!(last.as_ref().unwrap_err().0.len(), 3);
    }
}

#[test]
fn a_call_at_work_in_the_ring_goes_on() {
    // a asked b, b works on it and asks c, which works on something else and asks a.
    let waits = Waits::default();
    let a = at_work("a", 0, 10);
    let mut a_to_b = waits.enter(a.link().unwrap(), 1, 20, &token()).unwrap();
    let b = a.push("b".into(), 1, 20);
    let told = token();
    let mut b_to_c = waits.enter(b.link().unwrap(), 2, 21, &told).unwrap();
    let c = at_work("c", 2, 12);
    let ring = waits.enter(c.link().unwrap(), 0, 22, &token()).unwrap_err();
    assert_eq!(ring.0.join(" "), "c a b");
    assert!(ended(&mut b_to_c) && told.is_cancelled(), "it must not begin");
    assert!(!ended(&mut a_to_b));
}

#[test]
fn waiting_in_line_without_a_ring_is_fine() {
    let waits = Waits::default();
    let (a, b) = (at_work("a", 0, 10), at_work("b", 1, 11));
    let a_to_c = waits.enter(a.link().unwrap(), 2, 20, &token()).unwrap();
    let b_to_c = waits.enter(b.link().unwrap(), 2, 21, &token()).unwrap();
    let a_to_b = waits.enter(a.link().unwrap(), 1, 22, &token()).unwrap();
    drop((a_to_c, a_to_b));
    let b_to_a = waits.enter(b.link().unwrap(), 0, 23, &token()).unwrap();
    drop((b_to_c, b_to_a));
    assert!(waits.is_empty());
}

#[test]
fn an_answered_call_closes_no_ring() {
    let waits = Waits::default();
    let (a, b) = (at_work("a", 0, 10), at_work("b", 1, 11));
    drop(waits.enter(a.link().unwrap(), 1, 20, &token()).unwrap());
    assert!(waits.enter(b.link().unwrap(), 0, 21, &token()).is_ok());
}

/// Random waits come and go; whatever is let in never closes a ring.
#[test]
fn no_ring_is_ever_left_standing() {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let waits = Waits::default();
    let makers: Vec<_> = (0..7).map(|node| at_work(&node.to_string(), node, 100 + node)).collect();
    let (mut open, mut refused) = (Vec::new(), 0);
    for call in 1000..20_000 {
        let (from, to) = (random(7), random(7));
        match waits.enter(makers[from as usize].link().unwrap(), to, call, &token()) {
            Ok(wait) => open.push(wait),
            Err(_) => refused += 1,
        }
        open.retain_mut(|wait| !ended(wait));
        if open.len() > 5 {
            open.swap_remove(random(5) as usize);
        }
        let graph = waits.lock();
        for (node, edges) in graph.iter() {
            assert!(edges.iter().all(|edge| path(&graph, edge.to, *node).is_none()), "a ring through {node}");
        }
    }
    assert!(refused > 1000, "{refused}");
    drop(open);
    assert!(waits.is_empty());
}
