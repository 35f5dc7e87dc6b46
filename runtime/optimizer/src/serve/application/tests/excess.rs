//! Servos that say more than anybody asked for.

use super::*;

/// Up to the first measurement, and its name.
fn up_to_measure(application: &mut Application, service: &mut Service) -> String {
    hear(application, hello());
    let described = hear(application, Heard::WhatsNext);
    assert_eq!(hear(application, service.act(&described).unwrap()), Said::Ok);
    let Said::Measure { uid, .. } = hear(application, Heard::WhatsNext) else { panic!() };
    uid
}

fn scalar(metric: &str, value: f64) -> Reading {
    Reading::Scalar(Scalar { metric: metric.into(), id: None, at: 0.0, value })
}

#[test]
fn metrics_that_nobody_described_are_not_kept() {
    let (_folder, mut application) = begin();
    let uid = up_to_measure(&mut application, &mut Service::new());
    let mut readings: Vec<_> = (0..20_000).map(|number| scalar(&format!("more-{number}"), 1.0)).collect();
    readings.extend([scalar("throughput", 5.0), scalar("errors", 0.5)]);
    let result = Ok(Outcome::Measured(Measurement { readings, annotations: Vec::new() }));
    let done = Heard::Done { act: Act::Measure, uid: Some(uid), result };
    assert_eq!(hear(&mut application, done), Said::Ok);
    let TrialResult::Measured(readings) = &history(&application)[0].result else { panic!() };
    assert_eq!(readings.keys().collect::<Vec<_>>(), ["errors", "throughput"]);
}

#[test]
fn too_much_is_not_taken_for_a_description() {
    let metrics = |count: usize, bytes: usize| -> Vec<Metric> {
        let name = |number| format!("{number:0>bytes$}");
        (0..count).map(|number| Metric { name: name(number), unit: String::new() }).collect()
    };
    let table = [
        (metrics(1_001, 8), "there are 1003 metrics; at most 1000 are taken"),
        (metrics(5, 60_000), "names, units and texts have 300030 bytes together; at most 262144 are taken"),
    ];
    for (more, wanted) in table {
        let (folder, mut application) = begin();
        let service = Service::new();
        hear(&mut application, hello());
        let Said::Describe { uid } = hear(&mut application, Heard::WhatsNext) else { panic!() };
        let mut found = service.describe();
        found.metrics.extend(more);
        let result = Ok(Outcome::State(found));
        hear(&mut application, Heard::Done { act: Act::Describe, uid: Some(uid), result });
        let said = hear(&mut application, Heard::WhatsNext);
        assert_eq!(said, Said::Sleep { duration: SLEEP, reason: wanted.into() });
        assert!(!folder.path().join(run::FILE).exists());
    }
}

#[test]
fn a_full_journal_blocks_and_can_still_be_read() {
    let (folder, mut application) = begin();
    let mut service = Service::new();
    up_to_measure(&mut application, &mut service);
    let measure = hear(&mut application, Heard::WhatsNext);
    application.run.as_mut().unwrap().journal.fill();
    let done = service.act(&measure).unwrap();
    let error = application.hear(done, by(Some("uid")), 1).unwrap_err();
    assert!(error.to_string().contains("is full"), "{error}");
    assert!(application.blocked().is_some());
    let said = hear(&mut application, Heard::WhatsNext);
    assert_eq!(said, Said::Sleep { duration: SLEEP, reason: BLOCKED.into() });
    let stands = || crate::serve::status(folder.path(), "example.com/shop", &goal()).unwrap();
    assert!(stands().words().starts_with("blocked: the journal"), "{}", stands().words());
    let second = Application::open(folder.path(), goal(), "boot2").unwrap_err();
    assert!(second.to_string().contains("in use"), "{second}");
    assert!(stands().words().starts_with("blocked: the journal"), "it is the first one's word");
    drop(application);
    let again = Application::open(folder.path(), goal(), "boot2").unwrap();
    assert_eq!(again.blocked(), None);
    assert_eq!(stands().words(), "measuring");
}
