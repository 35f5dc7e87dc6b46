use super::Random;

#[test]
fn a_stream_repeats_and_differs_from_others() {
    let draw = |seed, stream| {
        let mut random = Random::new(seed, stream);
        (0..4).map(|_| random.next_u64()).collect::<Vec<_>>()
    };
    assert_eq!(draw(7, 3), draw(7, 3));
    assert_ne!(draw(7, 3), draw(7, 4));
    assert_ne!(draw(7, 3), draw(8, 3));
}

#[test]
fn values_are_spread_as_promised() {
    let mut random = Random::new(1, 0);
    let units: Vec<f64> = (0..20_000).map(|_| random.unit()).collect();
    assert!(units.iter().all(|u| (0.0..1.0).contains(u)));
    let mean = units.iter().sum::<f64>() / units.len() as f64;
    assert!((mean - 0.5).abs() < 0.01, "{mean}");
    let normals: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
    let square = normals.iter().map(|n| n * n).sum::<f64>() / normals.len() as f64;
    assert!((square - 1.0).abs() < 0.05, "{square}");
    let mut counts = [0; 5];
    for _ in 0..5_000 {
        counts[random.below(5)] += 1;
    }
    assert!(counts.iter().all(|c| (850..1150).contains(c)), "{counts:?}");
}

#[test]
fn a_shuffle_keeps_every_item() {
    let mut items: Vec<usize> = (0..50).collect();
    Random::new(3, 0).shuffle(&mut items);
    assert_ne!(items, (0..50).collect::<Vec<_>>());
    items.sort_unstable();
    assert_eq!(items, (0..50).collect::<Vec<_>>());
}
