//! The login of a device: the first frame of a session.

use super::Session;
use crate::chat::missed;
use crate::cluster::node::alive_since;
use crate::extract::{authenticate, is_resource};
use crate::hub::Registration;
use crate::ids::now_ms;
use crate::state::AppState;
use crate::store::database::Result as StoreResult;
use crate::store::devices;
use crate::store::users::{self, User};
use prost::Message as _;
use roamkit_wire::msync::{ErrorCode, Jid, MSync, Provision, Status};
use roamkit_wire::names::{self, AppKey};
use roamkit_wire::prost;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// The content of a provision frame.
#[derive(Debug, PartialEq, Eq)]
struct ProvisionRequest {
    app: AppKey,
    user: String,
    resource: String,
    token: String,
}

/// Parses a provision frame. Clients compare the reasons of the refusals.
fn parse(frame: &MSync) -> Result<ProvisionRequest, Status> {
    let wrong = |reason: &str| Status::error(ErrorCode::WrongParameter, reason);
    let provision = Provision::decode(frame.payload.as_slice())
        .map_err(|_| Status::error(ErrorCode::PbParserError, "unreadable provision"))?;
    let guid: &Jid =
        frame.guid.as_ref().ok_or_else(|| Status::error(ErrorCode::MissingParameter, "guid is missing"))?;
    let app = AppKey::parse(&guid.app_key).ok_or_else(|| wrong("no such app"))?;
    let user = names::user_id(&guid.name).ok_or_else(|| wrong("no such user"))?;
    let resource = if provision.resource.is_empty() { &guid.client_resource } else { &provision.resource };
    if resource.is_empty() || !is_resource(resource) {
        return Err(wrong("resource must be a device id"));
    }
    let json: Option<Value> = serde_json::from_str(&provision.auth_token).ok();
    let json_token = json.as_ref().and_then(|json| json.get("token")?.as_str());
    let places = [json_token, Some(&frame.auth), Some(&provision.auth)];
    let token = places.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or_default();
    let token = token.strip_prefix("$t$").unwrap_or(token).to_owned();
    Ok(ProvisionRequest { app, user, resource: resource.clone(), token })
}

/// Authenticates a device and starts its session. Returns the answer for the device, or the reason of the
/// refusal.
pub(super) async fn log_in(
    state: &AppState,
    frame: &MSync,
) -> Result<(Session, Registration, Provision), Status> {
    let ProvisionRequest { app, user: name, resource, token } = parse(frame)?;
    let app = state
        .find_app(&app.org, &app.app)
        .ok_or_else(|| Status::error(ErrorCode::WrongParameter, "no such app"))?;
    let (user, expires) = check_token(state, &app, &name, &token).await?;

    let (device, registration) =
        start_session(state, &app, &user, &resource).await.map_err(|cause| internal(&cause))?;
    let registration =
        registration.ok_or_else(|| Status::error(ErrorCode::TooManyDevices, "too many devices"))?;
    tracing::debug!(user = user.id, device, "device is online");
    let answer = Provision {
        status: Some(Status::ok()),
        resource: resource.clone(),
        auth_token: json!({"expires_in": expires}).to_string(),
        ..Provision::default()
    };
    Ok((Session { app, user, resource, device, last_sent: HashMap::new() }, registration, answer))
}

/// Stores the session and registers the device as online. Does neither if too many other devices are online.
async fn start_session(
    state: &AppState,
    app: &str,
    user: &User,
    resource: &str,
) -> StoreResult<(i64, Option<Registration>)> {
    let settings = &state.settings;
    let now = now_ms();
    let mut tx = state.store.begin().await?;
    for online in state.hub.device_ids(user.id) {
        // A device that is online must not be deleted as the one that was offline for the longest time.
        devices::touch(&mut tx, online, now).await?;
    }
    let (session, keep) = (state.ids.next(), settings.known_devices.max(settings.max_devices));
    let device = devices::start_session(&mut tx, user.id, resource, session, now + 1, keep).await?;
    let on_other_nodes = if state.store.is_shared() {
        let alive_since = alive_since(Duration::from_secs(settings.node_poll));
        let own_node = settings.node.into();
        devices::count_on_other_nodes(&mut tx, user.id, device, own_node, alive_since).await?
    } else {
        0
    };
    missed::deliver(&mut tx, state.chat(app), user, device).await?;
    let max_devices = i64::from(settings.max_devices).saturating_sub(on_other_nodes);
    let max_devices = usize::try_from(max_devices).unwrap_or(0);
    let registration = state.hub.register(user.id, device, session, max_devices);
    if registration.is_some() {
        tx.commit().await?;
        // The same device may have an older session on another node, which must end.
        state.announce([user.id]);
    }
    Ok((device, registration))
}

/// Checks that the token belongs to the named user. Returns the user and the time of the token's expiry.
async fn check_token(state: &AppState, app: &str, name: &str, token: &str) -> Result<(User, i64), Status> {
    let fail = |reason: &str| Status::error(ErrorCode::Fail, reason);
    let mismatch = || fail("Sorry, token or password does not match login info");
    let (user, expires) = match authenticate(state, app, token).await {
        Ok((Some(user), expires)) => (user, expires),
        Ok((None, _)) => return Err(mismatch()),
        Err(error) if error.is_token_expired() => return Err(fail("Sorry, token expired")),
        Err(_) => {
            let mut conn = state.store.acquire().await.map_err(|cause| internal(&cause))?;
            let found = users::find(&mut conn, app, name).await.map_err(|cause| internal(&cause))?;
            return Err(if found.is_some() || state.settings.hide_users {
                mismatch()
            } else {
                fail("Sorry, user not found")
            });
        }
    };
    if user.name == name { Ok((user, expires)) } else { Err(mismatch()) }
}

fn internal(cause: &sqlx::Error) -> Status {
    tracing::error!(%cause, "internal error");
    Status::error(ErrorCode::Fail, "internal error")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(guid: Option<Jid>, provision: &Provision, auth: &str) -> MSync {
        MSync { guid, auth: auth.into(), payload: provision.encode_to_vec(), ..MSync::default() }
    }

    #[test]
    fn the_token_is_found_in_each_of_its_places() {
        let guid = || Some(Jid::device("demo#chat", "Alice", "web_1"));
        let json = Provision { auth_token: r#"{"token":"$t$abc"}"#.into(), ..Provision::default() };
        for frame in [frame(guid(), &json, ""), frame(guid(), &Provision::default(), "$t$abc")] {
            let request = parse(&frame).unwrap();
            assert_eq!(
                (request.user.as_str(), request.resource.as_str(), request.token.as_str()),
                ("alice", "web_1", "abc")
            );
        }
    }

    #[test]
    fn incomplete_and_malformed_frames_are_refused() {
        let empty = Provision::default();
        for guid in [
            None,
            Some(Jid::device("demo", "a", "r")),
            Some(Jid::device("d#c", "a b", "r")),
            Some(Jid::user("d#c", "a")),
        ] {
            assert!(parse(&frame(guid, &empty, "t")).is_err());
        }
        assert!(parse(&MSync { payload: vec![0xff], ..MSync::default() }).is_err());
    }
}
