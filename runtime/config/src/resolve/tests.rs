mod at_once;
mod liveness;
mod tenants;
mod trust;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use servo_types::Limits;

use crate::testing::{catalogue, config, connector, environment, lines, problems, resolve};
use crate::{
    Access, CheckDelay, ConnectorRef, Credential, Direction, DispatchGrant, EndpointUse, Environment, Flags,
    HaltOn, LivenessGrant, OptimizerAccess, Source, TlsVerify, TokenSource, load,
};

const PROM: &str = "metrics: [{name: throughput, query: up}]";

fn aliases(yaml: &str) -> Vec<String> {
    let config = config(yaml);
    config.servos[0].connectors.iter().map(|one| format!("{}={}", one.alias, one.kind)).collect()
}

#[test]
fn connectors_come_in_three_forms() {
    for (yaml, expected) in [
        ("wait: {}\nvegeta: {rate: 1}", &["wait=wait", "vegeta=vegeta"][..]),
        ("wait:", &["wait=wait"]),
        ("connectors: [vegeta, wait]\nvegeta: {rate: 1}", &["vegeta=vegeta", "wait=wait"]),
        ("connectors: [WaitConnector, servo.connectors.wait.WaitConnector, wait]", &["wait=wait"]),
        ("connectors: {one: wait, two: WaitConnector}", &["one=wait", "two=wait"]),
        ("connectors: {one: {component: wait}}\none: {measure_enabled: true}", &["one=wait"]),
        ("connectors: '[\"wait\"]'", &["wait=wait"]),
        ("connectors: []", &[]),
        ("connectors:\nwait: {}", &["wait=wait"]),
        ("", &[]),
    ] {
        assert_eq!(aliases(yaml), expected, "{yaml}");
    }
}

