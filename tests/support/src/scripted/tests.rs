use super::*;
use crate::http;

#[test]
fn it_answers_as_told_and_remembers() {
    let server = Scripted::start(|seen| match seen.path.as_str() {
        "/echo?a=b" => Reply::text(201, seen.body.clone()).header("x-met", &seen.method),
        _ => Reply::hang_up(),
    });
    let url = server.url();
    let answer = http::request("PUT", &format!("{url}/echo?a=b"), &[("X-Asked", "1")], b"body").unwrap();
    assert_eq!((answer.status, answer.header("x-met"), answer.text().as_str()), (201, Some("PUT"), "body"));
    assert!(http::get(&url).is_err());
    let seen = server.seen();
    assert_eq!((seen.len(), seen[0].header("x-asked"), seen[1].path.as_str()), (2, Some("1"), "/"));
}

#[test]
fn answers_in_turn_end_with_the_last_one() {
    let server =
        Scripted::in_turn([Reply::json(503, "{}"), Reply::json(200, "[1]").after(Duration::from_millis(5))]);
    let statuses: Vec<u16> = (0..3).map(|_| http::get(&server.url()).unwrap().status).collect();
    assert_eq!(statuses, [503, 200, 200]);
}
