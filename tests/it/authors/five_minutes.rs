//! From nothing to a measured value, as the page of each language says it; then what a new connector does besides: it
//! checks, adjusts, passes its unit tests, and says what went wrong when it breaks.

use servo_test_support::World;

use super::{LONGEST, servo, with_toolchains};
use crate::{shown, transcript};

/// One language.
struct Language<'a> {
    /// The id in commands, and the folder in `guests/`.
    id: &'a str,
    page: &'a str,
    /// The source, in which `broken` is put into `measure`, and `above` before everything.
    source: &'a str,
    above: &'a str,
    broken: &'a str,
    /// What that says.
    says: &'a str,
    /// What it says of a wrong type at 14, where no compiler looks at types; else a line with a type error.
    mistyped: Result<&'a str, &'a str>,
    /// The command of its unit tests.
    test: &'a str,
}

impl Language<'_> {
    fn author(&self) {
        let world = shown::world();
        let source = format!("queue/{}", self.source);
        let page = format!("guests/{}/README.md", self.id);
        let equip = |program| with_toolchains(program).timeout(LONGEST);
        transcript::play(&world, &page, self.page, equip, |step| {
            if step == 0 {
                world.file(&source, self.breaking(&world.read(&source)));
            }
        });
        self.handles_every_event(&world);
        brings_an_event_and_a_command(&world);
        self.breaks_with_its_message(&world, 13, self.says);
        if let Ok(says) = self.mistyped {
            self.breaks_with_its_message(&world, 14, says);
        }
        let shell = with_toolchains(world.program("sh")).args(["-c", self.test]);
        shell.directory(world.path("queue")).timeout(LONGEST).run().expect(0);
        if let Err(line) = self.mistyped {
            world.file(&source, world.read(&source) + line + "\n");
            let told = servo(&world, "queue", "build").run().expect(1).stderr;
            let file = self.source.rsplit('/').next().unwrap();
            assert!(told.contains(file) && told.contains("error"), "{told}");
        }
    }

    /// The same source, which breaks when its value is 13.
    fn breaking(&self, source: &str) -> String {
        let mut text = format!("{}{}", self.above, if self.above.is_empty() { "" } else { "\n" });
        for line in source.lines() {
            text += &format!("{line}\n");
            if line.contains("\"measuring\"") {
                text += &format!("{}\n", self.broken);
            }
        }
        assert!(text.contains(self.broken), "{source}");
        text
    }

    fn handles_every_event(&self, world: &World) {
        let again = servo(world, "", &format!("new queue --lang {}", self.id)).run().expect(2);
        assert!(again.stderr.contains("overwrites nothing"), "{}", again.stderr);
        servo(world, "queue", "check").run().expect(0);
        let adjusted = json(&servo(world, "queue", "adjust queue.value=9 -o json").run().expect(0).stdout);
        assert!(adjusted.to_string().contains(":9"), "{adjusted:#}");
        let wrong = servo(world, "queue", "adjust queue.value=900").run().expect(1);
        assert!(wrong.stderr.contains("0 to 100"), "{}", wrong.stderr);
    }

    fn breaks_with_its_message(&self, world: &World, value: u32, says: &str) {
        let configuration = world.read("queue/servo.yaml");
        let (above, _) = configuration.rsplit_once("value: ").unwrap();
        world.file("queue/servo.yaml", format!("{above}value: {value}\n"));
        let broken = servo(world, "queue", "measure -d 50ms").run().expect(1);
        let failed = broken.stderr.lines().find(|line| line.starts_with("error: connector `queue`: failed"));
        let failed = failed.unwrap_or_else(|| panic!("no failure: {}", broken.stderr));
        assert!(failed.contains(says), "{failed}");
        let logged = |line: &str| line.contains("queue[measure] - ") && line.contains(says);
        assert!(broken.stderr.lines().any(logged), "not in the log: {}", broken.stderr);
    }
}

