//! Where the options of a text end: behind them stands what is handed to the program.

use super::Form;

/// Options of the `java` launcher whose value is the next word.
const WITH_VALUE: [&str; 13] = [
    "-cp",
    "-classpath",
    "--class-path",
    "-p",
    "--module-path",
    "--upgrade-module-path",
    "--add-modules",
    "--add-exports",
    "--add-opens",
    "--add-reads",
    "--limit-modules",
    "--patch-module",
    "--source",
];

/// The place among these words where another option still is one.
pub(super) fn end(form: Form, words: &[&str]) -> usize {
    match form {
        Form::Flags => words.iter().position(|word| *word == "--").unwrap_or(words.len()),
        Form::Jvm => jvm(words),
    }
}

/// Before the class, module or archive that is started.
fn jvm(words: &[&str]) -> usize {
    let option = |word: &&str| word.starts_with(['-', '@']);
    // The command itself may stand there, too.
    let mut at = words.iter().position(option).unwrap_or(words.len());
    while let Some(word) = words.get(at).filter(|word| option(word)) {
        match *word {
            "-jar" | "-m" | "--module" => break,
            word if WITH_VALUE.contains(&word) => at += 2,
            _ => at += 1,
        }
    }
    at.min(words.len())
}
