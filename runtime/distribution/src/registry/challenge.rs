//! What a registry says of how to log in: the header `WWW-Authenticate` (RFC 9110 section 11.6.1).

/// The most parameters that are read.
const PARAMETERS_MAX: usize = 64;

/// One way to log in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// `basic` or `bearer`, in lower case, or something that is not known here.
    pub(crate) scheme: String,
    /// Where tokens are, for `bearer`.
    pub(crate) realm: Option<String>,
    /// What the token server calls the registry.
    pub(crate) service: Option<String>,
    /// Why what was sent is not enough.
    pub(crate) error: Option<String>,
}

/// The ways to log in that a header names. What cannot be understood is passed over.
pub(crate) fn parse(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = header;
    for _ in 0..PARAMETERS_MAX {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
        let end = rest.find(|letter: char| !is_token(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            // Something that does not belong here.
            let mut letters = rest.chars();
            if letters.next().is_none() {
                break;
            }
            rest = letters.as_str();
            continue;
        }
        match after.trim_start().strip_prefix('=') {
            Some(value) => {
                let (value, after) = value_of(value.trim_start());
                rest = after;
                if let Some(challenge) = found.last_mut() {
                    challenge.set(word, value);
                }
            }
            None => {
                rest = after;
                found.push(Challenge { scheme: word.to_ascii_lowercase(), ..Challenge::default() });
            }
        }
    }
    found
}

impl Challenge {
    fn set(&mut self, name: &str, value: String) {
        let field = match name.to_ascii_lowercase().as_str() {
            "realm" => &mut self.realm,
            "service" => &mut self.service,
            "error" => &mut self.error,
            _ => return,
        };
        field.get_or_insert(value);
    }
}

/// A value, and what comes after it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|letter: char| !is_token(letter)).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => value.extend(letters.next()),
            letter => value.push(letter),
        }
    }
    (value, letters.as_str())
}

fn is_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:".contains(letter)
}

#[cfg(test)]
mod tests;
