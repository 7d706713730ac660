//! Letting a device in.

use super::Session;
use super::hub::Place;
use crate::chat::missed;
use crate::ids::now_ms;
use crate::nodes;
use crate::request::{check_token, is_resource};
use crate::state::Server;
use crate::store::users::User;
use crate::store::{self, devices};
use prost::Message as _;
use roamkit_wire::msync::{ErrorCode, Jid, MSync, Provision, Status};
use roamkit_wire::names::{self, AppKey};
use roamkit_wire::prost;
use serde_json::{Value, json};
use std::time::Duration;

/// A refusal, in the words that clients compare.
type Refused = Status;

/// What a provision frame asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    app: AppKey,
    user: String,
    resource: String,
    token: String,
}

/// Reads the frame.
fn wish(frame: &MSync) -> Result<Wish, Refused> {
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
    let inner: Option<Value> = serde_json::from_str(&provision.auth_token).ok();
    let inner = inner.as_ref().and_then(|json| json.get("token")?.as_str());
    let token = [inner, Some(&frame.auth), Some(&provision.auth)];
    let token = token.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or_default();
    let token = token.strip_prefix("$t$").unwrap_or(token).to_owned();
    Ok(Wish { app, user, resource: resource.clone(), token })
}

/// Checks who it is and takes the device in.
pub(super) async fn enter(server: &Server, frame: &MSync) -> Result<(Session, Place, Provision), Refused> {
    let Wish { app, user: name, resource, token } = wish(frame)?;
    let app = server
        .app(&app.org, &app.app)
        .ok_or_else(|| Status::error(ErrorCode::WrongParameter, "no such app"))?;
    let (user, expires) = check(server, &app, &name, &token).await?;

    let (device, place) = take_in(server, &app, &user, &resource).await.map_err(|cause| internal(&cause))?;
    let place = place.ok_or_else(|| Status::error(ErrorCode::TooManyDevices, "too many devices"))?;
    tracing::debug!(user = user.id, device, "device is online");
    let answer = Provision {
        status: Some(Status::ok()),
        resource: resource.clone(),
        auth_token: json!({"expires_in": expires}).to_string(),
        ..Provision::default()
    };
    Ok((Session { app, user, resource, device, sent: std::collections::HashMap::new() }, place, answer))
}

/// Remembers the device and puts it online; no place where too many others are.
async fn take_in(
    server: &Server,
    app: &str,
    user: &User,
    resource: &str,
) -> store::Result<(i64, Option<Place>)> {
    let settings = &server.settings;
    let now = now_ms();
    let mut tx = server.store.write().await?;
    for online in server.hub.devices(user.id) {
        // Who is there is not forgotten for being quiet.
        devices::seen(&mut tx, online, now).await?;
    }
    let (session, keep) = (server.ids.next(), settings.known_devices.max(settings.max_devices));
    let device = devices::provision(&mut tx, user.id, resource, session, now + 1, keep).await?;
    let elsewhere = if server.store.is_shared() {
        let since = nodes::heard_since(Duration::from_secs(settings.node_poll));
        devices::elsewhere(&mut tx, user.id, device, settings.node.into(), since).await?
    } else {
        0
    };
    missed::tell(&mut tx, server, app, user, device).await?;
    let most = i64::from(settings.max_devices).saturating_sub(elsewhere);
    let place = server.hub.enter(user.id, device, session, usize::try_from(most).unwrap_or(0));
    if place.is_some() {
        tx.commit().await?;
        // The same device may be online through another node.
        server.call([user.id]);
    }
    Ok((device, place))
}

/// Whose token it is, who must be the user that is named.
async fn check(server: &Server, app: &str, name: &str, token: &str) -> Result<(User, i64), Refused> {
    let fail = |reason: &str| Status::error(ErrorCode::Fail, reason);
    let (token_user, expires) = match check_token(server, app, token).await {
        Ok((Some(user), expires)) => (user, expires),
        Ok((None, _)) => return Err(fail("Sorry, token or password does not match login info")),
        Err(error) if error.is_expired() => return Err(fail("Sorry, token expired")),
        Err(_) => {
            let mut conn = server.store.read().await.map_err(|cause| internal(&cause))?;
            let known =
                crate::store::users::find(&mut conn, app, name).await.map_err(|cause| internal(&cause))?;
            return Err(fail(if known.is_some() || server.settings.hide_users {
                "Sorry, token or password does not match login info"
            } else {
                "Sorry, user not found"
            }));
        }
    };
    if token_user.name == name {
        Ok((token_user, expires))
    } else {
        Err(fail("Sorry, token or password does not match login info"))
    }
}

fn internal(cause: &sqlx::Error) -> Refused {
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
        let inner = Provision { auth_token: r#"{"token":"$t$abc"}"#.into(), ..Provision::default() };
        for frame in [frame(guid(), &inner, ""), frame(guid(), &Provision::default(), "$t$abc")] {
            let wish = wish(&frame).unwrap();
            assert_eq!(
                (wish.user.as_str(), wish.resource.as_str(), wish.token.as_str()),
                ("alice", "web_1", "abc")
            );
        }
    }

    #[test]
    fn what_is_missing_is_refused() {
        let none = Provision::default();
        for guid in [
            None,
            Some(Jid::device("demo", "a", "r")),
            Some(Jid::device("d#c", "a b", "r")),
            Some(Jid::user("d#c", "a")),
        ] {
            assert!(wish(&frame(guid, &none, "t")).is_err());
        }
        assert!(wish(&MSync { payload: vec![0xff], ..MSync::default() }).is_err());
    }
}
