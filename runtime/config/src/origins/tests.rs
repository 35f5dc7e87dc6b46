use crate::Flags;
use crate::testing::{environment, resolve};

#[test]
fn every_value_knows_where_it_came_from() {
    let yaml = "optimizer: {id: example.com/shop, token: hunter2}
connectors: {load: vegeta}
load:
  rate: 10
  target: GET http://app/
checks: {wait: 5m}
";
    let env = environment(&[("SERVO_LOAD_WORKERS", "5")], "SERVO_LOAD_RATE=20/1s\nOPSANI_TOKEN=dot");
    let flags = Flags { base_url: Some("https://flag".to_owned()), ..Flags::default() };
    let (config, _) = resolve(yaml, &env, &flags).unwrap();
    let shown: Vec<String> = config.servos[0]
        .origins()
        .iter()
        .map(|leaf| format!("{:<34} {:<40} {}", leaf.path, leaf.value.to_string(), leaf.origin))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
