//! What makes two outputs comparable: patterns for everything that differs from run to run.

use std::path::Path;

/// Regular expressions, each with its replacement, in the order they are to be applied: `directory` and other
/// temporary paths, loopback ports, times of day, durations, process numbers.
#[must_use]
pub fn filters(directory: &Path) -> Vec<(String, &'static str)> {
    let resolved = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let mut filters: Vec<(String, &'static str)> =
        [directory, &resolved].into_iter().map(|path| (escaped(&path.to_string_lossy()), "[DIR]")).collect();
    let rest = [
        (r"/tmp/servo-test-\w+", "[DIR]"),
        (r"\b(127\.0\.0\.1|\[::1\]|localhost):\d{2,5}\b", "${1}:[PORT]"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "[TIME]"),
        (r"\b\d+(\.\d+)?\s?(ns|µs|us|ms|s)\b", "[TOOK]"),
        (r"\bpid \d+", "pid [PID]"),
    ];
    filters.extend(rest.map(|(pattern, replacement)| (pattern.to_owned(), replacement)));
    filters
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
