use super::*;
use crate::Events;

/// `name: on / before / after`, each a list of events.
fn registration(line: &str) -> Registration {
    let (name, lists) = line.split_once(':').unwrap();
    let mut lists = lists.split('/').map(|list| {
        list.split_whitespace().map(|event| Event::from_name(event).unwrap()).collect::<Events>()
    });
    let mut next = || lists.next().unwrap_or_default();
    Registration { name: name.into(), on: next(), before: next(), after: next(), defines: Vec::new() }
}

fn shown(registrations: &[Registration], indices: &[usize]) -> String {
    indices.iter().map(|index| &*registrations[*index].name).collect::<Vec<_>>().join(" ")
}

#[test]
fn plans() {
    let registrations = [
        "prom: measure metrics",
        "hook: / measure / measure adjust",
        "vegeta: measure / adjust",
        "both: measure adjust / measure / measure",
    ]
    .map(registration);
    // event, include, exclude, callers | before | on | after | skipped | unhandled
    let cases = [
        ("measure;;;", "hook both|prom vegeta both|hook both||"),
        ("adjust;;;", "vegeta|both|hook||"),
        ("metrics;;;", "|prom|||"),
        ("promote;;;", "||||"),
        ("measure;prom;;", "hook both|prom|hook both||"),
        ("measure;both prom;;", "hook both|prom both|hook both||"),
        ("measure;;prom both;", "hook both|vegeta|hook both||"),
        ("measure;prom vegeta;prom;", "hook both|vegeta|hook both||"),
        ("metrics;prom vegeta hook;;", "|prom|||hook vegeta"),
        ("measure;;;prom", "hook both|vegeta both|hook both|prom|"),
        ("measure;;;both prom", "hook|vegeta|hook|prom both|"),
        ("measure;;;hook", "both|prom vegeta both|both|hook|"),
        ("measure;prom;;vegeta", "hook both|prom|hook both||"),
        ("promote;;;prom", "||||"),
    ];
    for (given, expected) in cases {
        let mut parts = given.split(';');
        let event = Event::from_name(parts.next().unwrap()).unwrap();
        let mut names = || parts.next().unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (include, exclude) = (names(), names());
        let callers =
            names().iter().fold(Chain::default(), |chain, name| chain.push(name.as_str().into(), 0, 0));
        let plan = plan(registrations.iter(), event, &include, &exclude, &callers).unwrap();
        let lists = [&plan.before, &plan.on, &plan.after].map(|list| shown(&registrations, list));
        let names = [&plan.skipped, &plan.unhandled].map(|names| names.join(" "));
        assert_eq!([lists.join("|"), names.join("|")].join("|"), expected, "{given}");
    }
}

#[test]
fn unknown_names_are_errors_with_a_hint() {
    let registrations = ["prometheus:measure", "vegeta:measure"].map(registration);
    let cases = [
        ("prometeus", "no connector named `prometeus` is registered; did you mean `prometheus`?"),
        ("vegata", "no connector named `vegata` is registered; did you mean `vegeta`?"),
        ("kubernetes", "no connector named `kubernetes` is registered"),
        ("", "no connector named `` is registered"),
    ];
    for (name, message) in cases {
        let names = [name.to_owned()];
        for (include, exclude) in [(&names[..], &[][..]), (&[], &names)] {
            let plan = plan(registrations.iter(), Event::Measure, include, exclude, &Chain::default());
            assert_eq!(plan.unwrap_err().to_string(), message);
        }
    }
}
