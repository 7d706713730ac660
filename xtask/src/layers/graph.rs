//! The dependencies between the modules of a crate, and the circles among them.
//!
//! A dependency leads to the file that defines the item, also if the path goes through the `pub use` of another module.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::source::{Import, Module};

/// The dependencies of a crate: a module and one that it uses, with a path in the code that shows it.
pub(super) type Dependencies = BTreeMap<(String, String), String>;

/// Which module uses which.
pub(super) struct Graph<'a> {
    modules: &'a [Module],
    by_path: HashMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(modules: &'a [Module]) -> Self {
        let by_path = modules.iter().enumerate().map(|(at, module)| (module.path.as_str(), at)).collect();
        Self { modules, by_path }
    }

    /// All dependencies between modules in different files.
    pub(super) fn dependencies(&self) -> Dependencies {
        let mut dependencies = Dependencies::new();
        for (at, module) in self.modules.iter().enumerate() {
            let imports = module.imports.iter().filter(|import| !is_facade(import, module));
            let imports = imports.map(|import| &import.path);
            let paths = module.paths.iter().filter(|path| path.len() > 1);
            for path in imports.chain(paths) {
                for to in self.resolve(at, path, &mut BTreeSet::new()) {
                    let to = &self.modules[to];
                    if to.file != module.file {
                        let files = (self.file_module(&module.file), self.file_module(&to.file));
                        dependencies.entry(files).or_insert_with(|| path.join("::"));
                    }
                }
            }
        }
        dependencies
    }

    /// The path of the module that is this file.
    fn file_module(&self, file: &Path) -> String {
        let found = self.modules.iter().find(|module| module.file == file);
        found.map(|module| module.path.clone()).unwrap_or_default()
    }

    /// The modules that define the item that a path leads to, or none if the item belongs to another crate. A name can be defined
    /// twice: for different targets, or as a type and as a function. `followed` are the imports that led here.
    fn resolve(
        &self,
        from: usize,
        path: &[String],
        followed: &mut BTreeSet<(usize, usize)>,
    ) -> BTreeSet<usize> {
        let (mut at, mut rest) = (from, path);
        while let [first, after @ ..] = rest {
            match first.as_str() {
                "crate" => at = self.by_path[""],
                "super" => at = self.parent(at),
                "self" => {}
                _ => break,
            }
            rest = after;
        }
        let found = self.look_up(at, rest, followed);
        // Macros may define names that are not in the source.
        let is_own = rest.len() < path.len();
        if found.is_empty() && is_own { BTreeSet::from([at]) } else { found }
    }

    /// The same for a path that starts with a name in a module.
    fn look_up(
        &self,
        at: usize,
        path: &[String],
        followed: &mut BTreeSet<(usize, usize)>,
    ) -> BTreeSet<usize> {
        let [name, after @ ..] = path else { return BTreeSet::from([at]) };
        let module = &self.modules[at];
        let mut found = BTreeSet::new();
        if module.items.contains(name) {
            found.insert(at);
        }
        if let Some(child) = self.child(at, name) {
            let inside = self.look_up(child, after, followed);
            found.extend(if inside.is_empty() { BTreeSet::from([child]) } else { inside });
        }
        for (index, import) in module.imports.iter().enumerate() {
            let is_meant = import.name.as_ref().is_none_or(|imported| imported == name);
            // `use text::text` would lead to itself again and again.
            if !is_meant || !followed.insert((at, index)) {
                continue;
            }
            if import.name.is_some() {
                found.extend(self.resolve(at, &[&import.path, after].concat(), followed));
            } else {
                for all in self.resolve(at, &import.path, followed) {
                    found.extend(self.look_up(all, path, followed));
                }
            }
        }
        found
    }

    fn child(&self, at: usize, name: &str) -> Option<usize> {
        let parent = &self.modules[at].path;
        let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}::{name}") };
        self.by_path.get(path.as_str()).copied()
    }

    fn parent(&self, at: usize) -> usize {
        let path = &self.modules[at].path;
        let parent = path.rsplit_once("::").map_or("", |(parent, _)| parent);
        self.by_path[parent]
    }
}

/// Whether a module only hands the name on to others. That is no use of the item: a module may export the items of its child
/// modules, while these use what the module itself defines.
fn is_facade(import: &Import, module: &Module) -> bool {
    let is_used = |name: &String| module.paths.iter().any(|path| path.first() == Some(name));
    import.is_export && !import.name.as_ref().is_some_and(is_used)
}

/// The groups of modules that depend on one another in a circle.
pub(super) fn circles(dependencies: &Dependencies) -> BTreeSet<BTreeSet<&str>> {
    let mut uses: HashMap<&str, Vec<&str>> = HashMap::new();
    for (from, to) in dependencies.keys() {
        uses.entry(from).or_default().push(to);
    }
    let reachable: HashMap<&str, BTreeSet<&str>> =
        uses.keys().map(|module| (*module, reachable_from(module, &uses))).collect();
    let mut circles = BTreeSet::new();
    for (module, reached) in &reachable {
        let leads_back = |other: &&str| reachable.get(other).is_some_and(|reached| reached.contains(module));
        let circle: BTreeSet<&str> = reached.iter().copied().filter(leads_back).collect();
        // Every member of a circle finds the same one; a module outside finds none.
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    circles
}

/// All modules that a module uses, directly or through others.
fn reachable_from<'a>(module: &str, uses: &HashMap<&str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![module];
    while let Some(module) = open.pop() {
        for used in uses.get(module).into_iter().flatten() {
            if reached.insert(*used) {
                open.push(used);
            }
        }
    }
    reached
}
