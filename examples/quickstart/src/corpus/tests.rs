use super::*;

fn rendered(corpus: &Corpus, id: u32) -> serde_json::Value {
    let mut text = Vec::new();
    assert!(corpus.render(id, &mut text).unwrap());
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn a_report_adds_up() {
    let report = rendered(&Corpus::generate(1, 20), 17);
    let cents = |value: &serde_json::Value| value.as_str().unwrap().replace('.', "").parse::<u64>().unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!((report["document"].as_u64(), rows.len()), (Some(17), 300));
    for row in rows {
        assert_eq!(cents(&row["amount"]), cents(&row["unit_price"]) * row["quantity"].as_u64().unwrap());
    }
    assert_eq!(cents(&report["total"]), rows.iter().map(|row| cents(&row["amount"])).sum::<u64>());
}

#[test]
fn the_seed_decides_the_documents_and_only_those_there_are_can_be_rendered() {
    let (one, same, other) = (Corpus::generate(1, 20), Corpus::generate(1, 20), Corpus::generate(2, 20));
    assert_eq!(rendered(&one, 19), rendered(&same, 19));
    assert_ne!(rendered(&one, 0)["rows"], rendered(&other, 0)["rows"]);
    assert_ne!(rendered(&one, 0)["rows"], rendered(&one, 1)["rows"]);
    for id in [one.len(), u32::MAX] {
        assert!(!one.render(id, &mut Vec::new()).unwrap());
    }
}
