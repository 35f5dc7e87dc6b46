//! The names of what a component imports and exports, read from its own sections: nothing is compiled, and components
//! inside of it are skipped.

use super::{SectionsError, leb, sections};

const IMPORTS: u8 = 10;
const EXPORTS: u8 = 11;

/// What a component imports and exports, by full name, for example `servo:connector/measure@0.1.0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interfaces {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Skips an item and returns what follows it.
type Skip = fn(&[u8]) -> Option<&[u8]>;

/// Reads the names.
pub(crate) fn interfaces(component: &[u8]) -> Result<Interfaces, SectionsError> {
    let mut found = Interfaces::default();
    for section in sections(component)? {
        let section = section?;
        let (names, item): (_, Skip) = match section.id {
            IMPORTS => (&mut found.imports, described),
            EXPORTS => (&mut found.exports, exported),
            _ => continue,
        };
        read(section.content, names, item).ok_or(SectionsError::Interfaces)?;
    }
    Ok(found)
}

/// A vector of names, each with something behind it that `item` skips.
fn read(content: &[u8], names: &mut Vec<String>, item: Skip) -> Option<()> {
    let (count, mut rest) = leb(content)?;
    for _ in 0..count {
        let (name, after) = name(rest)?;
        names.push(name.to_owned());
        rest = item(after)?;
    }
    Some(())
}

fn name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (kind, bytes) = bytes.split_first()?;
    let (name, rest) = text(bytes)?;
    match kind {
        0 | 1 => Some((name, rest)),
        // With a version that is kept apart.
        2 => Some((name, text(rest)?.1)),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = leb(bytes)?;
    Some((std::str::from_utf8(rest.get(..length)?).ok()?, &rest[length..]))
}

/// Skips a description of what kind of thing it is.
fn described(bytes: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = bytes.split_first()?;
    match kind {
        // A core module.
        0 => number(rest.strip_prefix(&[0x11])?),
        // A function, a component, an instance: the index of its type.
        1 | 4 | 5 => number(rest),
        // A value or a type: equal to another one, or by itself.
        2 | 3 => match rest.split_first()? {
            (0, rest) => number(rest),
            (1, rest) if *kind == 3 => Some(rest),
            (1, rest) => number(rest),
            _ => None,
        },
        _ => None,
    }
}

/// Skips sort and index of what is exported, and its description if there is one.
fn exported(bytes: &[u8]) -> Option<&[u8]> {
    let (sort, rest) = bytes.split_first()?;
    let rest = if *sort == 0 { rest.get(1..)? } else { rest };
    match number(rest)?.split_first()? {
        (0, rest) => Some(rest),
        (1, rest) => described(rest),
        _ => None,
    }
}

fn number(bytes: &[u8]) -> Option<&[u8]> {
    Some(leb(bytes)?.1)
}

#[cfg(test)]
mod tests;
