//! The container files. No container engine is needed: the tests compare the files with the program.

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

/// The environment variables in a text that look like settings.
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
async fn all_settings_in_the_files_exist() {
    let help = help().await;
    let known = settings(&help);
    let set = &settings(DOCKERFILE) | &settings(COMPOSE);
    assert!(set.len() > 6, "{set:?}");
    // `compose.yaml` itself reads ROAMKIT_PORT.
    let unknown: Vec<&String> = set.difference(&known).filter(|name| *name != "ROAMKIT_PORT").collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for flag in NGINX.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(help.contains(flag), "{flag}");
    }
}

#[test]
fn each_node_has_a_number_and_is_an_upstream_of_the_proxy() {
    let compose = compose();
    let services = compose["services"].as_mapping().unwrap();
    let mut numbers = Vec::new();
    for (name, service) in services {
        let name = name.as_str().unwrap();
        for dependency in
            service["depends_on"].as_mapping().into_iter().flat_map(serde_yaml_ng::Mapping::keys)
        {
            assert!(services.contains_key(dependency), "{name}: {dependency:?}");
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
    // Secrets come from the environment.
    for line in COMPOSE.lines().filter(|line| line.contains("SECRET:") || line.contains("PASSWORD:")) {
        assert!(line.trim_start().starts_with('#') || line.contains("${"), "{line}");
    }
}

#[tokio::test]
async fn the_image_builds_the_program_and_checks_an_existing_route() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let ignore = include_str!("../../docker/Dockerfile.dockerignore");
    // Cargo needs all members of the workspace in the build context.
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
