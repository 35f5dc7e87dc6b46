//! Who a connector is: custom sections of the component, read and written without running anything.
//!
//! Name, version, description, licences, homepage, authors, source and revision stand in the sections that
//! `wasm-tools metadata` shows (one UTF-8 text each; the name in `component-name`). Settings schema, example
//! settings, maturity and commands stand in sections of ours, `servo:schema`, `servo:example`, `servo:maturity`,
//! `servo:commands`.

mod interfaces;
mod skim;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use servo_types::{Command, CommandError};
use thiserror::Error;

/// The standard metadata, maturity, and commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// The name under which `servo.yaml` finds it, for example `prometheus`.
    pub name: Option<String>,
    /// Semantic version.
    pub version: Option<String>,
    /// One line.
    pub description: Option<String>,
    /// SPDX expression.
    pub licenses: Option<String>,
    /// URL.
    pub homepage: Option<String>,
    /// Names, with addresses if they want.
    pub authors: Option<String>,
    /// URL of the source code.
    pub source: Option<String>,
    /// Revision of the source code.
    pub revision: Option<String>,
    /// `experimental`, `stable`, `robust`.
    pub maturity: Option<String>,
    /// The commands that it brings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Command>,
}

/// All that is known about a component before it runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The metadata sections.
    pub metadata: Metadata,
    /// JSON Schema of the settings.
    pub schema: Value,
    /// Example settings.
    pub example: Value,
    /// Exported interfaces: the events that it handles are among them.
    pub exports: Vec<String>,
    /// Imported interfaces: those of `servo:connector` by their short name.
    pub imports: Vec<String>,
    /// The version of the contract that it was built for, for example `0.1.0`.
    pub contract: Option<String>,
}

/// Not a WebAssembly component, or a section that cannot be read.
#[derive(Debug, Error)]
pub enum SectionsError {
    /// A core module: it must be made a component first.
    #[error("this is a WebAssembly module, not a component; build it for the target wasm32-wasip2")]
    Module,
    /// Something else.
    #[error("this is not a WebAssembly component")]
    NotWasm,
    /// The system does not give it.
    #[error("the component cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// Cut short.
    #[error("the component is damaged at byte {0}: a section ends beyond the file")]
    Damaged(usize),
    /// A section that should be text is not.
    #[error("the section `{0}` of the component is not UTF-8 text")]
    NotText(String),
    /// Imports or exports of an unknown form.
    #[error(
        "the imports and exports of the component cannot be read; it was made with newer tools than this servo knows"
    )]
    Interfaces,
    /// A section that should be JSON is not.
    #[error("the section `{0}` of the component is not JSON: {1}")]
    NotJson(&'static str, serde_json::Error),
    /// Commands that cannot be offered.
    #[error("the section `servo:commands` of the component cannot be used: {0}")]
    Commands(CommandError),
}

pub(crate) use interfaces::interfaces;
pub(crate) use skim::{Skim, skim, skim_with};

const SCHEMA: &str = "servo:schema";
const EXAMPLE: &str = "servo:example";
const COMMANDS: &str = "servo:commands";
const NAME: &str = "component-name";
const HEADER: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
/// Sections beyond this size are ignored: no text about a connector is that long.
const TEXT_MAX: usize = 1 << 20;

