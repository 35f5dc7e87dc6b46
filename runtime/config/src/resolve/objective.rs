//! An objective, wherever it is written: typed, and read by the optimizer for a try.

use crate::catalogue::Language;
use crate::config::{Direction, Objective, RawObjective};
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::problem::{Problem, Problems};

/// The objective at this path of a document; what is wrong is reported.
pub(crate) fn resolve(
    read: RawObjective,
    document: &Node,
    path: &[&str],
    language: Option<&Language>,
    problems: &mut Problems,
) -> Option<Objective> {
    let objective = match read.resolve() {
        Ok(objective) => objective,
        Err((key, message, hint)) => {
            let within: Vec<&str> = path.iter().copied().chain((!key.is_empty()).then_some(key)).collect();
            let origin = match key {
                "" => document.entry(path).map(|entry| entry.key.clone()),
                _ => document.get(within.iter().copied()).map(|node| node.origin.clone()),
            };
            let origin = origin.unwrap_or_else(|| document.origin.clone());
            problems.push(Problem::new(origin, display_path(within), message).with_hint(hint));
            return None;
        }
    };
    if let Some(language) = language {
        expressions(document, path, &objective, language, problems);
    }
    Some(objective)
}

/// Reports expressions that the optimizer will not understand.
fn expressions(
    document: &Node,
    path: &[&str],
    objective: &Objective,
    language: &Language,
    problems: &mut Problems,
) {
    let key = match objective.direction {
        Direction::Minimize => "minimize",
        Direction::Maximize => "maximize",
    };
    let mut report = |within: &[&str], problem: Option<String>| {
        let Some(message) = problem else { return };
        let whole: Vec<&str> = path.iter().chain(within).copied().collect();
        let node = document
            .get(whole.iter().copied())
            .or_else(|| document.get(whole.iter().copied().take(path.len() + 1)));
        let origin = node.map_or_else(|| document.origin.clone(), |node| node.origin.clone());
        let path = display_path(whole);
        problems.push(Problem::new(origin, path.clone(), format!("`{path}`: {message}")));
    };
    report(&[key], (language.expression)(&objective.expression));
    let conditions = document.get(path.iter().copied().chain(["subject_to"]));
    let listed = matches!(conditions.map(|node| &node.value), Some(Value::List(_)));
    for (index, condition) in objective.subject_to.iter().enumerate() {
        let index = index.to_string();
        let within = ["subject_to", index.as_str()];
        report(if listed { &within } else { &within[..1] }, (language.condition)(condition));
    }
}
