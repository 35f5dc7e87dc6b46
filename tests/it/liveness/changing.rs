//! What operators say of services.

use servo_test_support::Signal;

use super::lab::Lab;

#[test]
fn a_maintenance_outlives_the_process_and_ends_when_somebody_says_so() {
    let lab = Lab::new();
    let api = lab.registered("--type api --host one");
    let down = lab.json("down --type api --host one --note new-disk --start 1489449600 --end +2h");
    assert_eq!(
        (down["status"].as_str(), down["state"].as_str(), down["why"].as_str()),
        (Some("DOWN"), Some("down"), Some("under maintenance"))
    );
    let window = &down["maintenance"];
    assert_eq!(
        (window["start"].as_str(), window["note"].as_str()),
        (Some("2017-03-14T00:00:00Z"), Some("new-disk"))
    );
    assert_eq!(lab.says("is-up --type api --host one", 1).stdout, "down (under maintenance)\n");
    api.signal(Signal::TERM);
    api.wait().expect(0);

    let api = lab.registered("--type api --host one");
    assert_eq!(lab.says("is-up --type api --host one", 1).stdout, "down (under maintenance)\n");
    assert!(api.stderr().contains("it was set down before; `servo liveness up "), "{}", api.stderr());
    let up = lab.json("up --type api --host one");
    assert_eq!((up["status"].as_str(), up["state"].as_str()), (Some("UP"), Some("up")));
    assert!(up["maintenance"].is_null(), "{up}");
    assert_eq!(lab.says("is-up --type api --host one", 0).stdout, "up\n");
    // A window that lies in the past sets down all the same; it is no maintenance any more.
    lab.says("down --type api --host one --start 1489449600 --end 1489449700", 0);
    assert_eq!(lab.says("is-up --type api --host one", 1).stdout, "down (set down)\n");
    api.signal(Signal::TERM);
    api.wait().expect(0);
}

#[test]
fn what_cannot_be_done_is_explained() {
    let lab = Lab::new();
    for line in ["up nobody", "down nobody", "delete nobody", "get nobody"] {
        let error = lab.says(line, 1).stderr;
        assert_eq!(error, "error: there is no service `nobody`; `servo liveness ls` lists all\n", "{line}");
    }
    let _api = lab.registered("--type api --host one --uuid one");
    let error = lab.says("down one --start 2000 --end 1000", 2).stderr;
    assert!(error.contains("the maintenance ends (at 1000) before it starts (at 2000)"), "{error}");
    let note = "n".repeat(1025);
    let error = lab.says(&format!("down one --note {note}"), 2).stderr;
    assert!(error.contains("the note is 1025 bytes long; at most 1024 are allowed"), "{error}");
    assert_eq!(lab.says("is-up one", 0).stdout, "up\n");
}
