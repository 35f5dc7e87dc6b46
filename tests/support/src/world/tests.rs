use super::*;

#[test]
fn programs_live_inside_and_files_go_with_the_world() {
    let world = World::new("sh");
    let file = world.file("a/b.txt", "text");
    assert_eq!(world.read("a/b.txt"), "text");
    let finished =
        world.servo(["-c", "pwd; echo $HOME; echo $SERVO_STATE_DIR; ls -d $HOME $SERVO_STATE_DIR"]);
    let finished = finished.run().expect(0);
    assert!(finished.stdout.lines().all(|line| line.contains("servo-test-")), "{}", finished.stdout);
    drop(world);
    assert!(!file.exists());
}
