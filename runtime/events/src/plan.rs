//! Who is asked about an event: a pure function of the registrations and of who waits.

use std::sync::Arc;

use crate::nearest::{hint, nearest};
use crate::{Chain, Event, Registration};

/// The handlers of one dispatch, as indices into the registrations, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) before: Vec<usize>,
    pub(crate) on: Vec<usize>,
    pub(crate) after: Vec<usize>,
    /// Would be asked or called as hooks, but wait for this very dispatch.
    pub(crate) skipped: Vec<Arc<str>>,
    /// Named in `include`, but do not answer the event.
    pub(crate) unhandled: Vec<Arc<str>>,
}

/// A name in `include` or `exclude` that no connector has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no connector named `{name}` is registered{}", hint(self.nearest.as_deref()))]
pub struct UnknownConnector {
    /// The name.
    pub name: String,
    /// A connector with a similar name.
    pub nearest: Option<String>,
}

/// Makes the plan. `include` and `exclude` choose who answers; hooks are called whoever answers, so that a hook that
/// guards an event cannot be passed by.
pub(crate) fn plan<'a>(
    registrations: impl Iterator<Item = &'a Registration> + Clone,
    event: Event,
    include: &[String],
    exclude: &[String],
    callers: &Chain,
) -> Result<Plan, UnknownConnector> {
    for name in include.iter().chain(exclude) {
        if !registrations.clone().any(|known| *known.name == **name) {
            let nearest = nearest(name, registrations.clone().map(|known| &*known.name));
            return Err(UnknownConnector { name: name.clone(), nearest: nearest.map(str::to_owned) });
        }
    }
    let named = |names: &[String], name: &str| names.iter().any(|known| known == name);
    let mut plan = Plan::default();
    for (index, Registration { name, on, before, after, .. }) in registrations.enumerate() {
        let included = (include.is_empty() || named(include, name)) && !named(exclude, name);
        let on = on.contains(event);
        if included && !on && !include.is_empty() {
            plan.unhandled.push(Arc::clone(name));
        }
        let on = on && included;
        let (before, after) = (before.contains(event), after.contains(event));
        if !(on || before || after) {
            continue;
        }
        if callers.contains(name) {
            plan.skipped.push(Arc::clone(name));
            continue;
        }
        let lists = [(before, &mut plan.before), (on, &mut plan.on), (after, &mut plan.after)];
        lists.into_iter().filter(|(wanted, _)| *wanted).for_each(|(_, list)| list.push(index));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests;