/// A new connector defines and handles `queue.set`, and has the command `value`, which shows it so many times.
fn brings_an_event_and_a_command(world: &World) {
    let answers =
        json(&servo(world, "queue", r#"dispatch queue.set {"value":9} -o json"#).run().expect(0).stdout);
    assert_eq!(answers[0]["ok"].as_f64(), Some(7.0), "{answers:#}");
    let wrong = servo(world, "queue", r#"dispatch queue.set {"value":900}"#).run().expect(2);
    assert!(wrong.stderr.contains("/value"), "{}", wrong.stderr);
    let found = json(&servo(world, "queue", "queue value --times 2 -o json").run().expect(0).stdout);
    assert_eq!(found["value"].as_f64(), Some(14.0), "{found:#}");
    servo(world, "queue", "queue value --times many").run().expect(2);
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {error}\n{text}"))
}

#[test]
fn rust() {
    Language {
        id: "rust",
        page: include_str!("../../../guests/rust/README.md"),
        source: "src/lib.rs",
        above: "",
        broken: r#"if self.value == 13.0 { panic!("no {} please", "thirteen"); }"#,
        says: "no thirteen please",
        mistyped: Err("const WRONG: u8 = \"much\";"),
        test: "cargo test --offline",
    }
    .author();
}

#[test]
fn python() {
    Language {
        id: "python",
        page: include_str!("../../../guests/python/README.md"),
        source: "connector.py",
        above: "",
        broken: r#"        if self.value == 13:
            raise RuntimeError(f"no {'thirteen'} please")
        if self.value == 14:
            return "many""#,
        says: "no thirteen please",
        mistyped: Ok("`measure` returned 'many', which is no Measurement"),
        test: "python3 -m unittest",
    }
    .author();
}

#[test]
fn javascript() {
    Language {
        id: "js",
        page: include_str!("../../../guests/js/README.md"),
        source: "connector.js",
        above: "",
        broken: r#"if (state.value === 13) throw new Error(`no ${"thirteen"} please`); if (state.value === 14) return "many";"#,
        says: "no thirteen please",
        mistyped: Ok("`measure` returned no list of `readings`"),
        test: "npm test",
    }
    .author();
}

#[test]
fn typescript() {
    Language {
        id: "ts",
        page: include_str!("../../../guests/ts/README.md"),
        source: "connector.ts",
        above: "",
        broken: r#"if (state.value === 13) throw new Error(`no ${"thirteen"} please`);"#,
        says: "no thirteen please",
        mistyped: Err("export const wrong: number = \"much\";"),
        test: "npm test",
    }
    .author();
}

#[test]
fn go() {
    Language {
        id: "go",
        page: include_str!("../../../guests/go/README.md"),
        source: "queue.go",
        above: "",
        broken: r#"if settings.Value == 13 { panic("no thir" + "teen please") }"#,
        says: "no thirteen please",
        mistyped: Err("var wrong float64 = \"much\""),
        test: "CGO_ENABLED=0 go test -mod=mod",
    }
    .author();
}

#[test]
fn c() {
    Language {
        id: "c",
        page: include_str!("../../../guests/c/README.md"),
        source: "queue.c",
        above: "#include <stdlib.h>",
        broken: r#"if (value == 13) { abort(); }"#,
        says: "abort() was called",
        mistyped: Err("static int *wrong = 1.5;"),
        test: "cc -I.servo/sdk *.c tests/*.c .servo/sdk/*.c .servo/sdk/fake/*.c -lm -o .servo/test && .servo/test",
    }
    .author();
}

#[test]
fn cpp() {
    Language {
        id: "cpp",
        page: include_str!("../../../guests/cpp/README.md"),
        source: "queue.cpp",
        above: "#include <cstdlib>",
        broken: r#"if (value == 13) { std::abort(); }"#,
        says: "abort() was called",
        mistyped: Err("static int wrong = \"much\";"),
        test: "(cd .servo && cc -c -Isdk sdk/*.c sdk/fake/*.c) && c++ -std=c++23 -I.servo/sdk *.cpp tests/*.cpp .servo/sdk/*.cpp .servo/*.o -lm -o .servo/test && .servo/test",
    }
    .author();
}

#[test]
fn every_choice_of_events_builds() {
    for (name, event) in [
        ("one", "measure"),
        ("two", "adjust"),
        ("three", "check"),
        ("four", "describe"),
        ("five", "promote"),
        ("six", "metrics"),
        ("seven", "shutdown"),
        ("eight", "handle"),
        ("nine", "commands"),
    ] {
        let world = shown::world();
        servo(&world, "", &format!("new {name} --lang c --events {event}")).run().expect(0);
        let built = servo(&world, name, "build").run().expect(0);
        assert!(!built.stderr.contains("warning"), "{event}: {}", built.stderr);
        assert!(built.stdout.contains(event), "{event}: {}", built.stdout);
        servo(&world, name, "test").run().expect(0);
    }
}
