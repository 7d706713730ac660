//! Groups and chat rooms: making them, and who is in them.

use super::{JsonResult, data};
use crate::chat::ChatError;
use crate::chat::peer::Peer;
use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::request::{Caller, Json};
use crate::state::{Server, Shared};
use crate::store::groups::{self, Group};
use crate::store::users::User;
use crate::store::{Conn, entries};
use axum::extract::State;
use roamkit_wire::conversation::ChatType;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// Members that one call may add.
const MAX_ADDED: usize = 1000;
/// Members of a group where its maker named no number.
const DEFAULT_MAX_USERS: i64 = 200;
/// Members of a group, at most.
const MOST_USERS: i64 = 5000;

/// A group to be.
#[derive(Deserialize)]
pub(crate) struct NewGroup {
    #[serde(alias = "name")]
    groupname: String,
    #[serde(default, alias = "description")]
    desc: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    maxusers: Option<i64>,
    owner: String,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default, deserialize_with = "opaque_id")]
    groupid: Option<String>,
}

/// Groups may be made under an id of the caller's.
fn opaque_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// `POST /chatgroups`
pub(crate) async fn create_group(server: State<Shared>, caller: Caller, new: Json<NewGroup>) -> JsonResult {
    create(server, caller, new, ChatType::Group).await
}

/// `POST /chatrooms`
pub(crate) async fn create_room(server: State<Shared>, caller: Caller, new: Json<NewGroup>) -> JsonResult {
    create(server, caller, new, ChatType::Room).await
}

async fn create(
    State(server): State<Shared>,
    caller: Caller,
    Json(new): Json<NewGroup>,
    chat_type: ChatType,
) -> JsonResult {
    caller.must_be_app()?;
    let max_users = new.maxusers.unwrap_or(DEFAULT_MAX_USERS);
    if !(1..=MOST_USERS).contains(&max_users) {
        return Err(ApiError::bad_request(format!("maxusers must be from 1 to {MOST_USERS}")));
    }
    if new.groupname.len() > 128 || new.desc.len() > 512 || new.members.len() > MAX_ADDED {
        return Err(ApiError::bad_request("groupname has 128 bytes, desc 512, members 1000 at most"));
    }
    let app = &caller.call.app;
    let mut tx = server.store.write().await?;
    let owner = user(&mut tx, app, &new.owner).await?;
    let id = match new.groupid {
        None => server.ids.next(),
        Some(text) => {
            let id = text.parse().ok().filter(|&id: &i64| id > 0 && id.to_string() == text);
            let id = id.ok_or_else(|| ApiError::bad_request(format!("groupid {text:?} is not a number")))?;
            if groups::exists(&mut tx, id).await? {
                return Err(ApiError::bad_request(format!("group id {id} is taken")));
            }
            id
        }
    };
    let group = Group {
        id,
        chat_type,
        name: new.groupname,
        description: new.desc,
        public: new.public,
        max_users,
        owner: owner.name.clone(),
        created: now_ms(),
    };
    groups::create(&mut tx, app, &group).await?;
    admit(&mut tx, &server, &group, &owner).await?;
    for name in &new.members {
        let member = user(&mut tx, app, name).await?;
        admit(&mut tx, &server, &group, &member).await?;
    }
    tx.commit().await?;
    let id = group.id.to_string();
    Ok(data(if chat_type == ChatType::Room {
        json!({"id": id, "groupid": id})
    } else {
        json!({"groupid": id})
    }))
}

/// `GET /chatgroups/{group}`
pub(crate) async fn show(State(server): State<Shared>, caller: Caller) -> JsonResult {
    caller.must_be_app()?;
    let mut conn = server.store.read().await?;
    let group = named(&mut conn, &caller).await?;
    let members = groups::members(&mut conn, group.id).await?;
    let affiliations: Vec<Value> = members
        .iter()
        .map(|user| {
            if user.name == group.owner { json!({"owner": user.name}) } else { json!({"member": user.name}) }
        })
        .collect();
    Ok(data(json!([{"id": group.id.to_string(), "name": group.name, "description": group.description,
        "public": group.public, "maxusers": group.max_users, "owner": group.owner, "created": group.created,
        "affiliations_count": affiliations.len(), "affiliations": affiliations}])))
}

