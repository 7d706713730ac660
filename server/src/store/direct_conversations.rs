//! The table `directs`: conversations of two users.

use super::database::{Conn, Result};
use crate::ids::Ids;

/// Finds or creates the conversation of two users. Returns its id and whether it is new.
pub(crate) async fn find_or_create(
    conn: &mut Conn,
    ids: &Ids,
    app: &str,
    a: &str,
    b: &str,
) -> Result<(i64, bool)> {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    let find = "SELECT id FROM directs WHERE app = $1 AND low = $2 AND high = $3";
    let found = sqlx::query_scalar(find).bind(app).bind(low).bind(high).fetch_optional(&mut *conn).await?;
    if let Some(id) = found {
        return Ok((id, false));
    }
    let id = ids.next();
    sqlx::query("INSERT INTO directs (id, app, low, high) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(app)
        .bind(low)
        .bind(high)
        .execute(conn)
        .await?;
    Ok((id, true))
}
