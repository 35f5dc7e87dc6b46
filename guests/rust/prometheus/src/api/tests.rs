use super::*;

fn answer(status: u16, body: &str) -> http::Response {
    http::Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

fn rows(body: &str) -> Result<Answer, Failure> {
    read(&answer(200, body))?.rows()
}

#[test]
fn all_result_types_become_rows_without_what_is_not_a_number() {
    let matrix = rows(
        r#"{"status":"success","warnings":["partial"],"data":{"resultType":"matrix","result":[
            {"metric":{"job":"a"},"values":[[1,"1.5"],[2,"NaN"],[3,"+Inf"],[4.5,"-Inf"],[5,"2e3"]]}]}}"#,
    )
    .unwrap();
    assert_eq!(matrix.rows[0].values, [(1.0, 1.5), (5.0, 2000.0)]);
    assert_eq!(matrix.warnings, ["partial"]);
    let vector = rows(
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}}"#,
    );
    assert_eq!(vector.unwrap().rows[0].values, [(1.0, 2.0)]);
    let scalar = rows(r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#);
    assert_eq!(scalar.unwrap().rows[0].values, [(1.0, 2.0)]);
    let empty = rows(r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#);
    assert_eq!(empty.unwrap(), Answer::default());
}

#[test]
fn errors_carry_the_words_of_prometheus() {
    let failure = read(&answer(400, r#"{"status":"error","errorType":"bad_data","error":"parse error: x"}"#));
    let failure = failure.unwrap_err();
    assert_eq!(failure.message, "Prometheus query request failed with error 'bad_data': parse error: x");
    assert_eq!((failure.code, failure.reason.as_deref()), (Code::Failed, Some("bad_data")));
    let failure = read(&answer(503, r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#));
    assert_eq!(failure.unwrap_err().code, Code::TimedOut);
    let failure = read(&answer(502, "<html>Bad Gateway</html>")).unwrap_err();
    assert!(
        failure.message.contains("HTTP 502") && failure.message.contains("Bad Gateway"),
        "{}",
        failure.message
    );
    let failure =
        rows(r#"{"status":"success","data":{"resultType":"string","result":[1,"a"]}}"#).unwrap_err();
    assert!(failure.message.contains("yields a string"), "{}", failure.message);
}

#[test]
fn the_step_is_widened_to_the_limit_of_points() {
    let span = |seconds: f64| Span { start: 1_000.0, end: 1_000.0 + seconds };
    for (milliseconds, seconds, wanted) in [
        (60_000, 600.0, "1m"),
        (1_500, 600.0, "1.5"),
        (30_000, 0.0, "30s"),
        (1_000, 10_999.0, "1s"),
        (1_000, 11_000.0, "2"),
        (100, 86_400.0, "8"),
        (15_000, 1_000_000.0, "91"),
    ] {
        assert_eq!(step(Duration::from_millis(milliseconds), span(seconds)), wanted);
        let points = seconds / wanted.parse().unwrap_or(milliseconds as f64 / 1e3);
        assert!(points < 11_000.0, "{points}");
    }
}

#[test]
fn range_queries_ask_for_the_span() {
    let api = Api::new("http://p:9090/".to_owned().try_into().unwrap());
    let query = serde_json::from_str::<Query>(r#"{"name":"a","query":"up{a=\"b\"}","step":"30s"}"#).unwrap();
    let request = api.range_request(&query, Span { start: 1.5, end: 61.5 });
    assert_eq!(
        request.url(),
        "http://p:9090/api/v1/query_range?query=up%7Ba%3D%22b%22%7D&start=1.500&end=61.500&step=30s"
    );
}

#[test]
fn targets_are_read() {
    let body = r#"{"status":"success","data":{"activeTargets":[{"labels":{"job":"a"},"health":"up","lastError":""}]}}"#;
    let targets = read(&answer(200, body)).unwrap().targets().unwrap();
    assert_eq!(targets[0].labels["job"], "a");
    assert_eq!(targets[0].health, "up");
}
