use super::*;

fn offer(json: Value) -> Offer {
    serde_json::from_value(json).unwrap()
}

#[test]
fn wanted_values_are_checked_and_written_as_the_application_reads_them() {
    let workers = json!({"min": 1, "max": 16});
    let stepped = json!({"min": 0.25, "max": 4, "step": 0.125});
    let free = json!({"min": 0.5, "max": 2});
    let choice = json!({"values": ["lru", true, 3, 1.5]});
    for (domain, value, wanted_json) in [
        (&workers, Shown::Number(4.0), Ok(json!(4))),
        (&workers, Shown::Text("4".into()), Ok(json!(4))),
        (&workers, Shown::Number(17.0), Err("not within 1 to 16")),
        (&workers, Shown::Number(1.5), Err("whole number of steps of 1")),
        (&workers, Shown::Text("many".into()), Err("not a number")),
        (&workers, Shown::Number(f64::NAN), Err("not a number")),
        (&stepped, Shown::Number(0.375), Ok(json!(0.375))),
        (&stepped, Shown::Number(0.3), Err("steps of 0.125")),
        (&free, Shown::Number(1.234), Ok(json!(1.234))),
        (&free, Shown::Number(2.0), Ok(json!(2))),
        (&choice, Shown::Text("lru".into()), Ok(json!("lru"))),
        (&choice, Shown::Text("true".into()), Ok(json!(true))),
        (&choice, Shown::Number(3.0), Ok(json!(3))),
        (&choice, Shown::Text("1.5".into()), Ok(json!(1.5))),
        (&choice, Shown::Text("fifo".into()), Err("not one of lru, true, 3, 1.5")),
    ] {
        match (wanted(&offer(domain.clone()), &value), wanted_json) {
            (Ok(json), Ok(expected)) if json == expected => {}
            (Err(why), Err(expected)) if why.contains(expected) => {}
            (found, expected) => panic!("{domain} {value:?}: {found:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn a_step_of_one_is_meant_between_whole_bounds() {
    for (json, wanted) in [
        (json!({"min": 1, "max": 16}), 1.0),
        (json!({"min": 0.5, "max": 2}), 0.0),
        (json!({"min": 1, "max": 16, "step": 0}), 0.0),
    ] {
        let Domain::Range(range) = domain(&offer(json.clone())) else { panic!("{json}") };
        assert_eq!(range.step, wanted, "{json}");
    }
}

#[test]
fn values_that_mean_the_same_are_the_same() {
    for (one, other, wanted) in [
        (json!(4), json!(4.0), true),
        (json!("4"), json!(4), true),
        (json!(0.1 + 0.2), json!(0.3), true),
        (json!(0), json!(0), true),
        (json!(4), json!(5), false),
        (json!("lru"), json!("lru"), true),
        (json!("true"), json!(true), false),
        (json!(null), json!(0), false),
    ] {
        assert_eq!(same(&one, &other), wanted, "{one} {other}");
    }
}