impl Metadata {
    fn fields(&mut self) -> [(&'static str, &mut Option<String>); 9] {
        [
            (NAME, &mut self.name),
            ("version", &mut self.version),
            ("description", &mut self.description),
            ("licenses", &mut self.licenses),
            ("homepage", &mut self.homepage),
            ("authors", &mut self.authors),
            ("source", &mut self.source),
            ("revision", &mut self.revision),
            ("servo:maturity", &mut self.maturity),
        ]
    }
}

/// Writes metadata, schema and example into a component, in place of what it had.
pub fn stamp(
    component: &[u8],
    metadata: &Metadata,
    schema: &Value,
    example: &Value,
) -> Result<Vec<u8>, SectionsError> {
    let mut metadata = metadata.clone();
    let mut out = HEADER.to_vec();
    let ours = |name: &str| {
        [SCHEMA, EXAMPLE, COMMANDS].contains(&name)
            || Metadata::default().fields().iter().any(|(known, _)| *known == name)
    };
    for section in sections(component)? {
        let section = section?;
        if !section.custom().is_some_and(|(name, _)| ours(name)) {
            out.extend_from_slice(section.whole);
        }
    }
    for (name, field) in metadata.fields() {
        match field {
            Some(text) if name == NAME => {
                append(&mut out, name, &[&[0], vector(&vector(text.as_bytes())).as_slice()].concat())
            }
            Some(text) => append(&mut out, name, text.as_bytes()),
            None => {}
        }
    }
    append(&mut out, SCHEMA, schema.to_string().as_bytes());
    append(&mut out, EXAMPLE, example.to_string().as_bytes());
    if !metadata.commands.is_empty() {
        let json = |error| SectionsError::NotJson(COMMANDS, error);
        append(&mut out, COMMANDS, &serde_json::to_vec(&metadata.commands).map_err(json)?);
    }
    Ok(out)
}

/// What the sections of a component say: its metadata, and schema and example of its settings if it has been
/// stamped. Runs and compiles nothing.
pub fn read(component: &[u8]) -> Result<(Metadata, Option<(Value, Value)>), SectionsError> {
    let mut metadata = Metadata::default();
    let (mut schema, mut example) = (None, None);
    for section in sections(component)? {
        let Some((name, data)) = section?.custom() else { continue };
        if data.len() > TEXT_MAX {
            continue;
        }
        let json = |name| serde_json::from_slice(data).map_err(|error| SectionsError::NotJson(name, error));
        match name {
            SCHEMA => schema = Some(json(SCHEMA)?),
            EXAMPLE => example = Some(json(EXAMPLE)?),
            COMMANDS => {
                let commands = json(COMMANDS)?;
                let not_json = |error| SectionsError::NotJson(COMMANDS, error);
                metadata.commands = serde_json::from_value(commands).map_err(not_json)?;
                Command::check(&metadata.commands).map_err(SectionsError::Commands)?;
            }
            _ => {
                if let Some((_, field)) = metadata.fields().into_iter().find(|(known, _)| *known == name) {
                    let data = if name == NAME { component_name(data) } else { Some(data) };
                    if let Some(data) = data {
                        let text =
                            std::str::from_utf8(data).map_err(|_| SectionsError::NotText(name.to_owned()))?;
                        *field = Some(text.to_owned());
                    }
                }
            }
        }
    }
    Ok((metadata, schema.zip(example)))
}

/// A top-level section: its bytes with and without id and size.
struct Section<'a> {
    whole: &'a [u8],
    id: u8,
    content: &'a [u8],
}

impl<'a> Section<'a> {
    fn custom(&self) -> Option<(&'a str, &'a [u8])> {
        if self.id != 0 {
            return None;
        }
        let (length, rest) = leb(self.content)?;
        let name = std::str::from_utf8(rest.get(..length)?).ok()?;
        Some((name, &rest[length..]))
    }
}

fn sections(
    component: &[u8],
) -> Result<impl Iterator<Item = Result<Section<'_>, SectionsError>>, SectionsError> {
    match component.strip_prefix(&HEADER) {
        Some(_) => {}
        None if component.starts_with(b"\0asm\x01\0\0\0") => return Err(SectionsError::Module),
        None => return Err(SectionsError::NotWasm),
    }
    let mut at = HEADER.len();
    Ok(std::iter::from_fn(move || {
        let (&id, after) = component.get(at..)?.split_first()?;
        let damaged = SectionsError::Damaged(at);
        let Some((size, rest)) = leb(after) else {
            at = usize::MAX;
            return Some(Err(damaged));
        };
        let Some(content) = rest.get(..size) else {
            at = usize::MAX;
            return Some(Err(damaged));
        };
        let start = at;
        at = component.len() - rest.len() + size;
        Some(Ok(Section { whole: &component[start..at], id, content }))
    }))
}

/// An unsigned LEB128 number of at most 32 bits, and what follows it.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((
                usize::try_from(value).ok().filter(|v| *v <= u32::MAX as usize)?,
                &bytes[index + 1..],
            ));
        }
    }
    None
}

/// The name in a `component-name` section: subsection 0.
fn component_name(mut data: &[u8]) -> Option<&[u8]> {
    while let Some((&id, after)) = data.split_first() {
        let (size, rest) = leb(after)?;
        let content = rest.get(..size)?;
        if id == 0 {
            let (length, name) = leb(content)?;
            return name.get(..length);
        }
        data = &rest[size..];
    }
    None
}

fn append(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = vector(name.as_bytes());
    content.extend_from_slice(data);
    out.push(0);
    out.extend_from_slice(&vector(&content));
}

/// Length as LEB128, then the bytes.
fn vector(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 5);
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests;
