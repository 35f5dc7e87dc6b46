use super::*;
use servo_types::{Domain, Setting};

fn component(name: &str, settings: &[&str]) -> Component {
    let setting = |name: &&str| Setting {
        name: (*name).to_owned(),
        unit: None,
        domain: Domain::Enum { values: Vec::new() },
        value: None,
        pinned: false,
    };
    Component { name: name.to_owned(), settings: settings.iter().map(setting).collect() }
}

#[test]
fn only_what_is_offered_and_meant_once_is_adjusted() {
    let components = [component("app", &["workers", "eviction"]), component("db", &["cpu"])];
    for (line, refused) in [
        ("app.workers=7 app.eviction=lru db.cpu=2", ""),
        ("ap.workers=7", "no component found named `ap`; did you mean `app`?"),
        ("cache.size=7", "no component found named `cache`; there is app, db"),
        ("app.worker=7", "the component `app` has no setting `worker`; did you mean `workers`?"),
        ("db.cpu=1 db.memory=1", "the component `db` has no setting `memory`; there is cpu"),
        ("app.workers=7 db.cpu=1 app.workers=9", "`app.workers` is given twice; give it once"),
        ("app.workers=7 app.workers=7", "`app.workers` is given twice; give it once"),
    ] {
        let wanted: Vec<Adjustment> = line.split(' ').map(|one| one.parse().unwrap()).collect();
        let found = once(&wanted).and_then(|()| known(&wanted, &components));
        assert_eq!(found.err().map(|error| error.to_string()).unwrap_or_default(), refused, "{line}");
    }
    let wanted = ["app.workers=7".parse().unwrap()];
    assert_eq!(known(&wanted, &[]).unwrap_err().to_string(), "no component found named `app`; there is none");
}
