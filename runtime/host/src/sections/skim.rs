//! The small sections of a component that is read piece by piece.

use std::io::{self, BufRead, Read};

use super::{HEADER, SectionsError, TEXT_MAX, vector};

/// Ids of the sections that say something: texts, imports, exports.
const TELLING: [u8; 3] = [0, 10, 11];
/// The longest of them: a text that counts, with its name.
const SECTION_MAX: u64 = TEXT_MAX as u64 + (4 << 10);
/// What is kept of a component at most.
const KEPT_MAX: usize = 8 << 20;

/// What is left of a component when what is large is left out.
#[derive(Debug)]
pub(crate) struct Skim {
    /// A component of the sections that [`super::read`] and [`super::interfaces`] look at.
    pub(crate) rest: Vec<u8>,
    /// Whether it is one that ends where a section does.
    pub(crate) whole: Result<(), SectionsError>,
}

/// Reads a component up to its end, or to the first damage.
///
/// # Errors
/// It cannot be read; imports or exports are longer than any.
pub(crate) fn skim(reader: impl BufRead) -> Result<Skim, SectionsError> {
    skim_with(reader, |reader, size| io::copy(&mut reader.by_ref().take(size), &mut io::sink()))
}

/// The same; `pass` passes over so many bytes, and says how many there were.
pub(crate) fn skim_with<R: BufRead>(
    mut reader: R,
    pass: impl Fn(&mut R, u64) -> io::Result<u64>,
) -> Result<Skim, SectionsError> {
    let mut rest = Vec::new();
    let header = HEADER.len() as u64;
    reader.by_ref().take(header).read_to_end(&mut rest).map_err(SectionsError::Unreadable)?;
    let mut whole = if rest == HEADER { Ok(()) } else { super::sections(&rest).map(drop) };
    let mut at = HEADER.len();
    while whole.is_ok() {
        let Some(id) = byte(&mut reader)? else { break };
        let damaged = SectionsError::Damaged(at);
        let Some((size, digits)) = number(&mut reader)? else {
            whole = Err(damaged);
            break;
        };
        let telling = TELLING.contains(&id);
        let fits = size <= SECTION_MAX && rest.len() + (size as usize) <= KEPT_MAX;
        if telling && id != 0 && !fits {
            return Err(SectionsError::Interfaces);
        }
        let got = if telling && fits {
            let mut kept = Vec::new();
            reader.by_ref().take(size).read_to_end(&mut kept).map_err(SectionsError::Unreadable)?;
            rest.push(id);
            rest.extend_from_slice(&vector(&kept));
            kept.len() as u64
        } else {
            pass(&mut reader, size).map_err(SectionsError::Unreadable)?
        };
        if got < size {
            whole = Err(damaged);
        }
        at = at.saturating_add(1 + digits + size as usize);
    }
    Ok(Skim { rest, whole })
}

/// An unsigned LEB128 number of at most 32 bits, and how many bytes it takes; none if it is none.
fn number(reader: &mut impl BufRead) -> Result<Option<(u64, usize)>, SectionsError> {
    let mut value = 0_u64;
    for index in 0..5 {
        let Some(byte) = byte(reader)? else { return Ok(None) };
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((value <= u64::from(u32::MAX)).then_some((value, index + 1)));
        }
    }
    Ok(None)
}

fn byte(reader: &mut impl BufRead) -> Result<Option<u8>, SectionsError> {
    let mut byte = [0];
    let read = reader.read(&mut byte).map_err(SectionsError::Unreadable)?;
    Ok((read == 1).then_some(byte[0]))
}
