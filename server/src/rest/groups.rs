//! Groups and chat rooms, and their members.

use super::{JsonResult, data};
use crate::chat::ChatError;
use crate::chat::peer::Peer;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, JsonBody};
use crate::ids::now_ms;
use crate::state::{AppState, SharedState};
use crate::store::conversations;
use crate::store::database::Conn;
use crate::store::groups::{self, Group};
use crate::store::users::User;
use axum::extract::State;
use roamkit_wire::conversation::ChatType;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// The number of members that one call can add.
const MAX_ADDED: usize = 1000;
/// The maximum size of a group whose creator set none.
const DEFAULT_MAX_USERS: i64 = 200;
/// The largest maximum size that a creator can set.
const LARGEST_MAX_USERS: i64 = 5000;

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

/// Deserializes the id that the caller chose, a string or a number.
fn opaque_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// `POST /chatgroups`
pub(crate) async fn create_group(
    state: State<SharedState>,
    caller: Caller,
    new: JsonBody<NewGroup>,
) -> JsonResult {
    create(state, caller, new, ChatType::Group).await
}

/// `POST /chatrooms`
pub(crate) async fn create_room(
    state: State<SharedState>,
    caller: Caller,
    new: JsonBody<NewGroup>,
) -> JsonResult {
    create(state, caller, new, ChatType::Room).await
}

async fn create(
    State(state): State<SharedState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewGroup>,
    chat_type: ChatType,
) -> JsonResult {
    caller.require_app()?;
    let max_users = new.maxusers.unwrap_or(DEFAULT_MAX_USERS);
    if !(1..=LARGEST_MAX_USERS).contains(&max_users) {
        return Err(ApiError::bad_request(format!("maxusers must be from 1 to {LARGEST_MAX_USERS}")));
    }
    if new.groupname.len() > 128 || new.desc.len() > 512 || new.members.len() > MAX_ADDED {
        return Err(ApiError::bad_request("groupname has 128 bytes, desc 512, members 1000 at most"));
    }
    let app = &caller.params.app;
    let mut tx = state.store.begin().await?;
    let owner = find_user(&mut tx, app, &new.owner).await?;
    let id = match new.groupid {
        None => state.ids.next(),
        Some(text) => {
            let id = text.parse().ok().filter(|&id: &i64| id > 0 && id.to_string() == text);
            let id = id.ok_or_else(|| ApiError::bad_request(format!("groupid {text:?} is not a number")))?;
            if groups::find_row(&mut tx, id).await?.is_some() {
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
    add_to_group(&mut tx, &state, &group, &owner).await?;
    for name in &new.members {
        let member = find_user(&mut tx, app, name).await?;
        add_to_group(&mut tx, &state, &group, &member).await?;
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
pub(crate) async fn show(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    caller.require_app()?;
    let mut conn = state.store.acquire().await?;
    let group = find_group(&mut conn, &caller).await?;
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
pub(crate) async fn close(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    caller.require_app()?;
    let mut tx = state.store.begin().await?;
    let group = find_group(&mut tx, &caller).await?;
    groups::close(&mut tx, group.id, state.ids.next()).await?;
    tx.commit().await?;
    Ok(data(json!({"success": true, "groupid": group.id.to_string()})))
}

/// `POST /chatgroups/{group}/users/{user}`
pub(crate) async fn add_member(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    caller.require_app()?;
    let name = caller.params.path_user("user")?;
    let mut tx = state.store.begin().await?;
    let group = find_group(&mut tx, &caller).await?;
    let member = find_user(&mut tx, &caller.params.app, &name).await?;
    add_to_group(&mut tx, &state, &group, &member).await?;
    tx.commit().await?;
    Ok(data(json!({"result": true, "action": "add_member", "groupid": group.id.to_string(), "user": name})))
}

#[derive(Deserialize)]
pub(crate) struct NewMembers {
    usernames: Vec<String>,
}

/// `POST /chatgroups/{group}/users`
pub(crate) async fn add_members(
    State(state): State<SharedState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewMembers>,
) -> JsonResult {
    caller.require_app()?;
    if !(1..=MAX_ADDED).contains(&new.usernames.len()) {
        return Err(ApiError::bad_request(format!("usernames must name 1 to {MAX_ADDED} users")));
    }
    let mut tx = state.store.begin().await?;
    let group = find_group(&mut tx, &caller).await?;
    let mut added = Vec::with_capacity(new.usernames.len());
    for name in &new.usernames {
        let member = find_user(&mut tx, &caller.params.app, name).await?;
        add_to_group(&mut tx, &state, &group, &member).await?;
        added.push(member.name);
    }
    tx.commit().await?;
    Ok(data(json!({"newmembers": added, "action": "add_member", "groupid": group.id.to_string()})))
}

/// `DELETE /chatgroups/{group}/users/{user}`
pub(crate) async fn remove_member(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    caller.require_app()?;
    let name = caller.params.path_user("user")?;
    let mut tx = state.store.begin().await?;
    let group = find_group(&mut tx, &caller).await?;
    let member = find_user(&mut tx, &caller.params.app, &name).await?;
    let removed = groups::remove_member(&mut tx, group.id, member.id, state.ids.next()).await?;
    tx.commit().await?;
    if !removed {
        return Err(ApiError::forbidden(format!("users [{name}] are not members of this group!")));
    }
    Ok(data(
        json!({"result": true, "action": "remove_member", "groupid": group.id.to_string(), "user": name}),
    ))
}

/// The group in the path.
async fn find_group(conn: &mut Conn, caller: &Caller) -> ApiResult<Group> {
    match Peer::group(conn, &caller.params.app, caller.params.path("group")).await? {
        Peer::Group(group) => Ok(group),
        Peer::User(user) => Err(ChatError::GroupNotFound(user.name).into()),
    }
}

async fn find_user(conn: &mut Conn, app: &str, name: &str) -> ApiResult<User> {
    match Peer::user(conn, app, name).await? {
        Peer::User(user) => Ok(user),
        Peer::Group(_) => Err(ApiError::user_not_found(name)),
    }
}

/// Adds a user, who sees the messages from now on.
async fn add_to_group(conn: &mut Conn, state: &AppState, group: &Group, user: &User) -> ApiResult<()> {
    if groups::is_member(conn, group.id, user.id).await? {
        return Ok(());
    }
    if groups::count_members(conn, group.id).await? >= group.max_users {
        return Err(ApiError::forbidden("group member list is full!"));
    }
    let max_groups = state.settings.user_groups;
    if groups::count_of_user(conn, user.id).await? >= i64::from(max_groups) {
        return Err(ApiError::forbidden(format!(
            "user {} is in {max_groups} groups, which is the most",
            user.name
        )));
    }
    groups::add_member(conn, group.id, user.id, state.ids.next()).await?;
    let peer = group.id.to_string();
    conversations::insert_if_missing(conn, user.id, group.id, group.chat_type, &peer, now_ms()).await?;
    Ok(())
}
