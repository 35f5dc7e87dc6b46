use super::*;

#[tokio::test]
async fn a_change_is_in_force_when_it_returns_and_a_refused_one_changes_nothing() {
    let app = App::start(1, 20).unwrap();
    let settings = app.change(br#"{"workers": 3, "cache_entries": 5}"#).unwrap();
    assert_eq!((app.settings(), app.is_ready()), (settings, true));
    let refused = app.change(br#"{"workers": 2, "cache_entries": -1}"#);
    assert!(matches!(refused, Err(ChangeError::Refused(problems)) if problems.len() == 1));
    assert_eq!(app.settings().workers, 3);
}

#[tokio::test]
async fn the_cache_serves_the_second_request() {
    let app = App::start(1, 20).unwrap();
    app.change(br#"{"cache_entries": 5}"#).unwrap();
    let first = app.document(4, Coding::Gzip).await.unwrap();
    assert_eq!(app.document(4, Coding::Gzip).await.unwrap(), first);
    let text = app.metrics_text();
    for line in [
        "quickstart_cache_hits_total 1\n",
        "quickstart_cache_misses_total 1\n",
        "quickstart_rendered_total 1\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[tokio::test]
async fn a_document_that_does_not_exist_is_named() {
    let app = App::start(1, 20).unwrap();
    let error = app.document(20, Coding::Gzip).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no document 20; there are 20, numbered from 0");
}

#[tokio::test]
async fn a_seed_picks_the_same_documents_again() {
    let picks = |seed| {
        let app = App::start(seed, 20).unwrap();
        (0..50).map(|_| app.pick()).collect::<Vec<_>>()
    };
    assert_eq!(picks(1), picks(1));
    assert_ne!(picks(1), picks(2));
}
