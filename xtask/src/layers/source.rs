//! The modules of a crate, read from its source files: the items that each one defines, its imports, and the paths in its code.
//!
//! Code that only tests compile is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// The segments of a path, such as `["crate", "store", "Store"]`.
pub(super) type Segments = Vec<String>;

/// A module, which is a file or an inline module in one.
#[derive(Debug)]
pub(super) struct Module {
    /// Its path from the crate's root, such as `store::timeline`; the root itself is empty.
    pub(super) path: String,
    /// The file that contains it, relative to the repository.
    pub(super) file: PathBuf,
    /// The names of its items, without modules and imports.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// The paths in its code, also those of one segment.
    pub(super) paths: BTreeSet<Segments>,
}

/// One imported name.
#[derive(Debug)]
pub(super) struct Import {
    /// The name in the importing module, or `None` for all names (`*`) of the path.
    pub(super) name: Option<String>,
    pub(super) path: Segments,
    /// Whether other modules see the name here: `pub use`, `pub(crate) use`.
    pub(super) is_export: bool,
}

/// Reads the crate whose root is that file. `read` returns the text of a file, or `None` if there is no such file.
pub(super) fn modules(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Result<Vec<Module>> {
    let text = read(root).with_context(|| format!("{} is missing", root.display()))?;
    let mut reader = Reader { read, modules: Vec::new() };
    let folder = root.parent().unwrap_or(Path::new(""));
    reader.file("", root, folder, &text)?;
    Ok(reader.modules)
}

struct Reader<'a> {
    read: &'a dyn Fn(&Path) -> Option<String>,
    modules: Vec<Module>,
}

impl Reader<'_> {
    /// Reads a module that is a file; the files of its child modules are in `folder`.
    fn file(&mut self, path: &str, file: &Path, folder: &Path, text: &str) -> Result<()> {
        let parsed = syn::parse_file(text).with_context(|| format!("parsing {}", file.display()))?;
        if is_test(&parsed.attrs) {
            return Ok(());
        }
        self.module(path, file, folder, &parsed.items)
    }

    fn module(&mut self, path: &str, file: &Path, folder: &Path, items: &[Item]) -> Result<()> {
        let mut code = Code::default();
        for item in items {
            code.visit_item(item);
        }
        self.modules.push(Module {
            path: path.to_owned(),
            file: file.to_owned(),
            items: items.iter().filter_map(name).collect(),
            imports: code.imports,
            paths: code.paths,
        });
        for item in items {
            let Item::Mod(child) = item else { continue };
            if is_test(&child.attrs) {
                continue;
            }
            let name = child.ident.to_string();
            let child_path = if path.is_empty() { name.clone() } else { format!("{path}::{name}") };
            let child_folder = folder.join(&name);
            match &child.content {
                Some((_, items)) => self.module(&child_path, file, &child_folder, items)?,
                None => self.child_file(&child_path, &child_folder)?,
            }
        }
        Ok(())
    }

    /// Reads `folder.rs` or `folder/mod.rs`.
    fn child_file(&mut self, path: &str, folder: &Path) -> Result<()> {
        let files = [folder.with_extension("rs"), folder.join("mod.rs")];
        let found = files.iter().find_map(|file| Some((file, (self.read)(file)?)));
        let (file, text) = found.with_context(|| format!("there is no file for the module {path}"))?;
        self.file(path, file, folder, &text)
    }
}

/// The name of an item that can be imported from its module.
fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Whether only tests compile an item with these attributes.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Meta>().is_ok_and(|condition| requires_test(&condition))
    })
}

/// Whether a condition of `cfg` holds in tests only: `test`, or `all(test, …)`.
fn requires_test(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => {
            let all = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            list.parse_args_with(all).is_ok_and(|conditions| conditions.iter().any(requires_test))
        }
        _ => false,
    }
}

/// The imports and paths in the code of one module.
#[derive(Default)]
struct Code {
    imports: Vec<Import>,
    paths: BTreeSet<Segments>,
}

impl Code {
    fn import(&mut self, prefix: &[String], tree: &UseTree, is_export: bool) {
        let path = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        let (name, path) = match tree {
            UseTree::Path(tree) => return self.import(&path(&tree.ident), &tree.tree, is_export),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(prefix, tree, is_export));
            }
            UseTree::Glob(_) => (None, prefix.to_vec()),
            UseTree::Name(tree) if tree.ident == "self" => (prefix.last().cloned(), prefix.to_vec()),
            UseTree::Name(tree) => (Some(tree.ident.to_string()), path(&tree.ident)),
            UseTree::Rename(tree) if tree.ident == "self" => (Some(tree.rename.to_string()), prefix.to_vec()),
            UseTree::Rename(tree) => (Some(tree.rename.to_string()), path(&tree.ident)),
        };
        self.imports.push(Import { name, path, is_export });
    }

    /// The paths in the arguments of a macro or an attribute, which are tokens without a grammar.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut segments = Segments::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path(std::mem::take(&mut segments));
                    }
                    segments.push(ident.to_string());
                }
                TokenTree::Group(group) => {
                    self.path(std::mem::take(&mut segments));
                    self.tokens(group.stream());
                }
                // Attributes name functions in strings.
                TokenTree::Literal(literal) => {
                    self.path(std::mem::take(&mut segments));
                    let text = literal.to_string();
                    if let Ok(path) = syn::parse_str::<syn::Path>(text.trim_matches('"')) {
                        self.visit_path(&path);
                    }
                }
                TokenTree::Punct(_) => self.path(std::mem::take(&mut segments)),
            }
            colons = 0;
        }
        self.path(segments);
    }

    fn path(&mut self, segments: Segments) {
        if !segments.is_empty() {
            self.paths.insert(segments);
        }
    }
}

impl<'ast> Visit<'ast> for Code {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            // A module of its own.
            Item::Mod(_) => return,
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // `use ::name` imports from another crate.
        if item.leading_colon.is_none() {
            let is_export = !matches!(item.vis, syn::Visibility::Inherited);
            self.import(&[], &item.tree, is_export);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        visit::visit_macro(self, invocation);
        self.tokens(invocation.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            syn::Meta::List(list) => self.tokens(list.tokens.clone()),
            _ => visit::visit_attribute(self, attribute),
        }
    }

    /// `pub(in crate::store)` is not a use of the store.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}
