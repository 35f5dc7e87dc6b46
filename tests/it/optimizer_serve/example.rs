//! The optimizer of examples/optimizer.

use crate::shown::world;

const README: &str = include_str!("../../../examples/optimizer/README.md");
const FILES: [(&str, &str); 2] = [
    ("optimizer.yaml", include_str!("../../../examples/optimizer/optimizer.yaml")),
    ("servo.yaml", include_str!("../../../examples/optimizer/servo.yaml")),
];

#[test]
fn the_page_tells_the_truth() {
    let world = world();
    for (name, text) in FILES {
        world.file(name, text);
    }
    world.file("shop.token", "s3cret");
    world.servo(["validate"]).run().expect(0);
    let status = world.servo(["optimizer", "status"]).run().expect(0).stdout;
    assert!(README.contains(&status), "{status}");
}
