use super::*;
use crate::http;

#[test]
fn it_commands_in_turn_and_remembers_who_asked_what() {
    let command = json!({"cmd": "DESCRIBE", "cmd_uid": "c-1", "param": {}});
    let optimizer = Optimizer::commanding([command.clone()]);
    let url = format!("{}servo", optimizer.url());
    let ask = |event: &str| {
        let body = json!({"event": event, "param": null, "servo_uid": "me"}).to_string();
        let answer = http::request("POST", &url, &[], body.as_bytes()).unwrap();
        serde_json::from_slice::<Value>(&answer.body).unwrap()
    };
    assert_eq!(ask("HELLO")["status"], "ok");
    assert_eq!(ask("WHATS_NEXT"), command);
    assert_eq!(ask("WHATS_NEXT")["cmd"], "SLEEP");
    assert_eq!(optimizer.events(), ["HELLO", "WHATS_NEXT", "WHATS_NEXT"]);
    let last = optimizer.asked().pop().unwrap();
    assert_eq!((last.servo_uid, last.before), (json!("me"), 1));
}
