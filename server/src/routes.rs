//! The whole route table.

use crate::error::ApiError;
use crate::request::MAX_BODY_BYTES;
use crate::rest::{conversations, groups, history, hosts, messages, pins, removal, tokens, users};
use crate::session::socket;
use crate::settings::Settings;
use crate::state::Shared;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::routing::{delete, get, post, put};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};
use tower_http::services::ServeDir;
use tower_http::trace::TraceLayer;

/// Everything the server answers.
pub(crate) fn routes(server: Shared) -> Router {
    let settings = server.settings.clone();
    let router = Router::new()
        .route("/health", get(|| async { axum::Json(serde_json::json!({"status": "ok"})) }))
        .route("/easemob/server.json", get(hosts::discover))
        .route("/websocket", get(socket::open))
        .nest("/{org}/{app}", app())
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .with_state(server);
    with_files(router, &settings)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(cors())
        .layer(TraceLayer::new_for_http())
}

/// What stands under `/{org}/{app}`.
fn app() -> Router<Shared> {
    Router::new()
        .route("/token", post(tokens::create))
        .route("/sdk/users/{user}/token/expires", get(tokens::expires))
        // Users
        .route("/users", post(users::register))
        .route("/users/{user}", get(users::show).delete(users::remove))
        .route("/users/{user}/password", put(users::change_password))
        .route("/users/{user}/disconnect", get(users::disconnect))
        // Conversations
        .route("/users/{user}/user_channels", get(conversations::default_list))
        .route("/users/{user}/user_channels/page", get(conversations::numbered_list))
        .route("/sdk/user/{user}/user_channels/list", get(conversations::list))
        .route("/sdk/user/{user}/user_channel/top", post(pins::pin).delete(pins::unpin))
        .route("/user/{user}/user_channel", delete(conversations::delete))
        .route("/users/{user}/user_channel", delete(conversations::delete))
        // History
        .route("/users/{user}/messageroaming", post(history::fetch))
        .route("/sdk/message/roaming/chat/user/{user}", delete(removal::chat_ids))
        .route("/sdk/message/roaming/group/user/{user}", delete(removal::group_ids))
        .route("/sdk/message/roaming/chat/user/{user}/time", delete(removal::chat_time))
        .route("/sdk/message/roaming/group/user/{user}/time", delete(removal::group_time))
        .route("/sdk/message/roaming/user/{user}/delete/all", post(removal::everything))
        // Groups and chat rooms
        .route("/chatgroups", post(groups::create_group))
        .route("/chatrooms", post(groups::create_room))
        .route("/chatgroups/{group}", get(groups::show).delete(groups::close))
        .route("/chatrooms/{group}", get(groups::show).delete(groups::close))
        .route("/chatgroups/{group}/users", post(groups::add_members))
        .route("/chatrooms/{group}/users", post(groups::add_members))
        .route("/chatgroups/{group}/users/{user}", post(groups::add_member).delete(groups::remove_member))
        .route("/chatrooms/{group}/users/{user}", post(groups::add_member).delete(groups::remove_member))
        // Messages
        .route("/messages/users", post(messages::to_users))
        .route("/messages/chatgroups", post(messages::to_groups))
        .route("/messages/chatrooms", post(messages::to_groups))
        .route("/messages/msg_recall", post(messages::recall_one))
}

/// Static files, behind everything else.
fn with_files(router: Router, settings: &Settings) -> Router {
    let mut router = router;
    for mount in &settings.mounts {
        router = router.nest_service(&mount.path, ServeDir::new(&mount.dir));
    }
    match &settings.www {
        None => router.fallback(no_route),
        Some(dir) => {
            let missing = Router::new().fallback(no_route);
            router.fallback_service(
                ServeDir::new(dir).call_fallback_on_method_not_allowed(true).fallback(missing),
            )
        }
    }
}

async fn no_route() -> ApiError {
    ApiError::no_route()
}

/// Browsers anywhere may call; they ask first only once an hour.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .max_age(Duration::from_hours(1))
}
