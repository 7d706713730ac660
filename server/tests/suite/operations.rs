//! Metrics, the `OpenAPI` description, and the completeness of the documentation.

use super::support::*;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// The samples of `GET /metrics`, by name and labels.
async fn scrape(server: &TestServer) -> HashMap<String, f64> {
    let url = format!("http://{}/metrics", server.address);
    let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text().await.unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
#[allow(clippy::float_cmp, reason = "counts are whole numbers")]
async fn metrics_count_events() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    server.connect_device(&bob, "away").await.log_out().await;
    server.send("ann", "bob", "1", None).await;
    let mut device = server.connect_device(&bob, "here").await;
    server.send("ann", "bob", "2", None).await;
    device.receive(roamkit_wire::msync::Command::Notice).await;
    let path = "/users/ann/user_channels?made=up";
    server.user_call(&ann, "GET", path, None).await;
    server.call("GET", path, "wrong", None).await;
    let wrong = json!({"grant_type": "password", "username": "ann", "password": "no"});
    server.call("POST", "/token", "", Some(wrong)).await;
    server.call("GET", "/no/such/path", "", None).await;

    let samples = scrape(&server).await;
    let route = "route=\"/{org}/{app}/users/{user}/user_channels\"";
    let requests = |status| {
        samples[&format!("roamkit_http_requests_total{{method=\"GET\",{route},status=\"{status}\"}}")]
    };
    assert_eq!((requests(200), requests(401)), (1.0, 1.0));
    assert_eq!(
        samples[&format!("roamkit_http_request_duration_seconds_count{{method=\"GET\",{route}}}")],
        2.0
    );
    assert_eq!(
        samples
            [&format!("roamkit_http_request_duration_seconds_bucket{{le=\"+Inf\",method=\"GET\",{route}}}")],
        2.0
    );
    assert_eq!(samples["roamkit_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}"], 1.0);
    assert_eq!((samples["roamkit_sockets_open"], samples["roamkit_devices_online"]), (1.0, 1.0));
    // The offline device has two queued envelopes, the online one has not acknowledged the second message.
    assert_eq!(samples["roamkit_queue_envelopes"], 3.0);
    assert_eq!(samples["roamkit_fan_out_delay_seconds_count"], 1.0);
    assert_eq!(samples["roamkit_logins_total{grant=\"password\",result=\"ok\"}"], 2.0);
    assert_eq!(samples["roamkit_logins_total{grant=\"password\",result=\"refused\"}"], 1.0);
    assert_eq!(samples["roamkit_logins_total{grant=\"client_credentials\",result=\"ok\"}"], 1.0);
    assert_eq!(samples["roamkit_logins_total{grant=\"socket\",result=\"ok\"}"], 2.0);
    assert!(samples["roamkit_database_connections{pool=\"write\",state=\"idle\"}"] >= 1.0);
    #[cfg(target_os = "linux")]
    assert!(samples["process_resident_memory_bytes"] > 1e6);
}

async fn description(server: &TestServer) -> Value {
    server.raw_call("GET", &format!("http://{}/openapi.json", server.address), "", None).await.1
}

/// The operations of the description, as (method, path, operation object).
fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let paths = description["paths"].as_object().unwrap();
    let path_operations = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().clone();
        methods
            .into_iter()
            .map(|(method, operation)| (method.to_uppercase(), path.clone(), operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(path_operations).collect()
}

/// Validates a value with a schema of the description.
fn assert_valid(description: &Value, schema: &Value, value: &Value, what: &str) {
    let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema",
                       "components": description["components"], "allOf": [schema]});
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}: {value}");
}

#[tokio::test]
async fn exactly_the_existing_routes_are_described() {
    let server = TestServer::start(&[]).await;
    let description = description(&server).await;
    let described: BTreeSet<(String, String, Vec<String>)> = operations(&description)
        .into_iter()
        .map(|(method, path, operation)| {
            let tokens = operation["security"].as_array().unwrap().iter();
            (
                method,
                path,
                tokens.map(|token| token.as_object().unwrap().keys().next().unwrap().clone()).collect(),
            )
        })
        .collect();
    let routes: BTreeSet<(String, String, Vec<String>)> = roamkit_server::routes()
        .into_iter()
        .map(|route| {
            let tokens: &[&str] = match route.access {
                roamkit_server::Access::Open => &[],
                roamkit_server::Access::User => &["userToken"],
                roamkit_server::Access::UserOrApp => &["userToken", "appToken"],
                roamkit_server::Access::App => &["appToken"],
            };
            let tokens = tokens.iter().map(ToString::to_string).collect();
            (route.method.to_owned(), route.path.to_owned(), tokens)
        })
        .collect();
    assert_eq!(described, routes);
}

