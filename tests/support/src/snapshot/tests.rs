use super::*;

#[test]
fn what_differs_from_run_to_run_is_replaced_and_nothing_else() {
    let directory = Path::new("/no/such.dir+x");
    let text = "/no/such.dir+x/servo.yaml:3: http://127.0.0.1:34567/metrics timeout 30s, 2026-11-21T11:26:48.5Z \
                took 12 ms, 3.25 s, pid 4711; /no/such_dir+x, 10.0.0.1:9090, v0.1.0";
    settings(directory).bind(|| insta::assert_snapshot!(text, @"[DIR]/servo.yaml:3: http://127.0.0.1:[PORT]/metrics timeout 30s, [TIME] took [TOOK], [TOOK], pid [PID]; /no/such_dir+x, 10.0.0.1:9090, v0.1.0"));
}
