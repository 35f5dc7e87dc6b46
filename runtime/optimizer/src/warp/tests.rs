use super::{Warp, bend, unbend};

#[test]
fn bending_is_undone_for_every_power() {
    for power in [-1.0, -0.3, 0.0, 0.5, 1.0, 1.7, 2.0] {
        for x in [-3.0, -0.5, 0.0, 0.2, 1.0, 5.0] {
            let back = unbend(bend(x, power), power);
            assert!((back - x).abs() < 1e-9, "power {power}: {x} became {back}");
        }
    }
}

#[test]
fn yeo_johnson_matches_known_values() {
    assert!((bend(1.0, 0.0) - 2f64.ln()).abs() < 1e-12);
    assert!((bend(3.0, 0.5) - 2.0).abs() < 1e-12);
    assert!((bend(-3.0, 1.5) + 2.0).abs() < 1e-12);
    assert!((bend(2.5, 1.0) - 2.5).abs() < 1e-12);
}

#[test]
fn warped_losses_keep_their_order_and_come_back() {
    let losses = [12.0, 10.0, 11.0, 900.0, 30.0, 14.0, 55.0];
    let warp = Warp::fit(&losses);
    let mut sorted = losses;
    sorted.sort_by(f64::total_cmp);
    for pair in sorted.windows(2) {
        assert!(warp.forward(pair[0]) < warp.forward(pair[1]));
    }
    for loss in losses {
        assert!((warp.backward(warp.forward(loss)) - loss).abs() < 1e-6 * loss);
    }
    let z: Vec<f64> = losses.iter().map(|l| warp.forward(*l)).collect();
    assert!(z.iter().sum::<f64>().abs() < 1e-9);
    // An outlier 900 among tens does not squeeze the rest together.
    assert!(warp.forward(30.0) - warp.forward(10.0) > 0.5);
}

#[test]
fn few_or_equal_losses_are_harmless() {
    for losses in [&[][..], &[5.0][..], &[5.0, 5.0, 5.0, 5.0][..], &[0.0, 0.0][..]] {
        let warp = Warp::fit(losses);
        for z in [-50.0, 0.0, 50.0] {
            assert!(warp.backward(z).is_finite(), "{losses:?} at {z}");
        }
        assert!(losses.iter().all(|l| warp.forward(*l).is_finite()));
    }
}
