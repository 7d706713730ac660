//! The middleware that identifies the client address of every request and limits its rate.

use crate::address::{ClientAddress, PeerAddress};
use crate::error::ApiResult;
use crate::state::SharedState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

pub(crate) async fn limit_rate(
    State(state): State<SharedState>,
    mut request: Request,
    next: Next,
) -> ApiResult<Response> {
    let peer = request.extensions().get::<PeerAddress>().copied().unwrap_or_default();
    let client = ClientAddress::identify(peer, request.headers(), state.settings.trust_proxy);
    state.request_rates.admit_address(client.0)?;
    request.extensions_mut().insert(client);
    Ok(next.run(request).await)
}