/// `DELETE /chatgroups/{group}`
pub(crate) async fn close(State(server): State<Shared>, caller: Caller) -> JsonResult {
    caller.must_be_app()?;
    let mut tx = server.store.write().await?;
    let group = named(&mut tx, &caller).await?;
    groups::close(&mut tx, group.id, server.ids.next()).await?;
    tx.commit().await?;
    Ok(data(json!({"success": true, "groupid": group.id.to_string()})))
}

/// `POST /chatgroups/{group}/users/{user}`
pub(crate) async fn add_member(State(server): State<Shared>, caller: Caller) -> JsonResult {
    caller.must_be_app()?;
    let name = caller.call.path_user("user")?;
    let mut tx = server.store.write().await?;
    let group = named(&mut tx, &caller).await?;
    let member = user(&mut tx, &caller.call.app, &name).await?;
    admit(&mut tx, &server, &group, &member).await?;
    tx.commit().await?;
    Ok(data(json!({"result": true, "action": "add_member", "groupid": group.id.to_string(), "user": name})))
}

/// Users to let in together.
#[derive(Deserialize)]
pub(crate) struct NewMembers {
    usernames: Vec<String>,
}

/// `POST /chatgroups/{group}/users`
pub(crate) async fn add_members(
    State(server): State<Shared>,
    caller: Caller,
    Json(new): Json<NewMembers>,
) -> JsonResult {
    caller.must_be_app()?;
    if !(1..=MAX_ADDED).contains(&new.usernames.len()) {
        return Err(ApiError::bad_request(format!("usernames must name 1 to {MAX_ADDED} users")));
    }
    let mut tx = server.store.write().await?;
    let group = named(&mut tx, &caller).await?;
    let mut added = Vec::with_capacity(new.usernames.len());
    for name in &new.usernames {
        let member = user(&mut tx, &caller.call.app, name).await?;
        admit(&mut tx, &server, &group, &member).await?;
        added.push(member.name);
    }
    tx.commit().await?;
    Ok(data(json!({"newmembers": added, "action": "add_member", "groupid": group.id.to_string()})))
}

/// `DELETE /chatgroups/{group}/users/{user}`
pub(crate) async fn remove_member(State(server): State<Shared>, caller: Caller) -> JsonResult {
    caller.must_be_app()?;
    let name = caller.call.path_user("user")?;
    let mut tx = server.store.write().await?;
    let group = named(&mut tx, &caller).await?;
    let member = user(&mut tx, &caller.call.app, &name).await?;
    let removed = groups::leave(&mut tx, group.id, member.id, server.ids.next()).await?;
    tx.commit().await?;
    if !removed {
        return Err(ApiError::forbidden(format!("users [{name}] are not members of this group!")));
    }
    Ok(data(
        json!({"result": true, "action": "remove_member", "groupid": group.id.to_string(), "user": name}),
    ))
}

async fn named(conn: &mut Conn, caller: &Caller) -> ApiResult<Group> {
    match Peer::group(conn, &caller.call.app, caller.call.path("group")).await? {
        Peer::Group(group) => Ok(group),
        Peer::User(user) => Err(ChatError::NoGroup(user.name).into()),
    }
}

async fn user(conn: &mut Conn, app: &str, name: &str) -> ApiResult<User> {
    match Peer::user(conn, app, name).await? {
        Peer::User(user) => Ok(user),
        Peer::Group(_) => Err(ApiError::user_not_found(name)),
    }
}

/// Lets a user in, from now on.
async fn admit(conn: &mut Conn, server: &Server, group: &Group, user: &User) -> ApiResult<()> {
    if groups::is_member(conn, group.id, user.id).await? {
        return Ok(());
    }
    if groups::size(conn, group.id).await? >= group.max_users {
        return Err(ApiError::forbidden("group member list is full!"));
    }
    let most = server.settings.user_groups;
    if groups::of_user(conn, user.id).await? >= i64::from(most) {
        return Err(ApiError::forbidden(format!(
            "user {} is in {most} groups, which is the most",
            user.name
        )));
    }
    groups::join(conn, group.id, user.id, server.ids.next()).await?;
    entries::ensure(conn, user.id, group.id, group.chat_type, &group.id.to_string(), now_ms()).await?;
    Ok(())
}
