//! What makes two outputs comparable: everything that differs from run to run is replaced.

use std::path::Path;

/// Settings for snapshots in which `directory` and other temporary paths, loopback ports, times of day, measured
/// durations, process numbers and used memory and CPU shares are replaced: `settings(&path).bind(|| insta::assert_snapshot!(text))`.
#[must_use]
pub fn settings(directory: &Path) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    let resolved = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    for path in [directory, &resolved] {
        settings.add_filter(&escaped(&path.to_string_lossy()), "[DIR]");
    }
    for (pattern, replacement) in [
        (r"/tmp/servo-test-\w+", "[DIR]"),
        (r"(127\.0\.0\.1|\[::1\]|\blocalhost):\d{2,5}\b", "${1}:[PORT]"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "[TIME]"),
        // Settings such as `30s` are whole numbers and stay; what was measured has a fraction or says what it is.
        (r"\b\d+\.\d+\s?(ns|µs|us|ms|s)\b", "[TOOK]"),
        (r"\b(in|after|took) \d+\s?(ns|µs|us|ms|s|min)\b", "${1} [TOOK]"),
        (r"\bpid \d+", "pid [PID]"),
        // What connectors use of limits depends on their compiler and on the machine.
        (r"(?m)^(\S+ +(memory|cpu_share) +\S+ +)\S+ +\S+", "${1}[USED]   [PEAK]"),
    ] {
        settings.add_filter(pattern, replacement);
    }
    settings
}

fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if !letter.is_alphanumeric() && letter != '/' && letter != '_' {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests;
