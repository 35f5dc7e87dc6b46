//! Servers that are killed go on with the same next decision, and nothing counts twice.

use serde_json::{Value, json};

use super::dice::Dice;
use super::lab::{Hand, Lab};

#[test]
fn a_server_that_is_killed_at_any_moment_goes_on_with_the_same_decisions() {
    let undisturbed = Lab::start(8);
    let mut hand = Hand::new();
    undisturbed.hello(&hand);
    undisturbed.run(&mut hand);
    let (wanted, settings) = (undisturbed.history(), hand.workers);

    let mut lab = Lab::start(8);
    let (mut hand, mut dice, mut counted) = (Hand::new(), Dice::new(3), Vec::new());
    lab.hello(&hand);
    loop {
        let command = lab.say(&hand, "WHATS_NEXT", Value::Null);
        if dice.one_in(4) {
            lab.kill();
        }
        let Some((event, param)) = hand.act(&command) else { break };
        if dice.one_in(8) {
            // This time it is the servo: it did its work and could not say so.
            lab.hello(&hand);
            continue;
        }
        let reply = lab.say(&hand, event, param.clone());
        if event == "MEASUREMENT" && reply["status"] == "ok" {
            counted.push(command["cmd_uid"].clone());
        }
        if dice.one_in(4) {
            lab.kill();
        }
        if event == "MEASUREMENT" && dice.one_in(2) {
            // The reply was lost, and the result is sent again.
            assert_eq!(lab.say(&hand, event, param), json!({"status": "ok"}));
        }
    }
    assert_eq!(lab.history(), wanted);
    assert_eq!(counted.len(), wanted.len());
    assert_eq!(hand.workers, settings);
}
