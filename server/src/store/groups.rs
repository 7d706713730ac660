//! Groups and chat rooms, and who is in them when.

use super::users::User;
use super::{Conn, Result, kind_number, kind_of};
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

/// Adds a group.
pub(crate) async fn create(conn: &mut Conn, app: &str, group: &Group) -> Result<()> {
    let sql =
        "INSERT INTO chat_groups (id, app, kind, name, description, is_public, max_users, owner, created)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(group.id)
        .bind(app)
        .bind(kind_number(group.chat_type))
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

type Row = (i64, i64, String, String, i64, i64, String, i64);

/// Finds a group or chat room by the id people see.
pub(crate) async fn find(conn: &mut Conn, app: &str, id: &str) -> Result<Option<Group>> {
    let Ok(id) = id.parse::<i64>() else { return Ok(None) };
    let sql = "SELECT id, kind, name, description, is_public, max_users, owner, created FROM chat_groups
               WHERE id = $1 AND app = $2 AND closed = 0";
    let row: Option<Row> = sqlx::query_as(sql).bind(id).bind(app).fetch_optional(conn).await?;
    Ok(row.map(|(id, kind, name, description, public, max_users, owner, created)| Group {
        id,
        chat_type: kind_of(kind),
        name,
        description,
        public: public != 0,
        max_users,
        owner,
        created,
    }))
}

/// Whether an id is taken, by any app.
pub(crate) async fn exists(conn: &mut Conn, id: i64) -> Result<bool> {
    let row: Option<i64> =
        sqlx::query_scalar("SELECT id FROM chat_groups WHERE id = $1").bind(id).fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// Closes a group; what was said in it stays with its readers, and nothing can be added.
pub(crate) async fn close(conn: &mut Conn, id: i64, at: i64) -> Result<()> {
    let sql = "UPDATE members SET until = $2 WHERE group_id = $1 AND until IS NULL";
    sqlx::query(sql).bind(id).bind(at).execute(&mut *conn).await?;
    sqlx::query("UPDATE chat_groups SET closed = 1 WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Whether a user is in a group now.
pub(crate) async fn is_member(conn: &mut Conn, group: i64, user: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM members WHERE group_id = $1 AND user_id = $2 AND until IS NULL";
    let row: Option<i64> = sqlx::query_scalar(sql).bind(group).bind(user).fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// The users in a group now.
pub(crate) async fn members(conn: &mut Conn, group: i64) -> Result<Vec<User>> {
    let sql = "SELECT u.id, u.name FROM members m JOIN users u ON u.id = m.user_id
               WHERE m.group_id = $1 AND m.until IS NULL ORDER BY m.since, u.id";
    sqlx::query_as(sql).bind(group).fetch_all(conn).await
}

/// How many users are in a group now.
pub(crate) async fn size(conn: &mut Conn, group: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE group_id = $1 AND until IS NULL";
    sqlx::query_scalar(sql).bind(group).fetch_one(conn).await
}

/// How many groups and chat rooms a user is in now.
pub(crate) async fn of_user(conn: &mut Conn, user: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE user_id = $1 AND until IS NULL";
    sqlx::query_scalar(sql).bind(user).fetch_one(conn).await
}

/// Lets a user in from an id on.
pub(crate) async fn join(conn: &mut Conn, group: i64, user: i64, since: i64) -> Result<()> {
    sqlx::query("INSERT INTO members (group_id, user_id, since) VALUES ($1, $2, $3)")
        .bind(group)
        .bind(user)
        .bind(since)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a user out from an id on; `false` where they were not in.
pub(crate) async fn leave(conn: &mut Conn, group: i64, user: i64, until: i64) -> Result<bool> {
    let sql = "UPDATE members SET until = $3 WHERE group_id = $1 AND user_id = $2 AND until IS NULL";
    let done = sqlx::query(sql).bind(group).bind(user).bind(until).execute(conn).await?;
    Ok(done.rows_affected() > 0)
}
