//! Text of connectors and peers, made fit for a terminal: what they answer must not move the cursor, hide lines or
//! change titles.

/// The text with all control characters but line feeds written as escapes, so that they are seen and do nothing.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => safe.push('\n'),
            control if control.is_control() || turns(control) => safe.extend(control.escape_default()),
            other => safe.push(other),
        }
    }
    safe
}

/// As [`printable`], in one line: nobody begins a line in the name of somebody else.
pub(crate) fn line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// Whether a character changes the direction of what follows, so that it reads as something else.
fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
