//! Metrics out of the text format of Prometheus, as servo itself writes it: one truth for both ways to have them.

/// A metric with all its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) help: String,
    /// It only ever grows.
    pub(super) counts: bool,
    pub(super) points: Vec<(Vec<(String, String)>, f64)>,
}

/// What the text has; lines that are none of ours are left out.
pub(super) fn families(text: &str) -> Vec<Family> {
    let mut found: Vec<Family> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
            found.push(Family { name: name.to_owned(), help: help.to_owned(), ..Family::default() });
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            if let Some(family) = found.last_mut() {
                family.counts = rest.ends_with(" counter");
            }
        } else if let (Some(family), Some(point)) = (found.last_mut(), point(line)) {
            family.points.push(point);
        }
    }
    found.retain(|family| !family.points.is_empty());
    found
}

/// `name{label="text",…} value`.
fn point(line: &str) -> Option<(Vec<(String, String)>, f64)> {
    let (head, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((_, inside)) = head.split_once('{') else { return Some((Vec::new(), value)) };
    let mut rest = inside.strip_suffix('}')?;
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let mut text = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next()? {
                (at, '"') => break at,
                (_, '\\') => match letters.next()?.1 {
                    'n' => text.push('\n'),
                    other => text.push(other),
                },
                (_, letter) => text.push(letter),
            }
        };
        labels.push((name.to_owned(), text));
        rest = after[end + 1..].trim_start_matches(',');
    }
    Some((labels, value))
}
