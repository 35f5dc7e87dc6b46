//! Optimizers of tenants, as ServoX's AppDynamics form has them.

use secrecy::ExposeSecret as _;

use crate::testing::{environment, lines, resolve};
use crate::{Flags, Optimizer, OptimizerAccess, TokenSource};

fn optimizer(yaml: &str, variables: &[(&str, &str)]) -> (Optimizer, Vec<String>) {
    let (config, notices) = resolve(yaml, &environment(variables, ""), &Flags::default())
        .unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let notices = notices.iter().map(ToString::to_string).collect();
    (config.servos[0].optimizer.clone().unwrap(), notices)
}

fn secret(source: &TokenSource) -> String {
    match source {
        TokenSource::Value(text) => text.expose_secret().to_owned(),
        TokenSource::File(path) => path.display().to_string(),
    }
}

fn shown(optimizer: &Optimizer) -> String {
    let access = match &optimizer.access {
        OptimizerAccess::Token { url, token } => format!("token {} {url}", secret(token)),
        OptimizerAccess::Login { url, token_url, client_id, client_secret } => {
            format!("login {client_id} {} {token_url} {url}", secret(client_secret))
        }
        OptimizerAccess::ConnectionFile { path, optimizer_id } => {
            format!("{} {optimizer_id}", path.display())
        }
    };
    format!("{}: {access}", optimizer.id)
}

#[test]
fn a_tenant_has_three_ways_in() {
    let all = "client_id: c, client_secret: s, base_url: 'https://a.test/'";
    let table = [
        (
            format!("optimizer: {{optimizer_id: AAAA==, tenant_id: ten-1, {all}}}"),
            "ten-1 - AAAA==: login c s https://a.test/auth/ten-1/default/oauth2/token \
             https://a.test/rest/optimize/co/v1/optimizers/AAAA==/",
        ),
        (
            format!("optimizer: {{optimizer_id: o, tenant_id: t, {all}, url: 'https://u/', token_url: 'https://v/'}}"),
            "t - o: login c s https://v/ https://u/",
        ),
        (
            "optimizer: {optimizer_id: o, tenant_id: t, base_url: 'https://a', token: x}".to_owned(),
            "t - o: token x https://a/rest/optimize/co/v1/optimizers/o/",
        ),
        (
            "optimizer: {optimizer_id: o, connection_file: /run/connection}".to_owned(),
            "o: /run/connection o",
        ),
        (
            "optimizer: {optimizer_id: o, tenant_id: t, base_url: 'https://a', client_id: c, client_secret_file: f}"
                .to_owned(),
            "t - o: login c f https://a/auth/t/default/oauth2/token https://a/rest/optimize/co/v1/optimizers/o/",
        ),
    ];
    for (yaml, expected) in table {
        let (optimizer, notices) = optimizer(&yaml, &[]);
        assert_eq!((shown(&optimizer).as_str(), notices), (expected, Vec::new()), "{yaml}");
    }
}

#[test]
fn a_tenant_can_come_from_the_environment_alone() {
    let variables = [
        ("APPD_OPTIMIZER_ID", "o"),
        ("APPD_TENANT_ID", "t"),
        ("APPD_CLIENT_ID", "c"),
        ("APPD_CLIENT_SECRET", "s"),
        ("APPD_BASE_URL", "https://a"),
    ];
    let login =
        "t - o: login c s https://a/auth/t/default/oauth2/token https://a/rest/optimize/co/v1/optimizers/o/";
    let with = |more: &[(&'static str, &'static str)]| {
        shown(&optimizer("", &[variables.as_slice(), more].concat()).0)
    };
    assert_eq!(with(&[]), login);
    assert_eq!(with(&[("APPD_TOKEN", "x")]), "t - o: token x https://a/rest/optimize/co/v1/optimizers/o/");
    assert_eq!(with(&[("APPD_CONNECTION_FILE", "/f")]), "t - o: /f o");
    // What is left of another tenant does not concern an optimizer with an `id`.
    let left = [("APPD_TENANT_ID", "t"), ("APPD_CLIENT_SECRET", "s")];
    let (optimizer, _) = optimizer("optimizer: {id: example.com/shop, token: x}", &left);
    assert_eq!(
        shown(&optimizer),
        "example.com/shop: token x https://api.opsani.com/accounts/example.com/applications/shop/"
    );
}

#[test]
fn each_document_takes_the_variables_of_its_kind() {
    let yaml = "optimizer: {optimizer_id: o, tenant_id: t, base_url: 'https://a'}\n---\n\
                optimizer: {id: example.com/two}\n";
    let env = environment(
        &[
            ("APPD_CLIENT_ID", "c"),
            ("APPD_CLIENT_SECRET", "s"),
            ("OPSANI_TOKEN", "x"),
            ("APPD_OPTIMIZER_ID", "no"),
        ],
        "",
    );
    let (config, _) = resolve(yaml, &env, &Flags::default()).unwrap();
    let all: Vec<_> = config.servos.iter().map(|servo| shown(servo.optimizer.as_ref().unwrap())).collect();
    assert!(all[0].starts_with("t - o: login c s "), "{}", all[0]);
    assert!(all[1].starts_with("example.com/two: token x "), "{}", all[1]);
}

#[test]
fn what_a_connection_file_makes_useless_is_told() {
    let yaml = "optimizer: {optimizer_id: o, connection_file: f, client_id: c}";
    let (_, notices) = optimizer(yaml, &[]);
    assert_eq!(
        notices,
        ["servo.yaml:1:1: the connection file says where the optimizer is: `client_id` is not used"]
    );
}
