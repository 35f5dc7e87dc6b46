//! Where a list goes on: the header `Link` (RFC 8288).

/// The most links that are looked at.
const LINKS_MAX: usize = 32;

/// The target of the link to the next page, if there is one.
pub(crate) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    for _ in 0..LINKS_MAX {
        let (target, after) = rest[rest.find('<')? + 1..].split_once('>')?;
        let (parameters, others) = after.split_at(after.find('<').unwrap_or(after.len()));
        let mut parameters = parameters.split([';', ',']).filter_map(|one| one.split_once('='));
        let is_next = parameters.any(|(name, value)| {
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split(' ').any(|one| one.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target);
        }
        rest = others;
    }
    None
}

#[cfg(test)]
mod tests;
