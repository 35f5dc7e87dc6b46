//! Does a component keep the contract? Compares its types with those of a reference component made from
//! `wit/`, without running any of its code.

use std::fmt::Write;

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem, Type};

const PACKAGE: &str = "servo:connector/";
const REQUIRED: &str = "settings";
/// Deeper types are not part of the contract.
const DEPTH: usize = 12;

/// The contract as the engine sees it.
#[derive(Debug)]
pub(crate) struct Contract {
    reference: Component,
}

impl Contract {
    pub(crate) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/contract.wasm"));
        Ok(Self { reference: Component::new(engine, bytes)? })
    }

    /// Every way in which the component breaks the contract; each names a function and both types.
    pub(crate) fn problems(&self, engine: &Engine, component: &Component) -> Vec<String> {
        let reference = self.reference.component_type();
        let given = component.component_type();
        let mut problems = Vec::new();
        let mut has_settings = false;
        for (name, item) in given.exports(engine) {
            let Some((interface, _)) = split(name) else { continue };
            has_settings |= interface == REQUIRED;
            let wanted = reference.exports(engine).find(|(known, _)| split(known) == split(name));
            match (wanted.map(|(_, item)| item.ty), item.ty) {
                (Some(ComponentItem::ComponentInstance(wanted)), ComponentItem::ComponentInstance(given)) => {
                    compare(engine, name, &wanted, &given, true, &mut problems);
                }
                (Some(_), _) => problems.push(format!("{name} is exported, but not as an interface")),
                (None, _) => problems.push(format!(
                    "{name} is exported, but this host knows no such interface: a typing error, or a contract \
                     newer than 0.1"
                )),
            }
        }
        if !has_settings {
            problems.push(format!("the required interface {PACKAGE}{REQUIRED}@0.1.0 is not exported"));
        }
        for (name, item) in given.imports(engine) {
            if split(name).is_none() {
                continue;
            }
            let wanted = reference.imports(engine).find(|(known, _)| split(known) == split(name));
            match (wanted.map(|(_, item)| item.ty), item.ty) {
                (Some(ComponentItem::ComponentInstance(wanted)), ComponentItem::ComponentInstance(given)) => {
                    compare(engine, name, &wanted, &given, false, &mut problems);
                }
                _ => problems.push(format!("{name} is imported, but this host does not offer it")),
            }
        }
        problems
    }

    /// The interfaces of our package that the component exports or imports, without package and version.
    pub(crate) fn interfaces(engine: &Engine, component: &Component) -> (Vec<String>, Vec<String>) {
        let ty = component.component_type();
        let short = |name: &str| match split(name) {
            Some((interface, _)) => interface.to_owned(),
            None => name.to_owned(),
        };
        let exports = ty.exports(engine).map(|(name, _)| short(name)).collect();
        let imports = ty.imports(engine).map(|(name, _)| short(name)).collect();
        (exports, imports)
    }

    /// The version of the contract that a component was built for: that of the interface that every connector exports.
    pub(crate) fn version(engine: &Engine, component: &Component) -> Option<String> {
        let ty = component.component_type();
        let version = |name: &str| {
            let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
            (interface == REQUIRED).then(|| version.to_owned())
        };
        ty.exports(engine).find_map(|(name, _)| version(name))
    }
}

/// `servo:connector/measure@0.1.3` is the interface `measure` of the track `0.1`.
fn split(name: &str) -> Option<(&str, &str)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    let track = version.rsplit_once('.').map_or(version, |(track, _)| track);
    Some((interface, track))
}

/// An export must have every function of the contract; an import may use fewer.
fn compare(
    engine: &Engine,
    name: &str,
    wanted: &ComponentInstance,
    given: &ComponentInstance,
    all: bool,
    problems: &mut Vec<String>,
) {
    for (function, item) in wanted.exports(engine) {
        let ComponentItem::ComponentFunc(wanted) = item.ty else { continue };
        // As texts: the engine panics when it compares resources of two components that are not instantiated.
        let wanted = function_text(&wanted);
        match given.get_export(engine, function).map(|item| item.ty) {
            Some(ComponentItem::ComponentFunc(given)) => {
                let given = function_text(&given);
                if given != wanted {
                    problems.push(format!(
                        "{name} {function}: the component has `{given}`, the contract is `{wanted}`"
                    ));
                }
            }
            _ if all => problems.push(format!("{name} {function}: missing; the contract is `{wanted}`")),
            _ => {}
        }
    }
}

fn function_text(function: &ComponentFunc) -> String {
    let parameters: Vec<_> =
        function.params().map(|(name, ty)| format!("{name}: {}", type_text(&ty, DEPTH))).collect();
    let mut text = format!("func({})", parameters.join(", "));
    for result in function.results() {
        let _ = write!(text, " -> {}", type_text(&result, DEPTH));
    }
    text
}

fn type_text(ty: &Type, depth: usize) -> String {
    if depth == 0 {
        return "…".to_owned();
    }
    let inner = |ty: &Type| type_text(ty, depth - 1);
    let optional = |ty: Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| inner(&ty));
    let join = |parts: Vec<String>| parts.join(", ");
    match ty {
        Type::Bool => "bool".into(),
        Type::S8 => "s8".into(),
        Type::U8 => "u8".into(),
        Type::S16 => "s16".into(),
        Type::U16 => "u16".into(),
        Type::S32 => "s32".into(),
        Type::U32 => "u32".into(),
        Type::S64 => "s64".into(),
        Type::U64 => "u64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::List(list) => format!("list<{}>", inner(&list.ty())),
        Type::Record(record) => format!(
            "record{{{}}}",
            join(record.fields().map(|field| format!("{}: {}", field.name, inner(&field.ty))).collect())
        ),
        Type::Tuple(tuple) => format!("tuple<{}>", join(tuple.types().map(|ty| inner(&ty)).collect())),
        Type::Variant(variant) => format!(
            "variant{{{}}}",
            join(
                variant
                    .cases()
                    .map(|case| match case.ty {
                        Some(ty) => format!("{}({})", case.name, inner(&ty)),
                        None => case.name.to_owned(),
                    })
                    .collect()
            )
        ),
        Type::Enum(names) => format!("enum{{{}}}", join(names.names().map(str::to_owned).collect())),
        Type::Option(option) => format!("option<{}>", inner(&option.ty())),
        Type::Result(result) => match (result.ok(), result.err()) {
            (None, None) => "result".into(),
            (ok, None) => format!("result<{}>", optional(ok)),
            (ok, err) => format!("result<{}, {}>", optional(ok), optional(err)),
        },
        Type::Flags(flags) => format!("flags{{{}}}", join(flags.names().map(str::to_owned).collect())),
        Type::Own(_) => "own<resource>".into(),
        Type::Borrow(_) => "borrow<resource>".into(),
        _ => "a type of a newer component model".into(),
    }
}
