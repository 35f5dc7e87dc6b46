//! What the operator of a served optimizer does, right and wrong.

use serde_json::json;
use servo_test_support::Signal;

use super::lab::{Hand, Lab, SHOP, TOKEN, command, configuration, serve};
use crate::shown::{compare, shown, world};

#[test]
fn mistakes_have_their_place_and_a_next_step() {
    let world = world();
    compare(&world, "optimizer no file", &shown(&command(&world, "status").run()));
    let foreign = command(&world, "status -c other.yaml").run().expect(2).stderr;
    assert!(foreign.contains("--config-file means nothing to it"), "{foreign}");
    let text = "listen: 8744
applications:
  shop:
    token: ''
    objective: {maximize: 'throughput +', promote: true}
  example.com/cart:
    tokn: a
";
    world.file("optimizer.yaml", text);
    compare(&world, "optimizer unknown key", &shown(&command(&world, "serve").run()));
    let text = text.replace("8744", "here").replace("  example.com/cart:\n    tokn: a\n", "");
    world.file("optimizer.yaml", text);
    compare(&world, "optimizer mistakes", &shown(&command(&world, "serve").run()));
    world.file("optimizer.yaml", configuration(8));
    compare(&world, "optimizer no token", &shown(&command(&world, "serve").run()));
    world.file("shop.token", TOKEN);
    compare(&world, "optimizer unknown application", &shown(&command(&world, "export example.com/a").run()));
    world.file("optimizer.yaml", format!("tls: {{certificate: a.crt, key: a.key}}\n{}", configuration(8)));
    compare(&world, "optimizer no certificate", &shown(&command(&world, "serve").run()));
}

#[test]
fn tokens_are_read_again_and_signals_are_obeyed() {
    let mut lab = Lab::start(8);
    let next = json!({"event": "WHATS_NEXT", "param": null, "servo_uid": null}).to_string();
    lab.world.file("shop.token", "another");
    assert_eq!(lab.post(SHOP, "another", &next).0, 401);
    lab.server.signal(Signal::HUP);
    lab.server.wait_for("the tokens", |_, stderr| {
        stderr.contains("SIGHUP: tokens and certificates were read again").then_some(())
    });
    assert_eq!(lab.post(SHOP, "another", &next).0, 200);
    assert_eq!(lab.post(SHOP, TOKEN, &next).0, 401);
    lab.server.signal(Signal::INT);
    lab.server.wait().expect(130);
}

#[test]
fn a_run_belongs_to_one_server_and_to_one_objective() {
    let lab = Lab::start(8);
    let mut hand = Hand::new();
    lab.hello(&hand);
    while hand.changes.is_empty() {
        let command = lab.say(&hand, "WHATS_NEXT", json!(null));
        let (event, param) = hand.act(&command).unwrap();
        lab.say(&hand, event, param);
    }
    let second = lab.servo("serve").run().expect(1);
    assert!(second.stderr.contains("is in use"), "{}", second.stderr);
    lab.server.signal(Signal::TERM);
    lab.server.wait().expect(0);

    let other = configuration(8).replace("maximize: throughput", "minimize: errors");
    lab.world.file("optimizer.yaml", other);
    let (server, url) = serve(&lab.world, &[]);
    let status = command(&lab.world, "status").run().expect(0).stdout;
    assert!(status.contains("blocked: its objective is \"maximize throughput"), "{status}");
    let blocked = Lab { world: lab.world, server, url };
    let asleep = blocked.say(&hand, "WHATS_NEXT", json!(null));
    assert_eq!(asleep["cmd"], "SLEEP", "{asleep}");
    let reason = "blocked; ask the operator of the optimizer";
    assert_eq!(asleep["param"]["data"]["reason"], reason, "{asleep}");
    blocked.server.signal(Signal::TERM);
    blocked.server.wait().expect(0);

    let (server, url) = serve(&blocked.world, &["--fresh", SHOP]);
    let anew = Lab { world: blocked.world, server, url };
    anew.run(&mut hand);
    let baseline = &anew.history()[0];
    assert_eq!(
        baseline["settings"]["web.workers"], 2,
        "what the service came with, not what was left behind"
    );
    let export = |line: &str| command(&anew.world, &format!("export {SHOP} {line}")).run();
    let before = export("--run 1 -o json").expect(0).stdout;
    assert!(before.contains("\"objective\": \"maximize throughput"), "{before}");
    let none = export("--run 2").expect(1).stderr;
    assert!(none.contains("there is no run 2 of example.com/shop that was set aside; there is 1"), "{none}");
    anew.server.signal(Signal::TERM);
    let ended = anew.server.wait().expect(0).stderr;
    assert!(
        ended.contains("the run before is set aside: `servo optimizer export example.com/shop --run 1`"),
        "{ended}"
    );
    std::fs::remove_file(anew.world.path("shop.token")).unwrap();
    command(&anew.world, &format!("serve --fresh {SHOP}")).run().expect(2);
    command(&anew.world, &format!("export {SHOP} --run 2")).run().expect(1);
}
