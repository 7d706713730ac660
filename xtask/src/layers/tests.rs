//! Small crates, and what the check says about them.

use std::path::Path;

use super::graph::{Dependencies, Graph, circles};
use super::rules::{Crate, Layer};
use super::source::Module;
use super::{describe_circles, needless_rows, source, wrong_directions};

fn modules(files: &[(&str, &str)]) -> Vec<Module> {
    let read = |file: &Path| {
        let found = files.iter().find(|(name, _)| Path::new(name) == file);
        found.map(|(_, text)| (*text).to_owned())
    };
    source::modules(Path::new("lib.rs"), &read).expect("the files are valid")
}

fn dependencies(files: &[(&str, &str)]) -> Dependencies {
    Graph::new(&modules(files)).dependencies()
}

/// The dependencies of a crate with these files, as `from → to`.
fn shown(files: &[(&str, &str)]) -> Vec<String> {
    dependencies(files).keys().map(|(from, to)| format!("{from} → {to}")).collect()
}

#[test]
fn imports_and_paths_are_dependencies() {
    let lib = ("lib.rs", "mod a; mod b; mod c;");
    let (b, c) = (("b.rs", "pub struct B;"), ("c.rs", "pub fn c() {}"));
    for uses in [
        "use crate::b::B; use crate::c::c;",
        "use crate::{b::B, c};",
        "use super::{b::*, c as other};",
        "fn f(b: super::b::B) { crate::c::c() }",
        "fn f() { use crate::b::B; let _ = |_: B| super::c::c(); }",
        "fn f() { println!(\"{:?} {:?}\", crate::b::B, { super::c::c() }); }",
        "#[derive(Debug)] struct A { #[serde(with = \"crate::c::c\")] a: Vec<crate::b::B> }",
        "impl From<crate::b::B> for u32 { fn from(_: crate::b::B) -> u32 { super::c::c(); 1 } }",
    ] {
        assert_eq!(shown(&[lib, ("a.rs", uses), b, c]), ["a → b", "a → c"], "{uses}");
    }
}

#[test]
fn other_crates_visibilities_and_tests_are_no_dependencies() {
    let lib = ("lib.rs", "mod a; mod b; #[cfg(test)] mod missing;");
    let b = ("b.rs", "pub fn b() {}");
    for uses in [
        "use std::fmt; use ::b::b; fn f() { std::mem::drop(1); }",
        "pub(in crate::b) struct A;",
        "#[cfg(test)] use crate::b::b;",
        "#[cfg(all(test, unix))] mod tests { use crate::b::b; }",
        "impl A { #[cfg(test)] fn f() { crate::b::b() } }",
        "#![cfg(test)] use crate::b::b;",
    ] {
        assert_eq!(shown(&[lib, ("a.rs", uses), b]), [""; 0], "{uses}");
    }
    let not_test = ("a.rs", "#[cfg(not(test))] use crate::b::b;");
    assert_eq!(shown(&[lib, not_test, b]), ["a → b"]);
}

#[test]
fn a_path_leads_to_the_module_that_defines_the_item() {
    let files = [
        ("lib.rs", "mod facade; mod user;"),
        ("facade/mod.rs", "mod inner; pub use inner::Item; pub(crate) use self::inner::deep as shallow;"),
        ("facade/inner.rs", "pub struct Item; pub mod deep { pub struct Other; }"),
        ("user.rs", "use crate::facade::Item; fn f(_: super::facade::shallow::Other) {}"),
    ];
    assert_eq!(shown(&files), ["user → facade::inner"]);
}

#[test]
fn inline_modules_belong_to_their_file() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod inner { use super::super::b::B; }"),
        ("b.rs", "pub struct B;"),
    ];
    assert_eq!(shown(&files), ["a → b"]);
}

#[test]
fn an_import_that_names_itself_ends() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use text::text; use super::b::*; fn f(_: text::T) {}"),
        ("b.rs", "pub use crate::a::*;"),
    ];
    assert_eq!(shown(&files), ["a → b"]);
}

#[test]
fn a_module_may_export_its_children_and_not_use_them() {
    let child = ("a/child.rs", "use super::Helper; pub struct Item;");
    let exports = "mod child; pub use child::Item; struct Helper;";
    let uses = "mod child; pub use child::Item; struct Helper(Item);";
    let circle = |a| circles(&dependencies(&[("lib.rs", "mod a;"), ("a.rs", a), child])).len();
    assert_eq!(circle(exports), 0);
    assert_eq!(circle(uses), 1);
}

#[test]
fn longer_circles_are_found_and_their_users_are_outside() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod user;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; pub struct C;"),
        ("user.rs", "use crate::a::A;"),
    ];
    let dependencies = dependencies(&files);
    let circles = circles(&dependencies);
    assert_eq!(circles.len(), 1);
    assert!(circles.iter().all(|circle| circle.iter().eq(&["a", "b", "c"])));
}

const RULES: Crate = Crate {
    name: "test",
    root: "lib.rs",
    layers: &[
        Layer("top", &["middle"]),
        Layer("middle", &["low"]),
        Layer("low", &[]),
        Layer("low::strict", &[]),
        Layer("tools", &[]),
    ],
    common: &["tools"],
};

/// Dependencies of these modules.
fn uses(pairs: &[(&str, &str)]) -> Dependencies {
    pairs.iter().map(|(from, to)| (((*from).to_owned(), (*to).to_owned()), "path".to_owned())).collect()
}

#[test]
fn layers_use_the_ones_in_their_row_and_the_common_ones() {
    let allowed = [
        ("top", "middle"),
        ("top::inside", "middle::inside"),
        ("top", "top::inside"),
        ("middle", "low::strict"),
        ("low", "low::strict"),
        ("low::strict", "tools"),
        ("", "top"),
    ];
    assert_eq!(wrong_directions(&RULES, &uses(&allowed)), [""; 0]);
    for wrong in [
        ("low", "middle"),
        ("top", "low"),
        ("low::strict", "low"),
        ("tools", "low"),
        ("topmost", "low"),
        ("top", "middleware"),
    ] {
        assert_eq!(wrong_directions(&RULES, &uses(&[wrong])).len(), 1, "{wrong:?}");
    }
}

#[test]
fn rows_name_modules() {
    let whole = "mod top {} mod middle {} mod low { mod strict {} } mod tools {}";
    assert_eq!(needless_rows(&RULES, &modules(&[("lib.rs", whole)])), [""; 0]);
    let part = "mod top {} mod middle {} mod low {} mod tools {}";
    let missing = ["there is no module `low::strict`: remove it from the layers"];
    assert_eq!(needless_rows(&RULES, &modules(&[("lib.rs", part)])), missing);
}

#[test]
fn a_circle_is_described_with_its_modules_and_their_uses() {
    let circle = uses(&[("low", "middle"), ("middle", "low"), ("top", "low")]);
    let described = "a circle of low, middle:\n  low → middle by `path`\n  middle → low by `path`";
    assert_eq!(describe_circles(&circle), [described]);
    assert_eq!(describe_circles(&uses(&[("middle", "low")])), [""; 0]);
}
