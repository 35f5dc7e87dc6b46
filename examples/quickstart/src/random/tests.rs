use super::*;

#[test]
fn a_seed_has_one_sequence_and_bounds_are_kept() {
    let (one, same, other) = (Random::new(1), Random::new(1), Random::new(2));
    let draws: Vec<u64> = (0..5).map(|_| one.next()).collect();
    assert_eq!(draws, (0..5).map(|_| same.next()).collect::<Vec<_>>());
    assert_ne!(draws, (0..5).map(|_| other.next()).collect::<Vec<_>>());
    for _ in 0..1_000 {
        assert!(one.below(7) < 7);
        assert!((0.0..1.0).contains(&one.unit()));
    }
    assert_eq!(one.below(0), 0);
}

#[test]
fn ranks_are_picked_as_zipf_says() {
    let (zipf, random) = (Zipf::new(1_000, 1.1), Random::new(3));
    let mut seen = vec![0_u32; 1_000];
    let draws = 100_000;
    for _ in 0..draws {
        seen[zipf.rank(random.unit()) as usize] += 1;
    }
    let norm: f64 = (1..=1_000).map(|rank| f64::from(rank).powf(-1.1)).sum();
    for rank in [0_u32, 1, 9, 99] {
        let expected = f64::from(rank + 1).powf(-1.1) / norm * f64::from(draws);
        let off = (f64::from(seen[rank as usize]) - expected).abs();
        assert!(off < 5.0 * expected.sqrt(), "rank {rank}: {} instead of {expected}", seen[rank as usize]);
    }
}

#[test]
fn the_ends_of_the_law_are_ranks() {
    let zipf = Zipf::new(3, 1.0);
    assert_eq!((zipf.rank(0.0), zipf.rank(1.0)), (0, 2));
    assert_eq!(Zipf::new(1, 1.0).rank(0.5), 0);
}
