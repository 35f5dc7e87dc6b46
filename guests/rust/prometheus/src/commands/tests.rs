use super::*;

#[test]
fn a_target_is_a_row_for_people_and_programs() {
    let target = ActiveTarget {
        labels: [("job".to_owned(), "web".to_owned())].into(),
        health: "up".to_owned(),
        pool: "web".to_owned(),
        url: "http://web:9090/metrics".to_owned(),
        last_scrape: "2026-11-22T06:00:01.123456Z".to_owned(),
        last_duration: 0.0123,
        ..ActiveTarget::default()
    };
    let row = row(&target);
    assert_eq!(row["last_scraped"], "2026-11-22 06:00:01 (in 12.3ms)");
    assert_eq!((&row["labels"]["job"], &row["error"]), (&json!("web"), &json!("")));
    assert!(COLUMNS.iter().all(|(_, pointer)| row.pointer(pointer).is_some()));
}
