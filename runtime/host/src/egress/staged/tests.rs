use super::*;

#[test]
fn no_secret_is_told_that_a_server_repeats() {
    let basic = format!("Basic {}", BASE64_STANDARD.encode("servo:pass:word"));
    let secrets = ["Bearer t0ken".to_owned(), basic.clone(), "plain".to_owned()];
    let body = format!("{basic} t0ken pass:word plain end").into_bytes();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![header("x-seen", "Bearer t0ken"), header("set-cookie", "a=b"), header("etag", "1")];
    let answer = Ok(Received { status: 200, headers, body });
    let told = told(Reaction { after: Duration::ZERO, answer }, &secrets).answer.unwrap();
    assert_eq!(told.headers, [header("x-seen", "Bearer ***"), header("etag", "1")]);
    assert_eq!(String::from_utf8(told.body).unwrap(), "Basic *** *** *** *** end");
}