#[test]
fn wrong_selections_are_explained() {
    let all = [
        "connectors: [promethus]",
        "connectors: prometheus",
        "connectors: 7",
        "connectors: [7]",
        "connectors: [./a.wasm]",
        "connectors: {p1: wait}",
        "connectors: {settings: wait}",
        "connectors: {vegeta: wait}",
        "connectors: {one: 5}",
        "connectors: {one: }",
        "connectors: {one: {limits: {}}}",
        "connectors: {one: {component: wait, limit: {}}}",
        "connectors: {one: ./missing.wasm}",
        "connectors: [\"__import__('os').system('x')\"]",
        "waitt: {}",
        "elephants: {}",
        "proxy: {}",
        "[1, 2]",
        "just text",
    ];
    let shown: Vec<String> = all.iter().map(|yaml| problems(yaml)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn the_stanza_of_an_excluded_connector_is_noticed() {
    let (config, notices) =
        resolve("connectors: [wait]\nvegeta: {rate: nonsense}", &Environment::default(), &Flags::default())
            .unwrap();
    assert_eq!(
        notices[0].to_string(),
        "servo.yaml:2:1: `vegeta` is not listed in `connectors`; its stanza is not used"
    );
    let differences = config.servos[0].servox_differences();
    assert_eq!(differences[0].message, "ServoX refuses the stanza of `vegeta`, which is not listed");
}

#[test]
fn limits_come_from_the_alias_then_the_sandbox_then_the_table() {
    let config = config(
        "sandbox: {limits: {memory: 64MiB, handles: 50}}\n\
         connectors:\n  one: {component: wait, limits: {memory: 32MiB, cpu: 1s + 10%, http_requests: 5/1m}}\n  two: wait\n",
    );
    let servo = &config.servos[0];
    let (one, two) = (&servo.connectors[0].limits, &servo.connectors[1].limits);
    assert_eq!((one.memory, one.handles, two.memory, two.handles), (32 << 20, 50, 64 << 20, 50));
    assert_eq!((one.cpu, one.cpu_of_asked), (Duration::from_secs(1), 0.1));
    assert_eq!((one.http_requests.amount, one.http_requests.per), (5, Duration::from_secs(60)));
    assert_eq!(two.wall, Limits::default().wall);
    assert_eq!(servo.sandbox.memory, 64 << 20);
    let sources = |at: usize| -> Vec<String> {
        let sources = servo.connectors[at].limit_sources.values();
        sources.map(|source| format!("{} {}", source.path, source.origin)).collect()
    };
    assert_eq!(
        sources(0),
        [
            "connectors.one.limits.cpu servo.yaml:3:55",
            "sandbox.limits.handles servo.yaml:1:44",
            "connectors.one.limits.http_requests servo.yaml:3:80",
            "connectors.one.limits.memory servo.yaml:3:43",
        ]
    );
    assert_eq!(
        sources(1),
        ["sandbox.limits.handles servo.yaml:1:44", "sandbox.limits.memory servo.yaml:1:28"]
    );
}

#[test]
fn wrong_limits_and_grants_are_explained() {
    let shown = problems(
        "sandbox: {limits: {memori: 1MiB}, grants: {}}
connectors:
  one:
    component: wait
    limits: {memory: 1.5, cpu_share: much, mailbox: 0, wall: 1m30, handles: many}
    grants:
      http: [prom, \"https://a.b/path\", {to: \"http://x:1\", bearer_token_file: t}, {too: x}, {to: \"http://x:1\", ca_file: c}, {to: \"https://x:1\", client_key_file: k}]
      tcp: [redis, \"redis:99999\", \"redis.internal:6379\"]
      dispatch: [metrics, metric, Nope]
      load: [\"ftp://x\"]
      cluster: read
  two:
    component: wait
    limits: {memory: 1KiB, cpu_share: 120%, state: 1GiB, wall: 0}
    grants: [http]
",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn grants_are_typed() {
    let config = config(
        "connectors:
  one:
    component: wait
    grants:
      http:
        - https://Prom.internal
        - {to: \"https://[::1]:8443/\", basic: {username: u, password_file: /run/p}, header_files: {X-Key: k}}
        - {to: \"http://localhost\", bearer_token_file: t, addresses: [169.254.169.254, 10.0.0.0/8]}
        - {to: \"https://x\", ca_file: ca, client_certificate_file: c, client_key_file: k}
      tcp: [\"redis.internal:6379\"]
      dispatch: [metrics]
      load: [\"http://app:8080\"]
      state: true
      liveness: write
",
    );
    let grants = &config.servos[0].connectors[0].grants;
    let to: Vec<String> = grants.http.iter().map(|grant| grant.to.to_string()).collect();
    assert_eq!(
        to,
        ["https://prom.internal:443", "https://[::1]:8443", "http://localhost:80", "https://x:443"]
    );
    assert!(
        matches!(&grants.http[1].credential, Some(Credential::Basic { username, .. }) if username == "u")
    );
    assert_eq!(grants.http[1].header_files["X-Key"], Path::new("k"));
    assert!(grants.http[2].addresses[1].contains("10.20.30.40".parse().unwrap()));
    assert!(!grants.http[2].addresses[0].contains("169.254.169.253".parse().unwrap()));
    let DispatchGrant { event, origin } = &grants.dispatch[0];
    assert_eq!((event.as_str(), origin.to_string().as_str()), ("metrics", "servo.yaml:11:18"));
    assert_eq!(grants.state.as_ref().unwrap().to_string(), "servo.yaml:13:14");
    let LivenessGrant { access, origin } = grants.liveness.as_ref().unwrap();
    assert_eq!((*access, origin.to_string().as_str()), (Access::Write, "servo.yaml:14:17"));
    assert_eq!((grants.tcp[0].host.as_str(), grants.tcp[0].port), ("redis.internal", 6379));
    assert_eq!(grants.load[0].to.to_string(), "http://app:8080");
    assert_eq!(grants.load[0].origin.to_string(), "servo.yaml:12:14");
    let client = Some(("c".into(), "k".into()));
    assert_eq!((&grants.http[3].ca_file, &grants.http[3].client_certificate), (&Some("ca".into()), &client));
}

#[test]
fn only_typed_endpoints_are_granted() {
    let yaml = format!(
        "connectors: {{one: prometheus, two: prometheus, load: vegeta}}\none: {{{PROM}}}\n\
         two: {{base_url: \"http://LOCALHOST:9090/x\", {PROM}}}\n\
         load: {{rate: 1, target: \"GET http://app:8080/a\", targets: targets.txt}}\n"
    );
    let env = environment(&[("SERVO_ONE_BASE_URL", "https://from-env")], "");
    let (config, _) = resolve(&yaml, &env, &Flags::default()).unwrap();
    let found: Vec<String> = config.servos[0]
        .connectors
        .iter()
        .flat_map(|one| &one.endpoints)
        .map(|one| format!("{} {} {:?} {}", one.path, one.endpoint, one.use_for, one.origin))
        .collect();
    assert_eq!(
        found,
        [
            "one.base_url https://from-env:443 Http environment SERVO_ONE_BASE_URL",
            "two.base_url http://localhost:9090 Http servo.yaml:3:17",
            "load.target http://app:8080 Load servo.yaml:4:25",
        ]
    );
    let file = &config.servos[0].connectors[2].files[0];
    assert_eq!((file.file.as_path(), file.pointer.as_str()), (Path::new("targets.txt"), "/targets"));
    // The default of base_url is nothing that anybody typed.
    let plain = self::config(&format!("prometheus: {{{PROM}}}"));
    assert_eq!(plain.servos[0].connectors[0].endpoints, []);
    assert_eq!(config.servos[0].connectors[2].endpoints[0].use_for, EndpointUse::Load);
}

#[test]
fn settings_reach_the_connector_as_they_were_written() {
    let config = config("wait: {description: pauses, measure_enabled: true}");
    let wait = &config.servos[0].connectors[0];
    assert_eq!(wait.settings, json!({"measure_enabled": true}));
    assert_eq!(wait.description.as_deref(), Some("pauses"));
}

#[test]
fn defaults_fill_what_is_missing() {
    let servo = &config("{}").servos[0];
    assert_eq!(servo.checks.wait, Duration::from_secs(1800));
    assert_eq!((servo.checks.delay, servo.checks.halt_on), (CheckDelay::Exponential, HaltOn::Critical));
    assert_eq!(servo.settings.tls, TlsVerify::Platform);
    assert_eq!(servo.settings.timeouts.read, Duration::from_secs(30));
    assert_eq!(servo.settings.backoff["connect"].max_time, Some(Duration::from_secs(3600)));
    assert!(servo.no_diagnostics && servo.optimizer.is_none() && servo.objective.is_none());
    assert_eq!(servo.display_name(), "servo");
}

#[test]
fn everything_can_be_given() {
    let config = config(
        "name: shop
description: tunes the shop
servo_uid: pod-1
no_diagnostics: false
optimizer: {id: example.com/shop, token: abc, base_url: \"https://api.example.com/\"}
settings: {timeouts: 20, ssl_verify: ca.pem, proxies: \"http://proxy:3128\", backoff: {connect: {max_tries: 3}}}
checks: {delay: 5s, halt_on: warning, name: [a, b], quiet: true, wait: 90}
objective: {maximize: throughput, subject_to: error_rate < 1%, budget: 12, seed: 7, promote: true, confidence: 90%,
  measure: {duration: 30s, warmup: 5}}
",
    );
    let servo = &config.servos[0];
    let optimizer = servo.optimizer.as_ref().unwrap();
    assert_eq!(optimizer.place(), "https://api.example.com/accounts/example.com/applications/shop/");
    assert_eq!(servo.settings.tls, TlsVerify::Roots(PathBuf::from("ca.pem")));
    assert_eq!(servo.settings.timeouts.pool, Duration::from_secs(20));
    assert_eq!(servo.settings.proxies["all://"].as_deref(), Some("http://proxy:3128"));
    assert_eq!(servo.settings.backoff["connect"].max_tries, Some(3));
    assert_eq!(
        (servo.checks.delay, servo.checks.wait),
        (CheckDelay::Fixed(Duration::from_secs(5)), Duration::from_secs(90))
    );
    let objective = servo.objective.as_ref().unwrap();
    assert_eq!((objective.direction, objective.expression.as_str()), (Direction::Maximize, "throughput"));
    assert_eq!((objective.budget, objective.seed, objective.promote), (12, Some(7), true));
    assert_eq!(objective.subject_to, ["error_rate < 1%"]);
    assert_eq!(objective.measure.warmup, Duration::from_secs(5));
    assert!((objective.confidence - 0.9).abs() < 1e-9);
    assert!(!format!("{config:?}").contains("abc"), "a token is never printed");
}

#[test]
fn twelve_mistakes_are_reported_at_once() {
    let yaml = "name: [shop]
optimizer: {id: shop, token: hunter2, token_fle: x}
conectors: [wait]
connectors:
  prom: prometheus
  load: vegeta
  pause: waitt
  checks: wait
settings: {ssl_verify: 5, timeouts: {raed: 5s}}
checks: {halt_on: criticl, wait: 1m30, quiet: yes}
objective: {minimize: latency, maximize: throughput}
prom:
  base_ur: http://localhost:9090
  metrics:
    - {name: throughput, unit: rpss, query: up, step: 5x}
    - {unit: rps}
  fast_fail: {skip: -1, disabled: 1}
load:
  rate: fast
  workers: \"10\"
  target: GET http://app:99999/
  max_workers: 1.5
";
    let shown = resolve(yaml, &Environment::default(), &Flags::default()).unwrap_err().render(false);
    assert!(!shown.contains("hunter2"));
    insta::assert_snapshot!(shown);
}

#[test]
fn numbers_without_a_unit_are_checked_like_texts() {
    assert_eq!(
        problems(
            "checks: {wait: -5}\nsandbox: {limits: {memory: 1.5, http_requests: 0.5}}\n\
             vegeta: {rate: 10, reporting_interval: -1}"
        ),
        "servo.yaml:1:16: `checks.wait`: `-5` is not a duration: a plain number is seconds, and not \
         negative (write for example `1m30s`)\n\
         servo.yaml:2:28: `sandbox.limits.memory`: `1.5` is not a size: a plain number is bytes and must be whole \
         and not negative (write for example `128MiB`)\n\
         servo.yaml:2:48: `sandbox.limits.http_requests`: `0.5` is not a rate: a plain number is a whole count per \
         second (write for example `50/1s`)\n\
         servo.yaml:3:40: `vegeta.reporting_interval`: `-1` is not a duration: a plain number is seconds, and not \
         negative (write for example `1m30s`)"
    );
}

#[test]
fn optimizers_are_checked() {
    let all = [
        "optimizer: {}",
        "optimizer:",
        "optimizer: text",
        "optimizer: {id: example.com/shop}",
        "optimizer: {id: example.com/shop, token: '  '}",
        "optimizer: {id: example.com/shop, token: a, token_file: b}",
        "optimizer: {id: nonsense, token: a}",
        "optimizer: {optimizer_id: x, tenant_id: y}",
        "optimizer: {tenant_id: y, client_id: c}",
        "optimizer: {optimizer_id: x, id: example.com/shop, token: a}",
        "optimizer: {id: example.com/shop, token: a, client_id: c}",
        "optimizer: {optimizer_id: a/b, tenant_id: y, connection_file: f}",
        "optimizer: {optimizer_id: x, tenant_id: y, token: a}",
        "optimizer: {optimizer_id: x, client_id: c, client_secret: hunter2, base_url: 'https://a'}",
        "optimizer: {optimizer_id: x, tenant_id: y, client_secret: a, client_secret_file: b}",
        "optimizer: {optimizer_id: x, tenant_id: y, client_secret: ' ', client_id: c, base_url: 'https://a'}",
        "optimizer: {id: example.com/shop, token: [hunter2]}",
        "objective: {budget: 9}",
        "objective: {minimize: x, confidence: 10%}",
        "objective: {minimize: x, budget: 0}",
        "objective: {minimize: x, budget: 5}",
    ];
    let shown: Vec<String> = all.iter().map(|yaml| problems(yaml)).collect();
    let shown = shown.join("\n");
    assert!(!shown.contains("hunter2"));
    insta::assert_snapshot!(shown);
}

#[test]
fn several_documents_are_several_servos() {
    let servo =
        |name: &str| format!("name: {name}\noptimizer: {{id: example.com/{name}, token: t}}\nwait: {{}}\n");
    let config = config(&format!("{}---\n{}", servo("one"), servo("two")));
    let names: Vec<&str> = config.servos.iter().map(crate::Servo::display_name).collect();
    assert_eq!(names, ["one", "two"]);

    let shown = problems(&format!("{0}---\n{0}---\nname: three\nvegeta: {{rate: x}}\n", servo("one")));
    insta::assert_snapshot!(shown);

    // A variable that says who a servo is cannot make all of them one; a shared token fills the gap.
    let yaml = "optimizer: {id: example.com/one}\n---\noptimizer: {id: example.com/two, token: own}\n";
    let env = environment(
        &[("OPSANI_OPTIMIZER", "example.com/zero"), ("OPSANI_TOKEN", "shared"), ("SERVO_NAME", "x")],
        "",
    );
    let (config, _) = resolve(yaml, &env, &Flags::default()).unwrap();
    let ids: Vec<&str> = config.servos.iter().map(crate::Servo::display_name).collect();
    assert_eq!(ids, ["example.com/one", "example.com/two"]);
    let flags = Flags { optimizer: Some("example.com/zero".to_owned()), ..Flags::default() };
    assert!(resolve(yaml, &env, &flags).is_err());
}

#[test]
fn components_are_loaded_between_the_steps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servo.yaml");
    std::fs::write(
        &path,
        "connectors: {mine: ./mine.wasm, theirs: 'oci://r/x:1', again: ./mine.wasm}\nmine: {size: 5}\n",
    )
    .unwrap();
    let loaded = crate::load_file(&path, &Environment::default(), &Flags::default()).unwrap();
    let file = ConnectorRef::File(folder.path().join("mine.wasm"));
    let oci = ConnectorRef::Oci("oci://r/x:1".to_owned());
    let references: Vec<ConnectorRef> = loaded.references().into_iter().map(|one| one.component).collect();
    assert_eq!(references, [file.clone(), oci.clone()]);
    let mut catalogue = catalogue();
    let schema =
        r#"{"type": "object", "additionalProperties": false, "properties": {"size": {"type": "integer"}}}"#;
    catalogue.insert_component(file, connector("mine", "MineConnector", schema));
    catalogue.insert_failure(oci, "the registry does not answer");
    let problems = loaded.resolve(&catalogue).unwrap_err();
    assert!(lines(&problems).ends_with("the registry does not answer"), "{problems}");
    catalogue
        .insert_component(ConnectorRef::Oci("oci://r/x:1".to_owned()), connector("x", "XConnector", schema));
    let (config, _) = loaded.resolve(&catalogue).unwrap();
    assert_eq!(config.servos[0].connector("mine").unwrap().settings, json!({"size": 5}));
}

#[test]
fn a_connector_with_a_wrong_schema_is_named() {
    let mut catalogue = catalogue();
    catalogue.insert(connector("odd", "OddConnector", r#"{"type": 5}"#)).unwrap();
    let source = Source::from_text("servo.yaml", "odd: {}");
    let loaded = load(&[source], &Environment::default(), &Flags::default()).unwrap();
    let shown = lines(&loaded.resolve(&catalogue).unwrap_err());
    assert!(shown.starts_with("servo.yaml:1:1: the settings schema of `odd` is not valid: "), "{shown}");
}

#[test]
fn a_token_file_is_read_when_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = folder.path().join("servo.yaml");
    std::fs::write(&yaml, "optimizer: {id: example.com/shop, token_file: token}").unwrap();
    let loaded = crate::load_file(&yaml, &Environment::default(), &Flags::default()).unwrap();
    let (config, _) = loaded.resolve(&catalogue()).unwrap();
    let optimizer = config.servos[0].optimizer.as_ref().unwrap();
    let OptimizerAccess::Token { token, .. } = &optimizer.access else { panic!("not a token") };
    assert!(matches!(token, TokenSource::File(path) if *path == folder.path().join("token")));
    assert!(token.read().is_err());
    std::fs::write(folder.path().join("token"), "abc\n").unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token.read().unwrap()), "abc");
}
