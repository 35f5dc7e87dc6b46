//! What the native connectors can be told: the JSON Schemas of their settings, and examples. Commands are marked with
//! `x-servo-command`: what writes examples into a file comments them out, as a command in a file is run.

use serde_json::{Value, json};

/// The schema of `scripts`.
pub(super) fn scripts() -> Value {
    let per_event = |description: &str| {
        json!({
            "type": "object",
            "description": description,
            "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/Command"}},
            "x-servo-command": true,
        })
    };
    let on = ["startup", "shutdown", "describe", "measure", "adjust", "promote"];
    let commands = json!({"type": "array", "items": {"$ref": "#/$defs/Command"}});
    let on: serde_json::Map<String, Value> =
        on.into_iter().map(|event| (event.to_owned(), commands.clone())).collect();
    let mut properties = json!({
        "before": per_event(
            "Commands before an event, by its name. One that fails cancels the event. Each reads JSON on standard input: \
             what the event is, and its arguments"
        ),
        "on": {
            "type": "object",
            "description": "Commands that are what an event does; one that fails is its failure",
            "properties": on,
            "additionalProperties": false,
            "x-servo-command": true,
        },
        "after": per_event(
            "Commands after an event, also after one that failed; a failing one is a warning. Each reads JSON on standard \
             input: what the event is, and what all connectors answered"
        ),
    });
    around(&mut properties, "1m");
    object(properties)
}

/// The schema of `exec`.
pub(super) fn exec() -> Value {
    let command = |description: &str| {
        json!({
            "description": description,
            "$ref": "#/$defs/Command",
            "x-servo-command": true,
        })
    };
    let number = json!({"type": "number"});
    let encoded = json!({
        "type": "object",
        "properties": {
            "option": {
                "type": "string",
                "pattern": "^[^\\s\"'{}]*\\{\\}[^\\s\"'{}]*$",
                "description": "How it is written, with `{}` for the value, for example `-Xmx{}m`; without it as the form \
                                says",
            },
            "min": number,
            "max": number,
            "step": number,
            "unit": {"type": "string"},
            "values": {
                "type": "array",
                "items": {"type": ["string", "number"]},
                "description": "The values of one that is no range; `[\"on\", \"off\"]` and `[\"true\", \"false\"]` are \
                                switches where no `option` is given",
            },
            "pinned": {"type": "boolean", "default": false},
        },
        "additionalProperties": false,
    });
    let encoder = json!({
        "type": "object",
        "properties": {
            "component": {"type": "string", "description": "The component that has the text"},
            "setting": {"type": "string", "description": "The setting of the commands that is the text"},
            "form": {
                "enum": ["jvm", "flags"],
                "description": "`jvm`: `-XX:Name=value`, `-XX:+Name`; `flags`: `--name=value`, `--name`, `--no-name`",
            },
            "settings": {"type": "object", "additionalProperties": encoded, "minProperties": 1},
        },
        "required": ["component", "setting", "form", "settings"],
        "additionalProperties": false,
    });
    let mut properties = json!({
        "describe": command(
            "Prints what can be changed, for example {\"application\": {\"components\": {\"web\": {\"settings\": {\"workers\": \
             {\"min\": 1, \"max\": 8, \"step\": 1, \"value\": 2}}}}}, \"metrics\": {\"latency\": {\"unit\": \"ms\"}}}"
        ),
        "measure": command(
            "Measures. Reads {\"metrics\": [\"latency\"], \"control\": {\"duration\": 60}} on standard input, may print lines \
             like {\"progress\": 50, \"message\": \"half way\"}, and in the end {\"metrics\": {\"latency\": {\"value\": 12.5}}} or \
             {\"status\": \"failed\", \"reason\": \"a-word\", \"message\": \"why\"}"
        ),
        "adjust": command(
            "Changes settings. Reads {\"application\": {\"components\": {\"web\": {\"settings\": {\"workers\": {\"value\": 4}}}}}, \
             \"control\": {}} on standard input, may print lines of progress, and in the end {\"status\": \"ok\"} or why it \
             could not (`failed`, `rejected`, `aborted`); needs `describe`, which is asked again afterwards unless the new \
             state is printed, too"
        ),
        "metrics": {
            "type": "object",
            "description": "Name and unit of what is measured; without it what `describe` says",
            "additionalProperties": {"type": "string"},
        },
        "encoders": {
            "type": "array",
            "description": "Texts of the commands that are several settings for servo, such as JVM options",
            "items": encoder,
        },
    });
    around(&mut properties, "30s");
    object(properties)
}

/// An example of `scripts`.
pub(super) fn scripts_example() -> Value {
    json!({
        "before": {"adjust": ["./may-i.sh"]},
        "after": {"measure": [{"run": ["logger", "-t", "servo", "measured"], "timeout": "5s"}]},
    })
}

/// An example of `exec`.
pub(super) fn exec_example() -> Value {
    json!({
        "describe": "./adjust --describe app",
        "adjust": "./adjust app",
        "measure": {"run": "./measure app", "timeout": "1m"},
        "metrics": {"throughput": "rps"},
    })
}

/// What surrounds commands, for all of a connector.
fn around(properties: &mut Value, timeout: &str) {
    let all =
        surroundings(&format!("Time of a command, besides what its event takes by request; else {timeout}"));
    if let (Value::Object(properties), Value::Object(all)) = (properties, all) {
        properties.extend(all);
    }
}

fn surroundings(timeout: &str) -> Value {
    json!({
        "timeout": {"type": ["string", "number"], "format": "duration", "description": timeout, "examples": ["30s"]},
        "environment": {
            "type": "object",
            "description": "Variables that commands see",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
        "inherit": {
            "type": "array",
            "description": "Names of variables of servo's environment that commands see, too; PATH, HOME, USER, LANG, TZ \
                            and TMPDIR they always see, and SERVO_EVENT, SERVO_MOMENT, SERVO_CONNECTOR and SERVO_CALLER are \
                            set for them",
            "items": {"type": "string"},
        },
        "directory": {
            "type": "string",
            "description": "Where commands work, relative to the folder of this file; else where servo does",
        },
    })
}

fn object(properties: Value) -> Value {
    let line = json!({"type": "string", "description": "A line for `sh -c`"});
    let words = json!({
        "type": "array",
        "description": "A program and its arguments",
        "items": {"type": "string"},
        "minItems": 1,
    });
    let mut table = json!({"run": {"anyOf": [line, words]}});
    if let (Value::Object(table), Value::Object(more)) =
        (&mut table, surroundings("Time of this command, besides what its event takes by request"))
    {
        table.extend(more);
    }
    let table =
        json!({"type": "object", "properties": table, "required": ["run"], "additionalProperties": false});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": {"Command": {"anyOf": [line, words, table]}},
    })
}
