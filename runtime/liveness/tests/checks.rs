//! Whether etcd can be used is told before it is used, member by member.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::time::Duration;

use servo_liveness::{Connection, Error, Liveness, Options, Service, Tls};
use servo_test_support::{Etcd, free_port};

const TTL: Duration = Duration::from_secs(10);

fn start(endpoints: Vec<String>, user: Option<(&str, &str)>, tls: Tls) -> Liveness {
    let mut options = Options::new(endpoints, TTL);
    options.etcd.user = user.map(|(name, password)| (name.into(), password.into()));
    (options.etcd.tls, options.namespace) = (tls, "fleet".into());
    Liveness::new(options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_there_and_one_that_is_not() {
    let etcd = Etcd::start();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let liveness = start(vec![etcd.url().into(), nowhere.clone()], None, Tls::default());
    let checkup = liveness.checkup().await;
    assert!(checkup.read.is_ok() && checkup.write.is_ok(), "{checkup:?}");
    let [there, gone] = &checkup.members[..] else { panic!("{checkup:?}") };
    let state = there.state.as_ref().unwrap();
    assert!(state.version.starts_with("3.") && state.leads && state.alarms.is_empty(), "{state:?}");
    let clock = there.clock.as_ref().unwrap();
    assert!(clock.certain() < 5.0 && clock.most - clock.least < 20.0, "{clock:?}");
    assert_eq!(gone.endpoint, nowhere);
    assert!(matches!(gone.state, Err(Error::Unreachable { .. })) && gone.clock.is_err(), "{gone:?}");
    assert_eq!(etcd.ctl(["get", "/fleet/", "--prefix", "--keys-only"]).trim(), "", "nothing is left behind");

    let calls = liveness.calls();
    let of = |name: &str| calls.iter().find(|call| call.name == name).unwrap();
    assert!(of("write").calls == 1 && of("write").failures == 0, "{calls:?}");
    assert!(of("write").longest > Duration::ZERO && of("write").total >= of("write").longest);
    let view = liveness.view().await;
    while view.age().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(matches!(view.connection(), Connection::Following), "{:?}", view.connection());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_may_not_do_is_named() {
    let etcd = Etcd::secure_cluster();
    let security = etcd.security().unwrap();
    for arguments in [
        &["role", "add", "reader"][..],
        &["role", "grant-permission", "reader", "--prefix=true", "read", "/fleet/services/"],
        &["user", "add", "reader:secret"],
        &["user", "grant-role", "reader", "reader"],
        &["role", "add", "writer"],
        &["role", "grant-permission", "writer", "--prefix=true", "readwrite", "/fleet/services/"],
        &["user", "add", "writer:secret"],
        &["user", "grant-role", "writer", "writer"],
    ] {
        etcd.ctl(arguments.iter().copied());
    }
    let read = |path| std::fs::read(path).unwrap();
    let (ca, identity) = (read(&security.ca), (read(&security.certificate), read(&security.key)));
    let tls = Tls { ca: Some(ca.clone()), identity: Some(identity) };
    let started = |user, tls: &Tls| start(etcd.urls(), Some(user), tls.clone());

    let checkup = started(("reader", "secret"), &tls).checkup().await;
    assert!(checkup.read.is_ok(), "{checkup:?}");
    assert!(matches!(&checkup.write, Err(Error::Denied { prefix, .. }) if prefix == "/fleet/services/"));
    assert_eq!(checkup.members.iter().filter(|member| member.state.as_ref().unwrap().leads).count(), 1);
    assert!(
        checkup.members.iter().all(|member| member.clock.as_ref().unwrap().certain() < 5.0),
        "{checkup:?}"
    );

    // The namespace is enough for everything that a process does.
    let writer = started(("writer", "secret"), &tls);
    let checkup = writer.checkup().await;
    assert!(checkup.read.is_ok() && checkup.write.is_ok(), "{checkup:?}");
    let (uuid, kind, host) = ("one".into(), "api".into(), "h".into());
    writer.update(Service { uuid, kind, host, region: "r".into(), ..Service::default() }).await.unwrap();
    assert_eq!(writer.read().await.unwrap().ups(), 1);
    assert!(writer.find("api", "h").await.unwrap().unwrap().lease().is_some());
    writer.delete("one").await.unwrap();
    let candidate = writer.campaign("servo", "me", TTL);
    while candidate.term().is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    writer.stop().await;

    let wrong = started(("writer", "guess"), &tls).checkup().await;
    assert!(matches!(wrong.read, Err(Error::Login { .. })), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("guess"), "{wrong:?}");
    let nobody = start(etcd.urls(), None, Tls { ca: Some(ca), identity: None }).checkup().await;
    assert!(nobody.read.is_err() && nobody.members.iter().all(|member| member.clock.is_err()), "{nobody:?}");
}
