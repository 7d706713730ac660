//! The route table. It is data, so the router and the tests of `openapi.json` iterate over the same table.

use crate::error::ApiError;
use crate::extract::MAX_BODY_BYTES;
use crate::rate_limit::limit_rate;
use crate::request_log::log_request;
use crate::rest::{conversations, groups, history, hosts, messages, pins, removal, tokens, users};
use crate::session::socket;
use crate::settings::Settings;
use crate::state::SharedState;
use crate::{monitoring, response_headers};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderValue, Method};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::IntoResponse;
use axum::routing::{self, MethodRouter};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::services::ServeDir;

/// The path of the metrics.
const METRICS: &str = "/metrics";

/// The token that a call requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No token.
    Open,
    /// A token of the user in the path.
    User,
    /// A token of the user in the path, or an app token.
    UserOrApp,
    /// An app token.
    App,
}

/// A REST call.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The required token.
    pub access: Access,
    handler: MethodRouter<SharedState>,
}

macro_rules! methods {
    ($($name:ident $method:literal)*) => {$(
        fn $name<H: Handler<T, SharedState>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
            Route { method: $method, path, access, handler: routing::$name(handler) }
        }
    )*};
}

methods! { get "GET" post "POST" put "PUT" delete "DELETE" }

/// All REST calls.
pub fn table() -> Vec<Route> {
    use Access::{App, Open, User, UserOrApp};
    vec![
        get("/health", Open, monitoring::health),
        get(METRICS, Open, monitoring::metrics),
        get("/openapi.json", Open, openapi),
        get("/easemob/server.json", Open, hosts::discover),
        get("/websocket", Open, socket::open),
        post("/{org}/{app}/token", Open, tokens::create),
        get("/{org}/{app}/sdk/users/{user}/token/expires", User, tokens::expires),
        // Users. Registration requires an app token, unless `--open-registration` is set.
        post("/{org}/{app}/users", App, users::register),
        get("/{org}/{app}/users/{user}", UserOrApp, users::show),
        delete("/{org}/{app}/users/{user}", App, users::remove),
        put("/{org}/{app}/users/{user}/password", UserOrApp, users::change_password),
        get("/{org}/{app}/users/{user}/disconnect", App, users::disconnect),
        // Conversations
        get("/{org}/{app}/users/{user}/user_channels", User, conversations::default_list),
        get("/{org}/{app}/users/{user}/user_channels/page", User, conversations::numbered_list),
        get("/{org}/{app}/sdk/user/{user}/user_channels/list", User, conversations::list),
        post("/{org}/{app}/sdk/user/{user}/user_channel/top", User, pins::pin),
        delete("/{org}/{app}/sdk/user/{user}/user_channel/top", User, pins::unpin),
        delete("/{org}/{app}/user/{user}/user_channel", UserOrApp, conversations::delete),
        delete("/{org}/{app}/users/{user}/user_channel", UserOrApp, conversations::delete),
        // History
        post("/{org}/{app}/users/{user}/messageroaming", User, history::fetch),
        delete("/{org}/{app}/sdk/message/roaming/chat/user/{user}", User, removal::chat_ids),
        delete("/{org}/{app}/sdk/message/roaming/group/user/{user}", User, removal::group_ids),
        delete("/{org}/{app}/sdk/message/roaming/chat/user/{user}/time", User, removal::chat_time),
        delete("/{org}/{app}/sdk/message/roaming/group/user/{user}/time", User, removal::group_time),
        post("/{org}/{app}/sdk/message/roaming/user/{user}/delete/all", User, removal::everything),
        // Groups and chat rooms
        post("/{org}/{app}/chatgroups", App, groups::create_group),
        post("/{org}/{app}/chatrooms", App, groups::create_room),
        get("/{org}/{app}/chatgroups/{group}", App, groups::show),
        get("/{org}/{app}/chatrooms/{group}", App, groups::show),
        delete("/{org}/{app}/chatgroups/{group}", App, groups::close),
        delete("/{org}/{app}/chatrooms/{group}", App, groups::close),
        post("/{org}/{app}/chatgroups/{group}/users", App, groups::add_members),
        post("/{org}/{app}/chatrooms/{group}/users", App, groups::add_members),
        post("/{org}/{app}/chatgroups/{group}/users/{user}", App, groups::add_member),
        post("/{org}/{app}/chatrooms/{group}/users/{user}", App, groups::add_member),
        delete("/{org}/{app}/chatgroups/{group}/users/{user}", App, groups::remove_member),
        delete("/{org}/{app}/chatrooms/{group}/users/{user}", App, groups::remove_member),
        // Messages
        post("/{org}/{app}/messages/users", App, messages::to_users),
        post("/{org}/{app}/messages/chatgroups", App, messages::to_groups),
        post("/{org}/{app}/messages/chatgroups/users", App, messages::to_members),
        post("/{org}/{app}/messages/chatrooms", App, messages::to_groups),
        post("/{org}/{app}/messages/chatrooms/users", App, messages::to_members),
        post("/{org}/{app}/messages/msg_recall", App, messages::recall_one),
    ]
}

/// The router of the server.
pub(crate) fn router(state: SharedState) -> Router {
    let settings = state.settings.clone();
    let router = table()
        .into_iter()
        .filter(|route| route.path != METRICS || settings.metrics_listen.is_none())
        .fold(Router::new(), |router, route| router.route(route.path, route.handler))
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .with_state(state.clone());
    with_static_files(router, &settings)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(state.clone(), limit_rate))
        .layer(cors(&settings))
        .layer(from_fn_with_state(state, log_request))
}

/// `GET /openapi.json`
async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], include_str!("../openapi.json"))
}

/// The router of the separate metrics address.
pub(crate) fn metrics_router(state: SharedState) -> Router {
    let paths = ["/health", METRICS];
    table()
        .into_iter()
        .filter(|route| paths.contains(&route.path))
        .fold(Router::new(), |router, route| router.route(route.path, route.handler))
        .fallback(no_route)
        .with_state(state)
}

/// Adds the static files, which answer the paths that no route matches.
fn with_static_files(router: Router, settings: &Settings) -> Router {
    let router = router.layer(map_response(response_headers::protect_api));
    let policy = HeaderValue::from_str(&settings.csp).ok().filter(|policy| !policy.is_empty());
    let protect = map_response(move |response| {
        std::future::ready(response_headers::protect_file(policy.clone(), response))
    });
    let mut files = Router::new();
    for mount in &settings.mounts {
        files = files.nest_service(&mount.path, ServeDir::new(&mount.dir));
    }
    files = match &settings.www {
        None => files.fallback(no_route),
        Some(dir) => {
            let missing = Router::new().fallback(no_route);
            files.fallback_service(
                ServeDir::new(dir).call_fallback_on_method_not_allowed(true).fallback(missing),
            )
        }
    };
    router.fallback_service(files.layer(protect))
}

async fn no_route() -> ApiError {
    ApiError::no_route()
}

/// Allows pages of the configured origins, or of all. Browsers cache the preflight for an hour. Tokens are in a
/// header that pages set themselves, so credentials are not allowed.
fn cors(settings: &Settings) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        settings.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    let origins = if origins.is_empty() { AllowOrigin::any() } else { AllowOrigin::list(origins) };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(Duration::from_hours(1))
}
