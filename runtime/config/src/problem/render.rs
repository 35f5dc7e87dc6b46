//! Draws problems with the line they are in.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin as Location, Renderer, Snippet};

use super::Problem;
use crate::origin::{Origin, Place};
use crate::secret;

/// Characters kept around the marked ones when a line is too long to be laid out whole.
const CONTEXT: usize = 100;
/// Where a value may begin in its line so that the line is still laid out from its start.
const LINE_MAX: usize = 10_000;
/// Longest range that is marked; more carets say nothing more.
const MARKED_MAX: usize = 80;

pub(super) fn render(problems: &[Problem], dropped: usize, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in problems {
        text.push_str(&renderer.render(&[group(problem)]));
        text.push_str("\n\n");
    }
    let total = problems.len() + dropped;
    let noun = if total == 1 { "problem" } else { "problems" };
    let rest = if dropped > 0 { format!(", {dropped} of them not shown") } else { String::new() };
    text.push_str(&format!("{total} {noun}{rest}"));
    text
}

fn group(problem: &Problem) -> Group<'_> {
    let mut group = Group::with_title(Level::ERROR.primary_title(problem.message.as_str()));
    match &problem.origin {
        Origin::File(place) => {
            let excerpt = Excerpt::new(place);
            let snippet = Snippet::source(excerpt.text)
                .line_start(place.span.line)
                .annotation(AnnotationKind::Primary.span(excerpt.marked));
            let name = place.source.name();
            group = if excerpt.from_start {
                group.element(snippet.path(name))
            } else {
                // The snippet would count the column from where the excerpt begins.
                let at = Location::path(name).line(place.span.line).char_column(place.span.column);
                group.element(at).element(snippet)
            };
        }
        Origin::DotEnv(place) => {
            group = group
                .element(Location::path(place.file.as_str()).line(place.line))
                .element(Level::NOTE.message(format!("the value comes from {} in this file", place.name)));
        }
        Origin::Env(name) => {
            group = group.element(
                Level::NOTE.message(format!("the value comes from the environment variable {name}")),
            );
        }
        Origin::Flag(flag) => {
            group = group.element(Level::NOTE.message(format!("the value comes from the flag {flag}")));
        }
        Origin::Default => {}
    }
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    group
}

/// The line of a place, cut to a readable width, secrets hidden.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    marked: Range<usize>,
    /// Whether the excerpt begins where the line does.
    from_start: bool,
}

impl<'a> Excerpt<'a> {
    fn new(place: &'a Place) -> Self {
        let all = place.source.text();
        let start = floor(all, place.span.start);
        let line_start = all[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = all[start..].find('\n').map_or(all.len(), |at| start + at);
        let end = floor(all, place.span.end).clamp(start, line_end.min(start + MARKED_MAX));
        let end = floor(all, end);
        let from = if start - line_start <= LINE_MAX { line_start } else { floor(all, start - CONTEXT) };
        let to = floor(all, line_end.min(end + CONTEXT));
        let line = all[from..to].trim_end_matches('\r');
        let marked = (start - from).min(line.len())..(end - from).min(line.len());
        Excerpt { text: secret::mask_line(line), marked, from_start: from == line_start }
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
