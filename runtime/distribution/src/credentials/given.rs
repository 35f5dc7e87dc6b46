//! Logins as people write them on a command line or into a variable.

/// Each login with its registry, if it says one: `HOST[:PORT]=USER:PASSWORD`, with commas between several.
///
/// A password may have `=` and commas in it: a comma separates only where a registry and `=` follow, and what stands
/// before `=` is a registry only if it can be one.
pub(super) fn parse(text: &str) -> Vec<(Option<&str>, &str)> {
    let mut found = Vec::new();
    let (mut rest, mut from) = (text, 0);
    while let Some(comma) = rest[from..].find(',').map(|at| from + at) {
        let after = rest[comma + 1..].trim_start();
        if split(after).0.is_some() {
            found.push(split(&rest[..comma]));
            (rest, from) = (after, 0);
        } else {
            from = comma + 1;
        }
    }
    found.push(split(rest));
    found
}

/// A login and the registry before it. A user has no comma.
fn split(one: &str) -> (Option<&str>, &str) {
    let found = one.split_once('=').filter(|(registry, login)| {
        let user = login.split_once(':').map(|(user, _)| user);
        user.is_some_and(|user| !user.contains(',')) && crate::reference::is_registry(registry)
    });
    found.map_or((None, one), |(registry, login)| (Some(registry), login))
}
