//! Every request comes through here first: it is told which address it counts for, and counted.

use crate::address::{Client, Peer};
use crate::error::ApiResult;
use crate::state::Shared;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// Lets a request in.
pub(crate) async fn admit(
    State(server): State<Shared>,
    mut request: Request,
    next: Next,
) -> ApiResult<Response> {
    let peer = request.extensions().get::<Peer>().copied().unwrap_or_default();
    let client = Client::of(peer, request.headers(), server.settings.trust_proxy);
    server.rates.address(client.0)?;
    request.extensions_mut().insert(client);
    Ok(next.run(request).await)
}