#[tokio::test]
async fn the_description_is_valid_and_its_examples_match() {
    let server = TestServer::start(&[]).await;
    let description = description(&server).await;
    let spec = oas3::from_json(description.to_string()).unwrap();
    assert_eq!(spec.validate_version().unwrap().to_string(), "3.1.0");
    let (mut ids, mut examples) = (BTreeSet::new(), 0);
    for (method, path, operation) in operations(&description) {
        let what = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{what}");
        // Exactly the parameters in the path are described.
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let described: BTreeSet<String> = parameters
            .iter()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(to) => description.pointer(&to[1..]).unwrap_or_else(|| panic!("{what}: {to}")),
                None => parameter,
            })
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let in_path: BTreeSet<String> = path
            .split('/')
            .filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned()))
            .collect();
        assert_eq!(described, in_path, "{what}");
        let answers = operation["responses"].as_object().unwrap().values();
        for content in
            answers.chain([&operation["requestBody"]]).filter_map(|side| side["content"].as_object())
        {
            for side in content.values() {
                jsonschema::validator_for(
                    &json!({"components": description["components"], "allOf": [side["schema"]]}),
                )
                .unwrap_or_else(|cause| panic!("{what}: {cause}"));
                if let Some(example) = side.get("example") {
                    assert_valid(&description, &side["schema"], example, &what);
                    examples += 1;
                }
            }
        }
    }
    assert!(examples > 20, "{examples}");
}

