//! Which module of a crate may use which: the layers, and that no modules depend on one another in a circle.
//!
//! `rules.rs` has the tables, `source.rs` reads the source files, and `graph.rs` finds out what their paths lead to.

mod graph;
mod rules;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::workspace;
use graph::{Dependencies, Graph};
use rules::{CRATES, Crate, Layer};
use source::Module;

/// Checks all crates; fails if a rule does not hold.
pub(crate) fn check() -> Result<()> {
    let read = |file: &Path| std::fs::read_to_string(workspace::root().join(file)).ok();
    let mut faults = Vec::new();
    for rules in &CRATES {
        let modules = source::modules(Path::new(rules.root), &read)?;
        let graph = Graph::new(&modules);
        let dependencies = graph.dependencies();
        println!("{}: {} modules, {} dependencies", rules.name, modules.len(), dependencies.len());
        let found = [
            needless_rows(rules, &modules),
            wrong_directions(rules, &dependencies),
            describe_circles(&dependencies),
        ]
        .concat();
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", rules.name)));
    }
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        println!("{fault}");
    }
    bail!("{} faults in the layers; the rules are in xtask/src/layers/rules.rs", faults.len())
}

/// Describes each path in the tables that leads to no module.
fn needless_rows(rules: &Crate, modules: &[Module]) -> Vec<String> {
    let named = rules.layers.iter().flat_map(|layer| [layer.0].into_iter().chain(layer.1.iter().copied()));
    let missing = named.filter(|named| !modules.iter().any(|module| module.path == **named));
    let missing: BTreeSet<_> = missing.collect();
    missing
        .into_iter()
        .map(|path| format!("there is no module `{path}`: remove it from the layers"))
        .collect()
}

/// Describes each dependency that the layers do not allow.
fn wrong_directions(rules: &Crate, dependencies: &Dependencies) -> Vec<String> {
    let mut faults = Vec::new();
    for ((from, to), path) in dependencies {
        // The root may use everything.
        if from.is_empty() {
            continue;
        }
        let (Some(upper), Some(lower)) = (layer(rules, from), layer(rules, to)) else {
            faults.push(format!("`{from}` or `{to}` belongs to no layer"));
            continue;
        };
        if !may_use(rules, upper, to) {
            let [upper, lower] = [upper.0, lower.0].map(or_root);
            faults.push(format!("`{upper}` may not use `{lower}`, but `{from}` uses `{path}`"));
        }
    }
    faults
}

/// The row with the longest path that contains a module.
fn layer<'a>(rules: &'a Crate, module: &str) -> Option<&'a Layer> {
    let rows = rules.layers.iter().filter(|layer| contains(layer.0, module));
    rows.max_by_key(|layer| layer.0.len())
}

fn may_use(rules: &Crate, from: &Layer, module: &str) -> bool {
    let common = if rules.common.contains(&from.0) { &[] } else { rules.common };
    [from.0].iter().chain(from.1).chain(common).any(|allowed| contains(allowed, module))
}

/// Whether a module is the outer one or inside it. The crate's root, with an empty path, contains all.
fn contains(outer: &str, module: &str) -> bool {
    module
        .strip_prefix(outer)
        .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with("::"))
}

/// Describes each circle.
fn describe_circles(dependencies: &Dependencies) -> Vec<String> {
    let describe = |circle: BTreeSet<&str>| {
        let inside =
            dependencies.iter().filter(|((from, to), _)| circle.contains(&**from) && circle.contains(&**to));
        let uses: Vec<_> = inside.map(|((from, to), path)| format!("  {from} → {to} by `{path}`")).collect();
        let names: Vec<_> = circle.iter().copied().map(or_root).collect();
        format!("a circle of {}:\n{}", names.join(", "), uses.join("\n"))
    };
    graph::circles(dependencies).into_iter().map(describe).collect()
}

/// The path of a module as it is shown; that of the root is empty.
fn or_root(module: &str) -> &str {
    if module.is_empty() { "the crate's root" } else { module }
}
