//! Many connectors of one component: each has settings, limits, memory and failures of its own.

use serde_json::Value;

use super::stage::{json, servo, world};

/// Ten aliases: each its own metric and note; `fix3` may answer with little only, `fix7` may not take long, and two
/// others do the same with more room.
fn configuration() -> String {
    let mut connectors = String::from("connectors:\n");
    let mut stanzas = String::new();
    for number in 0..10 {
        let limits = match number {
            3 => "{result: 16KiB}",
            5 => "{result: 256KiB, memory: 32MiB}",
            7 => "{wall: 100ms}",
            _ => "{}",
        };
        let mode = match number {
            3 | 5 => "big-result:40000",
            7 | 8 => "wait:600",
            _ => "ok",
        };
        connectors += &format!("  fix{number}: {{component: ./fixture.wasm, limits: {limits}}}\n");
        stanzas +=
            &format!("fix{number}: {{note: n{number}, metrics: [m{number}], on: {{measure: '{mode}'}}}}\n");
    }
    connectors + &stanzas
}

#[test]
fn ten_aliases_answer_for_themselves_and_those_that_hit_a_limit_are_named() {
    let world = world();
    world.file("servo.yaml", configuration());
    let measured = servo(&world, "measure -d 10ms -o json").run().expect(1);
    let value = json(&measured);
    let metrics: Vec<&str> = value["readings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|reading| reading["metric"].as_str())
        .collect();
    assert_eq!(metrics, ["m0", "m1", "m2", "m4", "m5", "m6", "m8", "m9"]);
    // Each has counted its own calls.
    assert!(value["readings"].as_array().unwrap().iter().all(|reading| reading["value"] == 1.0), "{value:#}");
    let errors: Vec<&str> = measured.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 2, "{}", measured.stderr);
    let said =
        |start: &str, what: &str| errors.iter().any(|line| line.starts_with(start) && line.contains(what));
    assert!(said("error: connector `fix3`: limit-exceeded", "16384"), "{errors:?}");
    assert!(said("error: connector `fix7`: timed-out", "fix7"), "{errors:?}");
}

#[test]
fn each_alias_has_its_own_settings_and_limits() {
    let world = world();
    world.file("servo.yaml", configuration());
    let described = json(&servo(&world, "describe -o json").run().expect(0));
    for number in 0..10 {
        let note = &described[format!("fix{number}")]["components"][0]["settings"][0]["value"];
        assert_eq!(*note, format!("n{number}"), "{described:#}");
    }
    let limits = json(&servo(&world, "show limits -o json").run().expect(0));
    let limit = |connector: &str, limit: &str| -> Vec<&Value> {
        let rows = limits.as_array().unwrap().iter();
        rows.filter(|row| row["connector"] == connector && row["limit"] == limit)
            .map(|row| &row["value"])
            .collect()
    };
    assert_eq!(limit("fix3", "result"), ["16KiB"]);
    assert_eq!(
        (limit("fix5", "result"), limit("fix5", "memory")),
        (vec![&"256KiB".into()], vec![&"32MiB".into()])
    );
    assert_eq!((limit("fix7", "wall"), limit("fix8", "wall")), (vec![&"100ms".into()], vec![&"30s".into()]));
}
