//! Ten servos in one process: one with a connector that traps, one with an optimizer that is dead.

use servo_test_support::{Optimizer, Signal};

use super::lab::{adjust, connector, measure};
use crate::run::stage::{json, servo, world};

#[test]
fn eight_of_ten_do_not_notice_the_other_two() {
    let commands = || [adjust("c-1", 5), measure("c-2", 0.1), measure("c-3", 0.1)];
    let optimizers: Vec<Optimizer> = (0..9).map(|_| Optimizer::commanding(commands())).collect();
    let mut documents = Vec::new();
    for (index, optimizer) in optimizers.iter().enumerate() {
        let on = if index == 8 { "adjust: trap, measure: trap" } else { "" };
        documents.push(format!("name: servo-{index}\n{}{}", optimizer.stanza(), connector(on)));
    }
    // Nobody listens on port 1.
    let dead = "optimizer: {id: example.com/dead, token: t, url: 'http://127.0.0.1:1/'}\n";
    documents.push(format!("name: dead\n{dead}{}", connector("")));
    let world = world();
    world.file("servo.yaml", documents.join("---\n"));
    let mut running = servo(&world, "run").start();
    for optimizer in &optimizers {
        optimizer.wait_for(&mut running, "the last question", |asked| {
            asked.event == "WHATS_NEXT" && asked.before == 3
        });
    }
    let statuses = |optimizer: &Optimizer| -> Vec<String> {
        optimizer.results().iter().map(|asked| asked.param["status"].as_str().unwrap().to_owned()).collect()
    };
    for (index, optimizer) in optimizers.iter().enumerate() {
        let expected = if index == 8 { ["failed"; 3] } else { ["ok"; 3] };
        assert_eq!(statuses(optimizer), expected, "servo-{index}");
    }
    let top = json(&servo(&world, "top --once --name dead -o json").run().expect(0));
    assert!(top["optimizer"]["problem"].is_string(), "{top:#}");
    let top = servo(&world, "top --once --name servo-3").run().expect(0).stdout;
    assert!(top.contains("optimizer example.com/shop: sleeping"), "{top}");
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    assert!(
        finished.stderr.contains("servo-3: the optimizer asks: adjust web.threads=5"),
        "{}",
        finished.stderr
    );
    for optimizer in &optimizers {
        assert_eq!(optimizer.events().last().unwrap(), "GOODBYE");
    }
}