/// Every documented call of the app, in the form that scripts for the hosted service use. Requests and
/// responses must match the description.
#[tokio::test]
async fn app_calls_match_the_description() {
    let server = TestServer::start(&[]).await;
    let description = description(&server).await;
    let operations = operations(&description);
    let call = async |method: &str, path: &str, body: Option<Value>| -> Value {
        let template = |path: &str| format!("/{{org}}/{{app}}{path}");
        let (_, _, operation) = operations
            .iter()
            .find(|(other, template_of, _)| {
                other == method && {
                    let parts: Vec<&str> = template_of.split('/').collect();
                    let whole = template(path);
                    let given: Vec<&str> = whole.split('/').collect();
                    parts.len() == given.len()
                        && parts
                            .iter()
                            .zip(&given)
                            .all(|(part, given)| part.starts_with('{') || part == given)
                }
            })
            .unwrap_or_else(|| panic!("{method} {path} is not described"));
        if let Some(body) = &body {
            assert_valid(
                &description,
                &operation["requestBody"]["content"]["application/json"]["schema"],
                body,
                path,
            );
        }
        let answer = server.app_call(method, path, body).await;
        assert_valid(
            &description,
            &operation["responses"]["200"]["content"]["application/json"]["schema"],
            &answer,
            path,
        );
        answer
    };
    let people: Vec<Value> = (0..60).map(|n| json!({"username": format!("u{n}"), "password": "p"})).collect();
    for more in 0..10 {
        let people: Vec<Value> = people.iter().map(|user| {
            json!({"username": format!("{}-{more}", user["username"].as_str().unwrap()), "password": "p"})
        }).collect();
        call("POST", "/users", Some(Value::Array(people))).await;
    }
    call("POST", "/users", Some(json!({"username": "ann", "password": "p"}))).await;
    call("POST", "/users", Some(json!({"username": "bob", "password": "p"}))).await;
    let entities = call("GET", "/users/ann", None).await;
    assert_eq!(entities["entities"][0]["username"], "ann");
    call("PUT", "/users/ann/password", Some(json!({"newpassword": "ann"}))).await;
    call("GET", "/users/ann/disconnect", None).await;
    let ann = server.log_in("ann").await;

    for kind in ["chatgroups", "chatrooms"] {
        let group = json!({"groupname": "g", "desc": "d", "public": true, "maxusers": 300, "owner": "ann",
                           "members": ["bob"]});
        let id = call("POST", &format!("/{kind}"), Some(group)).await["data"]["groupid"].clone();
        let id = id.as_str().unwrap();
        call("POST", &format!("/{kind}/{id}/users/u1-1"), None).await;
        call("DELETE", &format!("/{kind}/{id}/users/u1-1"), None).await;
        call("POST", &format!("/{kind}/{id}/users"), Some(json!({"usernames": ["u2-1", "u3-1"]}))).await;
        let shown = call("GET", &format!("/{kind}/{id}"), None).await;
        assert_eq!(shown["data"][0]["affiliations_count"], 4);
        let message =
            json!({"from": "ann", "to": [id], "type": "txt", "body": {"msg": "hi"}, "ext": {"k": 1}});
        let answer = call("POST", &format!("/messages/{kind}"), Some(message)).await;
        assert!(answer["data"][id].is_string());
        let targeted = json!({"from": "ann", "to": [id], "type": "txt", "body": {"msg": "hi"}, "users": ["bob"],
                              "routetype": "ROUTE_ONLINE"});
        let answer = call("POST", &format!("/messages/{kind}/users"), Some(targeted)).await;
        assert!(answer["data"][id].is_string());
        call("DELETE", &format!("/{kind}/{id}"), None).await;
    }

    let everyone: Vec<String> = (0..600).map(|n| format!("u{}-{}", n % 60, n / 60)).collect();
    let mut message = json!({"from": "ann", "to": everyone, "type": "txt", "body": {"msg": "hi"}, "ext": {"k": "v"},
                             "sync_device": true, "msg_timestamp": 1_600_000_000_000_u64});
    let answer = call("POST", "/messages/users", Some(message.clone())).await;
    let sent = answer["data"].as_object().unwrap();
    assert_eq!(sent.len(), 600);
    let id = sent["u7-7"].as_str().unwrap();
    // One receiver more fails the whole call.
    message["to"].as_array_mut().unwrap().push("bob".into());
    assert_eq!(server.call("POST", "/messages/users", server.app_token(), Some(message)).await.0, 400);

    let answer =
        call("POST", "/messages/msg_recall", Some(json!({"msg_id": id, "to": "u7-7", "force": true}))).await;
    assert_eq!((&answer["msg_id"], &answer["recalled"]), (&json!(id), &json!("yes")));
    assert_eq!(server.newest_ids(&ann, "u7-7").await, Vec::<u64>::new());
    assert_eq!(server.newest_ids(&ann, "u8-7").await.len(), 1);
    let gone = json!({"channel": "u8-7", "type": "chat", "delete_roam": true});
    call("DELETE", "/users/ann/user_channel", Some(gone)).await;
    assert_eq!(server.newest_ids(&ann, "u8-7").await, Vec::<u64>::new());
    call("DELETE", "/users/bob", None).await;
    assert_eq!(server.call("GET", "/users/bob", server.app_token(), None).await.0, 404);
}

#[tokio::test]
async fn exactly_the_existing_flags_and_metrics_are_documented() {
    let docs = include_str!("../../../docs/server.md");
    let words = |text: &str, filter: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
        words.filter(|word| filter(word)).map(str::to_owned).collect()
    };
    let output = super::program::output(super::program::program().arg("--help")).await;
    let is_flag = |word: &str| word.len() > 3 && word.starts_with("--");
    let flags = words(&String::from_utf8(output.stdout).unwrap(), &is_flag);
    let documented = words(docs, &is_flag);
    let missing: Vec<&String> = flags
        .difference(&documented)
        .filter(|flag| !["--help", "--version"].contains(&flag.as_str()))
        .collect();
    assert!(flags.len() > 25 && missing.is_empty(), "{missing:?}");
    // Flags of cargo and docker.
    let others = ["--release", "--build"];
    let unknown: Vec<&String> =
        documented.difference(&flags).filter(|flag| !others.contains(&flag.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");

    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    server.connect_device(&ann, "r").await;
    let suffixes = ["_bucket", "_sum", "_count"];
    let metrics: BTreeSet<String> = scrape(&server)
        .await
        .keys()
        .map(|sample| sample.split('{').next().unwrap())
        .map(|name| suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name).to_owned())
        .collect();
    let is_metric = |word: &str| ["roamkit_", "process_"].iter().any(|start| word.starts_with(start));
    let in_table: String = docs.lines().filter(|line| line.starts_with("| `")).collect::<Vec<_>>().join("\n");
    assert_eq!(words(&in_table, &is_metric), metrics);
}
