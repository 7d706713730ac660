//! The container files. No engine runs them here: what they say of the program is held against the program.

use super::program::{output, program};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;

const DOCKERFILE: &str = include_str!("../../docker/Dockerfile");
const COMPOSE: &str = include_str!("../../docker/compose.yaml");
const NGINX: &str = include_str!("../../docker/nginx.conf");

async fn help() -> String {
    let output = output(program().arg("--help")).await;
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a text that are settings by the environment.
fn settings(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    words.filter(|word| word.starts_with("ROAMKIT_")).map(str::to_owned).collect()
}

fn compose() -> Value {
    let mut compose: Value = serde_yaml_ng::from_str(COMPOSE).unwrap();
    compose.apply_merge().unwrap();
    compose
}

#[tokio::test]
async fn what_the_files_set_is_known_to_the_program() {
    let help = help().await;
    let known = settings(&help);
    let set = &settings(DOCKERFILE) | &settings(COMPOSE);
    assert!(set.len() > 6, "{set:?}");
    // This one is for the file itself.
    let unknown: Vec<&String> = set.difference(&known).filter(|name| *name != "ROAMKIT_PORT").collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for flag in NGINX.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(help.contains(flag), "{flag}");
    }
}

#[test]
fn each_node_has_a_number_and_a_place_behind_the_proxy() {
    let compose = compose();
    let services = compose["services"].as_mapping().unwrap();
    let mut numbers = Vec::new();
    for (name, service) in services {
        let name = name.as_str().unwrap();
        for needed in service["depends_on"].as_mapping().into_iter().flat_map(serde_yaml_ng::Mapping::keys) {
            assert!(services.contains_key(needed), "{name}: {needed:?}");
        }
        if let Some(number) = service["environment"]["ROAMKIT_NODE"].as_str() {
            numbers.push(number.to_owned());
            assert!(NGINX.contains(&format!("server {name}:8080;")), "{name}");
            assert_eq!(service["build"]["dockerfile"], "server/docker/Dockerfile");
            assert!(service["environment"]["ROAMKIT_DATABASE"].as_str().unwrap().starts_with("postgres://"));
        }
    }
    assert_eq!(numbers, ["0", "1"]);
    assert_eq!(NGINX.matches(":8080;").count(), numbers.len());
    // Secrets come from outside.
    for line in COMPOSE.lines().filter(|line| line.contains("SECRET:") || line.contains("PASSWORD:")) {
        assert!(line.trim_start().starts_with('#') || line.contains("${"), "{line}");
    }
}

#[tokio::test]
async fn the_image_starts_what_there_is() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let ignore = include_str!("../../docker/Dockerfile.dockerignore");
    // Every member of the workspace must be in the image's context, or cargo does not read the workspace.
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = workspace.lines().find(|line| line.starts_with("members")).unwrap();
    for member in members.split('"').skip(1).step_by(2) {
        assert!(ignore.lines().any(|line| line == format!("!{member}")), "{member}");
    }
    assert!(DOCKERFILE.contains("cargo build --release --locked -p roamkit-server"));
    assert!(DOCKERFILE.contains("\nUSER roamkit\n") && DOCKERFILE.contains("\nHEALTHCHECK "));
    let routes = roamkit_server::routes();
    assert!(routes.iter().any(|route| route.path == "/health"));
    assert!(DOCKERFILE.contains(":8080/health\""));
}
