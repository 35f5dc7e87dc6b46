use super::{Axes, same_point};
use crate::random::Random;
use crate::space::{Domain, Setting, Space, Value};

fn setting(name: &str, domain: Domain, value: Value) -> Setting {
    Setting { component: "app".to_owned(), name: name.to_owned(), domain, value, pinned: false }
}

fn range(min: f64, max: f64, step: Option<f64>, integer: bool, log: bool) -> Domain {
    Domain::Range { min, max, step, integer, log }
}

fn mixed() -> Space {
    let texts = ["a", "b", "c"].map(|t| Value::Text(t.to_owned())).to_vec();
    let numbers = [8, 1, 64].map(Value::Integer).to_vec();
    let mut pinned = setting("port", range(1.0, 9.0, None, true, false), Value::Integer(4));
    pinned.pinned = true;
    Space::new(vec![
        setting("workers", range(1.0, 16.0, None, true, true), Value::Integer(2)),
        pinned,
        setting("share", range(0.0, 1.0, Some(0.1), false, false), Value::Number(0.3)),
        setting("cache", range(0.0, 20_000.0, None, true, true), Value::Integer(0)),
        setting("rate", range(0.001, 30.0, None, false, true), Value::Number(1.0)),
        setting("mode", Domain::Enum(texts), Value::Text("b".to_owned())),
        setting("block", Domain::Enum(numbers), Value::Integer(8)),
        setting("only", Domain::Enum(vec![Value::Bool(true)]), Value::Bool(true)),
        setting("fixed", range(3.0, 3.0, None, true, false), Value::Integer(3)),
    ])
    .unwrap()
}

#[test]
fn only_settings_that_can_move_are_axes() {
    let axes = Axes::new(&mixed());
    let ids: Vec<&str> = axes.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["app.workers", "app.share", "app.cache", "app.rate", "app.mode", "app.block"]);
}

#[test]
fn every_random_point_decodes_inside_its_domain_and_comes_back() {
    let space = mixed();
    let axes = Axes::new(&space);
    let mut random = Random::new(5, 0);
    for _ in 0..500 {
        let point = axes.random(&mut random);
        let settings = axes.decode(&point);
        assert_eq!(settings.len(), 9);
        assert!(settings["app.port"].same(&Value::Integer(4)));
        for (setting, value) in space.settings().iter().map(|s| (s, &settings[&s.id()])) {
            let moved = Setting { value: value.clone(), ..setting.clone() };
            assert!(Space::new(vec![moved]).is_ok(), "{}: {value}", setting.id());
        }
        assert!(same_point(&axes.encode(&settings).unwrap(), &point));
    }
}

#[test]
fn positions_follow_the_scale_of_the_range() {
    let axes = Axes::new(&mixed());
    let mut settings = mixed().baseline();
    settings.insert("app.workers".to_owned(), Value::Integer(4));
    settings.insert("app.share".to_owned(), Value::Number(0.25));
    settings.insert("app.cache".to_owned(), Value::Integer(20_000));
    let point = axes.encode(&settings).unwrap();
    assert!((point[0] - 0.5).abs() < 1e-12);
    assert!((point[1] - 0.25).abs() < 1e-12);
    assert!((point[2] - 1.0).abs() < 1e-12);
    assert!((point[5] - 0.5).abs() < 1e-12, "8 is the middle of 1, 8, 64");
    settings.insert("app.workers".to_owned(), Value::Integer(17));
    assert_eq!(axes.encode(&settings), None);
}

#[test]
fn values_are_written_the_way_people_write_them() {
    let axes = Axes::new(&mixed());
    for i in 0..=100 {
        let settings = axes.decode(&[0.5, f64::from(i) / 100.0, 0.5, f64::from(i) / 100.0, 0.0, 0.0]);
        for name in ["app.share", "app.rate"] {
            assert!(settings[name].to_string().len() <= 7, "{name} = {}", settings[name]);
        }
    }
}

#[test]
fn a_nudge_always_moves_and_stays_inside() {
    let axes = Axes::new(&mixed());
    let mut random = Random::new(9, 0);
    let mut point = axes.random(&mut random);
    for _ in 0..200 {
        for (i, axis) in axes.iter().enumerate() {
            let moved = axis.nudge(point[i], 0.02, &mut random);
            assert_ne!(moved, point[i], "{}", axis.id);
            point[i] = moved;
        }
        assert!(axes.encode(&axes.decode(&point)).is_some());
    }
}
