//! Telling a user's devices what one of them did.

use super::Wake;
use crate::ids::now_ms;
use crate::state::Server;
use crate::store::users::User;
use crate::store::{Conn, Result, devices, queues};
use prost::Message as _;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{Jid, USER_DOMAIN};
use roamkit_wire::names;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;

/// Keeps a notice for all devices of a user but the one that did it. Notices wait in the queue of the user's own
/// name.
pub(crate) async fn tell(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    user: &User,
    doer: &User,
    notice: &Notice,
) -> Result<Wake> {
    let except = if user.id == doer.id && !notice.resource().is_empty() {
        devices::find(conn, user.id, notice.resource()).await?.unwrap_or(0)
    } else {
        0
    };
    let seq = server.ids.next();
    let meta = Meta {
        id: seq as u64,
        from: Some(Jid::user(app, &doer.name)),
        to: Some(Jid::user(app, &user.name)),
        timestamp: now_ms() as u64,
        ns: Namespace::Notify as i32,
        payload: notice.encode(),
        ..Meta::default()
    };
    let queue = names::queue(&user.name, USER_DOMAIN);
    queues::add(conn, seq, &meta.encode_to_vec(), now_ms()).await?;
    queues::to_user(conn, user.id, &queue, seq, except).await?;
    Ok(Wake { user_id: user.id, queue, except })
}
