use secrecy::{ExposeSecret, SecretString};

use crate::testing::{config, environment, lines, resolve};
use crate::{Config, Environment, Flags, Notice, OptimizerAccess, Origin, Problems, TlsVerify, TokenSource};

const VEGETA: &str = "vegeta: {rate: 10, workers: 1, target: GET http://file/}";

fn settings(config: &Config) -> serde_json::Value {
    config.servos[0].connectors[0].settings.clone()
}

fn with(yaml: &str, variables: &[(&str, &str)], dotenv: &str) -> Result<(Config, Vec<Notice>), Problems> {
    resolve(yaml, &environment(variables, dotenv), &Flags::default())
}

#[test]
fn precedence_is_environment_then_dotenv_then_file() {
    for (variables, dotenv, rate, workers) in [
        (&[][..], "", 10, 1),
        (&[], "SERVO_VEGETA_RATE=20", 20, 1),
        (&[("SERVO_VEGETA_RATE", "30")], "SERVO_VEGETA_RATE=20", 30, 1),
        (&[("SERVO_VEGETA", r#"{"rate": 40}"#)], "SERVO_VEGETA_RATE=20", 40, 1),
        (&[("SERVO_VEGETA", r#"{"rate": 40, "workers": 4}"#), ("SERVO_VEGETA_RATE", "50")], "", 50, 4),
        (&[("SERVO_VEGETA_WORKERS", "7")], r#"SERVO_VEGETA='{"rate": 25, "workers": 2}'"#, 25, 7),
    ] {
        let (config, _) = with(VEGETA, variables, dotenv).unwrap();
        let settings = settings(&config);
        assert_eq!(
            (&settings["rate"], &settings["workers"]),
            (&rate.into(), &workers.into()),
            "{variables:?} {dotenv}"
        );
        assert_eq!(settings["target"], "GET http://file/");
    }
}

#[test]
fn flags_win_and_the_stronger_token_stays() {
    let yaml = "optimizer: {id: example.com/file, token: file, base_url: \"https://file\"}";
    let token = |flags: &Flags, variables: &[(&str, &str)], dotenv: &str| {
        let (config, _) = resolve(yaml, &environment(variables, dotenv), flags).unwrap();
        let optimizer = config.servos[0].optimizer.clone().unwrap();
        let OptimizerAccess::Token { url, token } = optimizer.access else { panic!("not a token") };
        let token = match token {
            TokenSource::Value(token) => token.expose_secret().to_owned(),
            TokenSource::File(path) => path.display().to_string(),
        };
        format!("{} {token} {}", optimizer.id, url.split("/accounts").next().unwrap())
    };
    let none = Flags::default();
    let flags = Flags {
        token: Some(SecretString::from("flag")),
        base_url: Some("https://flag/".to_owned()),
        ..Flags::default()
    };
    let file_flag = Flags { token_file: Some("flagfile".to_owned()), ..Flags::default() };
    assert_eq!(token(&none, &[], ""), "example.com/file file https://file");
    assert_eq!(
        token(&none, &[], "OPSANI_TOKEN=dot\nOPSANI_OPTIMIZER=example.com/dot"),
        "example.com/dot dot https://file"
    );
    assert_eq!(
        token(&none, &[("OPSANI_TOKEN_FILE", "envfile")], "OPSANI_TOKEN=dot"),
        "example.com/file envfile https://file"
    );
    assert_eq!(token(&none, &[("SERVO_OPTIMIZER_TOKEN", "env")], ""), "example.com/file env https://file");
    assert_eq!(
        token(&none, &[("SERVO_OPTIMIZER", r#"{"token": "env"}"#)], ""),
        "example.com/file env https://file"
    );
    assert_eq!(
        token(&flags, &[("OPSANI_TOKEN", "env")], "OPSANI_TOKEN=dot"),
        "example.com/file flag https://flag"
    );
    assert_eq!(token(&file_flag, &[("OPSANI_TOKEN", "env")], ""), "example.com/file flagfile https://file");

    let both =
        Flags { token: Some(SecretString::from("x")), token_file: Some("y".to_owned()), ..Flags::default() };
    let shown = lines(&resolve(yaml, &Environment::default(), &both).unwrap_err());
    assert!(shown.starts_with("flag --token-file: token and token_file exclude each other"), "{shown}");
    let shown = lines(&with(yaml, &[("OPSANI_TOKEN", "a"), ("OPSANI_TOKEN_FILE", "b")], "").unwrap_err());
    assert!(shown.contains("exclude each other"), "{shown}");
}

#[test]
fn an_optimizer_can_come_from_the_environment_alone() {
    let (config, _) =
        with("", &[("OPSANI_OPTIMIZER", "example.com/env"), ("OPSANI_TOKEN", "t")], "").unwrap();
    assert_eq!(config.servos[0].display_name(), "example.com/env");
    // A token alone names none.
    let (config, notices) = with("objective: {minimize: x}", &[("OPSANI_TOKEN", "t")], "").unwrap();
    assert!(config.servos[0].optimizer.is_none());
    assert_eq!(
        notices[0].to_string(),
        "environment OPSANI_TOKEN: no optimizer is named, so its token and URL are not used; set OPSANI_OPTIMIZER \
         or APPD_OPTIMIZER_ID"
    );
}

#[test]
fn servos_own_settings_have_variables_too() {
    let variables = [
        ("SERVO_NAME", "named"),
        ("SERVO_UID", "7"),
        ("SERVO_DESCRIPTION", "text"),
        ("SERVO_CONNECTORS", r#"{"one": "wait"}"#),
        ("SERVO_SETTINGS_SSL_VERIFY", "false"),
        ("SERVO_SETTINGS_TIMEOUTS_READ", "90"),
        ("SERVO_CHECKS", r#"{"quiet": true}"#),
        ("SERVO_CHECKS_WAIT", "5m"),
        ("SERVO_OBJECTIVE_MINIMIZE", "latency"),
        ("SERVO_OBJECTIVE_BUDGET", "9"),
        ("SERVO_SANDBOX_LIMITS_MEMORY", "32MiB"),
        ("SERVO_ONE_MEASURE_ENABLED", "yes"),
        ("SERVO_ONE_DESCRIPTION", "from outside"),
    ];
    let (config, notices) = with("connectors: [vegeta]\nvegeta: {rate: 1}", &variables, "").unwrap();
    let servo = &config.servos[0];
    assert_eq!((servo.name.as_deref(), servo.servo_uid.as_deref()), (Some("named"), Some("7")));
    assert_eq!(servo.settings.tls, TlsVerify::Off);
    assert_eq!(servo.settings.timeouts.read.as_secs(), 90);
    assert!(servo.checks.quiet && servo.checks.wait.as_secs() == 300);
    assert_eq!(servo.objective.as_ref().unwrap().budget, 9);
    assert_eq!(servo.connectors.len(), 1, "a selection is replaced, not merged");
    assert_eq!(servo.connectors[0].limits.memory, 32 << 20);
    assert_eq!(servo.connectors[0].description.as_deref(), Some("from outside"));
    assert_eq!(settings(&config), serde_json::json!({"measure_enabled": true}));
    assert_eq!(notices.len(), 1, "the stanza of vegeta is not used any more");
}

#[test]
fn nested_settings_of_connectors_have_variables() {
    let yaml = "connectors: {prom1: prometheus}\nprom1: {metrics: [{name: a, query: b}]}";
    let variables = [
        ("SERVO_PROM1_FAST_FAIL_PERIOD", "90"),
        ("SERVO_PROM1_FAST_FAIL_DISABLED", "1"),
        ("SERVO_PROM1_BASE_URL", "http://localhost:9090"),
        ("SERVO_PROM1_METRICS", r#"[{"name": "c", "query": "d"}]"#),
    ];
    let (config, _) = with(yaml, &variables, "").unwrap();
    assert_eq!(
        settings(&config),
        serde_json::json!({
            "metrics": [{"name": "c", "query": "d"}],
            "base_url": "http://localhost:9090",
            "fast_fail": {"period": 90, "disabled": true},
        })
    );
}

#[test]
fn a_stanza_can_come_from_the_environment() {
    let (config, _) = with("", &[("SERVO_VEGETA", r#"{"rate": "5/1s"}"#)], "").unwrap();
    assert_eq!(settings(&config)["rate"], "5/1s");
}

#[test]
fn wrong_variables_are_named_and_their_values_are_not_repeated() {
    let yaml = "vegeta: {rate: 1}\nconnectors: {vegeta: vegeta, one-two: wait, one_two: wait}";
    let variables = [
        ("SERVO_VEGETA_WORKERS", "many"),
        ("SERVO_VEGETA_FORMAT", "htp"),
        ("SERVO_CHECKS", "{secretvalue"),
        ("SERVO_ONE_TWO_MEASURE_ENABLED", "true"),
        ("OPSANI_OPTIMIZER", "example.com/a"),
        ("SERVO_OPTIMIZER_ID", "example.com/b"),
        ("OPSANI_TOKEN", "t"),
    ];
    let problems = with(yaml, &variables, "SERVO_VEGETA_RATE=fast").unwrap_err();
    let shown = problems.render(false);
    assert!(!shown.contains("secretvalue"));
    insta::assert_snapshot!(shown);
}

#[test]
fn a_variable_that_means_an_alias_and_a_field_is_ambiguous() {
    // SERVO_LOAD_RATE: the field `rate` of `load`, or the stanza of `load_rate`.
    let yaml = "connectors: {load: vegeta, load_rate: wait}\nload: {rate: 1}";
    assert!(with(yaml, &[], "").is_ok(), "nobody has to choose while nobody sets it");
    let shown = lines(&with(yaml, &[("SERVO_LOAD_RATE", "5")], "").unwrap_err());
    assert_eq!(
        shown,
        "environment SERVO_LOAD_RATE: SERVO_LOAD_RATE is ambiguous: it could set `load.rate` or `load_rate` \
         (set it in the file, or rename a connector so that the names differ)"
    );
}

#[test]
fn a_variable_of_the_command_line_is_not_taken() {
    let yaml = "connectors: {run: scripts, log: vegeta}\nlog: {rate: 1}";
    let shown = lines(&with(yaml, &[("SERVO_LOG_FORMAT", "json")], "").unwrap_err());
    assert!(
        shown.contains("SERVO_LOG_FORMAT is ambiguous: it could set `log.format` or `the command line`"),
        "{shown}"
    );
}

#[test]
fn misspelt_variables_are_noticed() {
    let variables =
        [("SERVO_VEGETA_WORKRES", "5"), ("SERVO_SERVICE_HOST", "10.0.0.1"), ("SERVO_LOG_LEVEL", "INFO")];
    let (_, notices) = with(VEGETA, &variables, "").unwrap();
    let shown: Vec<String> = notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "environment SERVO_VEGETA_WORKRES: nothing reads SERVO_VEGETA_WORKRES; did you mean SERVO_VEGETA_WORKERS?"
        ]
    );
}

#[test]
fn what_servox_would_have_done_is_told() {
    let yaml = "optimizer: {id: example.com/a, token: t}\nsettings: {timeouts: 5s}\nchecks: {wait: 1m}\n\
                vegeta: {rate: 10, workers: 1}\nsandbox: {}\nobjective: {minimize: x}\nno_diagnostics: false\n";
    let variables = [("SERVO_VEGETA_RATE", "20"), ("SERVO_VEGETA_WORKERS", "1"), ("SERVO_CHECKS_WAIT", "2m")];
    let (config, _) = with(yaml, &variables, "").unwrap();
    let shown: Vec<String> = config.servos[0].servox_differences().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"));
    let yaml = "optimizer: {id: example.com/a, token: t, base_url: 'http://127.0.0.1:9'}\n";
    let (config, _) = with(yaml, &[], "").unwrap();
    let shown: Vec<String> = config.servos[0].servox_differences().iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["servo.yaml:1:1: SIGHUP reads the configuration again; ServoX ends"]);
}

#[test]
fn a_missing_file_says_what_to_do() {
    let error = crate::load_file(
        std::path::Path::new("/nowhere/servo.yaml"),
        &Environment::default(),
        &Flags::default(),
    );
    let problems = error.unwrap_err();
    assert_eq!(problems.list()[0].origin, Origin::Default);
    assert!(problems.list()[0].message.starts_with("cannot read /nowhere/servo.yaml: "));
}

#[test]
fn debug_and_json_never_show_a_token() {
    let yaml = "optimizer: {id: example.com/a, token: hunter2}\nprometheus: {password: hunter2, metrics: []}";
    let (config, _) = with(yaml, &[("OPSANI_TOKEN", "hunter2")], "").unwrap();
    let servo = &config.servos[0];
    let loaded = crate::load(
        &[crate::Source::from_text("s", yaml)],
        &environment(&[("A", "hunter2")], ""),
        &Flags::default(),
    );
    for shown in [
        format!("{:?}", servo.optimizer),
        format!("{:?}", loaded.unwrap()),
        servo.effective().to_string(),
        serde_json::to_string(&servo.origins()).unwrap(),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let _ = self::config("{}");
}
