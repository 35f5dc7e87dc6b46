//! Tokens and addresses that change while a servo runs.

use servo_test_support::{Asked, Optimizer, Reply, Signal, World};

use super::lab::{connector, run};
use crate::run::stage::world;

/// Asks again and again, and refuses all tokens but this.
fn knowing(token: &'static str) -> Optimizer {
    Optimizer::start(move |asked: &Asked| {
        let known = asked.request.header("authorization") == Some(&format!("Bearer {token}"));
        match asked.event.as_str() {
            _ if !known => Some(Reply::json(401, r#"{"detail":"unauthorized"}"#)),
            "WHATS_NEXT" => Some(Reply::json(200, r#"{"cmd":"SLEEP","param":{"duration":0.1}}"#)),
            _ => None,
        }
    })
}

/// The connection file of an agent.
fn write(world: &World, optimizer: &Optimizer, token: &str) {
    let endpoint = optimizer.url().split("/accounts").next().unwrap().to_owned();
    let text = format!("Authorization: Bearer {token}\nEndpoint: {endpoint}\nTenantId: tenant-1\n");
    // As an agent does it: a file is there whole or not at all.
    world.file("new.yaml", text);
    std::fs::rename(world.path("new.yaml"), world.path("connection.yaml")).unwrap();
}

fn asks_for_a_command(asked: &Asked) -> bool {
    asked.event == "WHATS_NEXT"
}

#[test]
fn a_connection_file_is_waited_for_and_followed_when_it_changes() {
    let (first, second) = (knowing("one"), knowing("two"));
    let world = world();
    let stanza = "optimizer: {optimizer_id: shop, connection_file: ./connection.yaml}\n";
    world.file("servo.yaml", format!("{stanza}{}", connector("")));
    let mut running = run(&world);
    write(&world, &first, "one");
    let asked = first.wait_for(&mut running, "the first optimizer", asks_for_a_command);
    assert_eq!(asked.request.path, "/rest/optimize/co/v1/optimizers/shop/servo");
    write(&world, &second, "two");
    second.wait_for(&mut running, "the second optimizer", asks_for_a_command);
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    assert_eq!(second.events().last().unwrap(), "GOODBYE");
    assert!(!finished.stderr.contains("Bearer"), "{}", finished.stderr);
}

#[test]
fn a_token_that_was_renewed_in_its_file_is_used_at_once() {
    let optimizer = knowing("two");
    let world = world();
    world.file("token", "one\n");
    let stanza = optimizer.stanza().replace("token: a-secret", "token_file: ./token");
    world.file("servo.yaml", format!("{stanza}{}", connector("")));
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a refused token", |asked| asked.event == "HELLO");
    world.file("token", "two\n");
    optimizer.wait_for(&mut running, "a question", asks_for_a_command);
    running.signal(Signal::TERM);
    running.wait().expect(0);
}
