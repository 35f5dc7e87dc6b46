//! The only place that writes to stdout and stderr: data to the one, talk to the other.
//!
//! Knows whether somebody looks: colours and progress bars appear on a terminal only, and lines never tear a bar.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use servo_config::Problems;

use crate::args::Format;
use crate::exit::Trouble;
use crate::printable::printable;

/// Writes for people and programs. Clones share their bars.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    /// Whether talk is coloured.
    color: bool,
    /// Whether stderr is a terminal.
    terminal: bool,
    bars: MultiProgress,
    /// Whose talk it is, where several talk.
    name: Option<Arc<str>>,
}

impl Printer {
    /// Looks where the streams lead.
    pub(crate) fn new(no_color: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let target =
            if terminal { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            color: terminal && !no_color && !dumb,
            terminal,
            bars: MultiProgress::with_draw_target(target),
            name: None,
        }
    }

    /// The same printer for one of several that talk: its lines begin with the name.
    pub(crate) fn named(&self, name: &str) -> Self {
        Self { name: Some(printable(name).into()), ..self.clone() }
    }

    /// Whether talk is coloured.
    pub(crate) fn color(&self) -> bool {
        self.color
    }

    /// Whether data is coloured where it has colours.
    pub(crate) fn colors_data(&self) -> bool {
        self.color && io::stdout().is_terminal()
    }

    /// Whether a person sees talk as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether a person can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        self.terminal && io::stdin().is_terminal()
    }

    /// Data, as it is.
    pub(crate) fn data(&self, text: &str) -> Result<(), Trouble> {
        let written = self.bars.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
        });
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Trouble::Unread,
            _ => Trouble::Failed(format!("stdout cannot be written: {error}")),
        })
    }

    /// Data in the place of what the screen shows, where stdout is one; else behind what was written before.
    pub(crate) fn screen(&self, text: &str) -> Result<(), Trouble> {
        let clear = if io::stdout().is_terminal() { "\x1b[H\x1b[2J" } else { "" };
        self.data(&format!("{clear}{text}"))
    }

    /// Data in the wanted format; `table` is the one for people.
    pub(crate) fn show<T: Serialize>(
        &self,
        format: Format,
        value: &T,
        table: impl FnOnce(&T) -> String,
    ) -> Result<(), Trouble> {
        match format {
            Format::Table => self.data(&table(value)),
            Format::Json => {
                let text = serde_json::to_string_pretty(value).map_err(Trouble::failed)?;
                self.data(&(text + "\n"))
            }
            Format::Yaml => self.data(&yaml(value)?),
        }
    }

    /// A line of talk.
    pub(crate) fn say(&self, text: &str) {
        self.line(&self.signed(text));
    }

    /// A line of talk after a mark of ours in a colour.
    pub(crate) fn say_marked(&self, mark: &str, color: AnsiColor, text: &str) {
        self.line(&format!("{} {}", self.painted(mark, color), self.signed(text)));
    }

    /// The first line of a table that grows.
    pub(crate) fn heading(&self, text: &str) {
        self.line(&self.bold(&self.signed(text)));
    }

    /// Something that should be known and is no mistake.
    pub(crate) fn note(&self, text: &str) {
        self.say_marked("note:", AnsiColor::Cyan, text);
    }

    /// Something that may become a problem.
    pub(crate) fn warn(&self, text: &str) {
        self.say_marked("warning:", AnsiColor::Yellow, text);
    }

    /// What went wrong.
    pub(crate) fn error(&self, text: &str) {
        self.say_marked("error:", AnsiColor::Red, text);
    }

    /// Everything that is wrong with the configuration, with carets.
    pub(crate) fn problems(&self, problems: &Problems) {
        self.line(problems.render(self.color).trim_end());
    }

    /// Text with the name of the one who talks, where there are several.
    fn signed(&self, text: &str) -> String {
        let text = printable(text);
        self.name.as_ref().map_or_else(|| text.to_string(), |name| format!("{name}: {text}"))
    }

    /// Text in bold, for headings in talk.
    fn bold(&self, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let style = Style::new().bold();
        format!("{style}{text}{style:#}")
    }

    /// Text in a colour.
    fn painted(&self, text: &str, color: AnsiColor) -> String {
        if !self.color {
            return text.to_owned();
        }
        let style = Style::new().bold().fg_color(Some(color.into()));
        format!("{style}{text}{style:#}")
    }

    /// A progress bar from 0 to 1000 with a text; invisible unless stderr is a terminal.
    pub(crate) fn bar(&self, label: &str) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new(1000));
        let template = "{prefix} [{bar:24}] {percent:>3}% {elapsed} {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(self.signed(label));
        bar.enable_steady_tick(Duration::from_millis(500));
        bar
    }

    /// What log lines are written to.
    pub(crate) fn log(&self) -> impl Fn() -> LogWriter + Send + Sync + use<> {
        let bars = self.bars.clone();
        move || LogWriter(bars.clone())
    }

    fn line(&self, text: &str) {
        // A closed stderr is no reason to stop working, and there is nobody left to tell.
        let _ = self.bars.suspend(|| writeln!(io::stderr().lock(), "{text}"));
    }
}

/// Writes whole log lines to stderr, above the bars.
#[derive(Debug)]
pub(crate) struct LogWriter(MultiProgress);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value as YAML, with a line feed at the end.
pub(crate) fn yaml<T: Serialize>(value: &T) -> Result<String, Trouble> {
    let text = serde_yaml::to_string(value).map_err(Trouble::failed)?;
    Ok(format!("{}\n", text.trim_end()))
}

#[cfg(test)]
mod tests;
