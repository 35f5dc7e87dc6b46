use super::*;

fn row(labels: &[(&str, &str)], values: &[f64]) -> Row {
    Row {
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        values: values.iter().enumerate().map(|(index, value)| (index as f64, *value)).collect(),
    }
}

fn ids(rows: Vec<Row>) -> Vec<Option<String>> {
    let query = serde_json::from_str::<Query>(r#"{"name":"a","query":"up"}"#).unwrap();
    from_rows(&query, rows).into_iter().map(|series| series.id).collect()
}

#[test]
fn ids_name_instance_and_job_and_more_only_where_needed() {
    let pod = |pod, instance| {
        row(&[("job", "web"), ("instance", instance), ("pod", pod), ("__name__", "up")], &[1.0])
    };
    assert_eq!(
        ids(vec![pod("a", "h:1"), pod("b", "h:2")]),
        [Some("{instance=h:1,job=web}".to_owned()), Some("{instance=h:2,job=web}".to_owned())]
    );
    assert_eq!(
        ids(vec![pod("a", "h"), pod("b", "h")]),
        [Some("{instance=h,job=web,pod=a}".to_owned()), Some("{instance=h,job=web,pod=b}".to_owned())]
    );
    assert_eq!(ids(vec![row(&[], &[1.0])]), [None]);
    assert_eq!(ids(vec![row(&[("pod", "a")], &[1.0])]), [Some("{pod=a}".to_owned())]);
}

#[test]
fn rows_without_values_are_left_out_and_labels_are_sorted_annotations() {
    let query = serde_json::from_str::<Query>(r#"{"name":"a","query":"up"}"#).unwrap();
    let series =
        from_rows(&query, vec![row(&[("z", "1"), ("a", "2")], &[3.0, 4.0]), row(&[("b", "x")], &[])]);
    assert_eq!(series.len(), 1);
    assert_eq!(series[0].annotations, [("a".to_owned(), "2".to_owned()), ("z".to_owned(), "1".to_owned())]);
    assert_eq!(
        (series[0].times.as_slice(), series[0].values.as_slice()),
        ([0.0, 1.0].as_slice(), [3.0, 4.0].as_slice())
    );
}

#[test]
fn the_mean_is_that_of_the_series() {
    let query = serde_json::from_str::<Query>(r#"{"name":"a","query":"up"}"#).unwrap();
    let series = from_rows(&query, vec![row(&[("a", "1")], &[1.0, 3.0]), row(&[("a", "2")], &[10.0])]);
    assert_eq!(mean(&series), Some(6.0));
    assert_eq!(mean(&[]), None);
}
