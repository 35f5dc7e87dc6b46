//! A world for the servo under test, and its output as one text that compares.

use servo_test_support::{Finished, World};

/// An empty world.
pub(crate) fn world() -> World {
    World::new(env!("CARGO_BIN_EXE_servo"))
}

/// What a command said, with its exit code.
pub(crate) fn shown(finished: &Finished) -> String {
    let code = finished.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
    let mut text = format!("exit: {code}\n");
    for (name, stream) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
        if !stream.is_empty() {
            text += &format!("--- {name}\n{stream}");
        }
    }
    text
}

/// Compares with the snapshot of this name.
#[track_caller]
pub(crate) fn compare(world: &World, name: &str, text: &str) {
    let mut settings = world.snapshots();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.replace(' ', "-"), text));
}

/// Runs a command line in the world and compares what it says with the snapshot of this name.
#[track_caller]
pub(crate) fn says(world: &World, name: &str, line: &str) {
    let finished = world.servo(line.split_whitespace()).run();
    compare(world, name, &format!("$ servo {line}\n{}", shown(&finished)));
}
