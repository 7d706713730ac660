//! The tables `chat_groups` and `members`: groups, chat rooms, and their members over time.

use super::chat_type;
use super::database::{Conn, Result};
use super::sql_builder::SqlBuilder;
use super::users::User;
use roamkit_wire::conversation::ChatType;

/// A group or chat room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: i64,
    pub(crate) chat_type: ChatType,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) public: bool,
    pub(crate) max_users: i64,
    pub(crate) owner: String,
    pub(crate) created: i64,
}

pub(crate) async fn create(conn: &mut Conn, app: &str, group: &Group) -> Result<()> {
    let sql =
        "INSERT INTO chat_groups (id, app, kind, name, description, is_public, max_users, owner, created)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(group.id)
        .bind(app)
        .bind(chat_type::to_db(group.chat_type))
        .bind(&group.name)
        .bind(&group.description)
        .bind(i64::from(group.public))
        .bind(group.max_users)
        .bind(&group.owner)
        .bind(group.created)
        .execute(conn)
        .await?;
    Ok(())
}

/// A row of `chat_groups`.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct GroupRow {
    pub(crate) id: i64,
    pub(crate) app: String,
    kind: i64,
    name: String,
    description: String,
    is_public: i64,
    max_users: i64,
    owner: String,
    created: i64,
    closed: i64,
}

/// The columns of [`GroupRow`].
pub(super) const COLUMNS: &str =
    "id, app, kind, name, description, is_public, max_users, owner, created, closed";

impl GroupRow {
    pub(crate) const fn chat_type(&self) -> ChatType {
        chat_type::from_db(self.kind)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed != 0
    }
}

impl From<GroupRow> for Group {
    fn from(row: GroupRow) -> Self {
        Self {
            id: row.id,
            chat_type: row.chat_type(),
            name: row.name,
            description: row.description,
            public: row.is_public != 0,
            max_users: row.max_users,
            owner: row.owner,
            created: row.created,
        }
    }
}

/// Finds an open group or chat room of an app by the id that clients use.
pub(crate) async fn find(conn: &mut Conn, app: &str, id: &str) -> Result<Option<Group>> {
    let Ok(id) = id.parse::<i64>() else { return Ok(None) };
    let row = find_row(conn, id).await?;
    Ok(row.filter(|row| row.app == app && !row.is_closed()).map(Group::from))
}

/// Finds the row of a group or chat room, of any app, open or closed.
pub(crate) async fn find_row(conn: &mut Conn, id: i64) -> Result<Option<GroupRow>> {
    let mut query = SqlBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM chat_groups WHERE id = ").bind(id);
    query.fetch_optional(conn).await
}

/// Closes a group and ends all memberships at an id. Members keep access to earlier messages.
pub(crate) async fn close(conn: &mut Conn, id: i64, until: i64) -> Result<()> {
    let sql = "UPDATE members SET until = $2 WHERE group_id = $1 AND until IS NULL";
    sqlx::query(sql).bind(id).bind(until).execute(&mut *conn).await?;
    mark_closed(conn, id).await
}

/// Marks a group as closed and leaves the memberships as they are.
pub(crate) async fn mark_closed(conn: &mut Conn, id: i64) -> Result<()> {
    sqlx::query("UPDATE chat_groups SET closed = 1 WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Returns whether a user is a present member.
pub(crate) async fn is_member(conn: &mut Conn, group: i64, user: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM members WHERE group_id = $1 AND user_id = $2 AND until IS NULL";
    let row: Option<i64> = sqlx::query_scalar(sql).bind(group).bind(user).fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// The present members.
pub(crate) async fn members(conn: &mut Conn, group: i64) -> Result<Vec<User>> {
    let sql = "SELECT u.id, u.name FROM members m JOIN users u ON u.id = m.user_id
               WHERE m.group_id = $1 AND m.until IS NULL ORDER BY m.since, u.id";
    sqlx::query_as(sql).bind(group).fetch_all(conn).await
}

/// Counts the present members.
pub(crate) async fn count_members(conn: &mut Conn, group: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE group_id = $1 AND until IS NULL";
    sqlx::query_scalar(sql).bind(group).fetch_one(conn).await
}

/// Counts the groups and chat rooms of which a user is a present member.
pub(crate) async fn count_of_user(conn: &mut Conn, user: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE user_id = $1 AND until IS NULL";
    sqlx::query_scalar(sql).bind(user).fetch_one(conn).await
}

/// Adds a member, who sees the messages after the id `since`.
pub(crate) async fn add_member(conn: &mut Conn, group: i64, user: i64, since: i64) -> Result<()> {
    sqlx::query("INSERT INTO members (group_id, user_id, since) VALUES ($1, $2, $3)")
        .bind(group)
        .bind(user)
        .bind(since)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a member, who keeps the messages before the id `until`. Returns `false` if the user is not a member.
pub(crate) async fn remove_member(conn: &mut Conn, group: i64, user: i64, until: i64) -> Result<bool> {
    let sql = "UPDATE members SET until = $3 WHERE group_id = $1 AND user_id = $2 AND until IS NULL";
    let result = sqlx::query(sql).bind(group).bind(user).bind(until).execute(conn).await?;
    Ok(result.rows_affected() > 0)
}
