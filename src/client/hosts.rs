//! The addresses of the service: from the application, or from the service's host list.

use crate::cancellation::CancellationToken;
use crate::error::{Code, Error, Failure, Result};
use crate::host_pool::HostPool;
use crate::rest::hosts;
use roamkit_wire::names::AppKey;
use std::cell::RefCell;
use std::rc::Rc;

/// Finds the addresses, and caches them for later logins.
pub struct HostDirectory {
    api_url: Option<String>,
    socket_url: Option<String>,
    cached: RefCell<Option<Hosts>>,
}

/// The addresses of the service.
#[derive(Clone)]
pub struct Hosts {
    /// The REST API, with the path of the app.
    pub api: Rc<HostPool>,
    /// The socket.
    pub socket: Rc<HostPool>,
}

impl HostDirectory {
    /// A directory with the addresses from the application.
    pub fn new(api_url: Option<String>, socket_url: Option<String>) -> Self {
        Self { api_url, socket_url, cached: RefCell::new(None) }
    }

    /// Returns the addresses. Those that the application did not give come from the service's host list.
    pub async fn get(
        &self,
        app_key: &AppKey,
        timeout_ms: u32,
        cancellation: CancellationToken,
    ) -> Result<Hosts, Failure> {
        if let Some(hosts) = self.cached.borrow().clone() {
            return Ok(hosts);
        }
        let (api, socket) = match (&self.api_url, &self.socket_url) {
            (Some(api), Some(socket)) => (vec![api.clone()], vec![socket.clone()]),
            (api, socket) => {
                let found = hosts::discover(&app_key.text(), timeout_ms, cancellation).await?;
                let given = |url: &Option<String>, found| url.clone().map_or(found, |url| vec![url]);
                (given(api, found.api), given(socket, found.socket))
            }
        };
        let api = api.iter().map(|host| format!("{host}/{}/{}", app_key.org, app_key.app)).collect();
        let (Some(api), Some(socket)) = (HostPool::new(api), HostPool::new(socket)) else {
            return Err(Error::new(Code::ServerGetDnsListFailed, "there is no host for this app").into());
        };
        let hosts = Hosts { api: Rc::new(api), socket: Rc::new(socket) };
        *self.cached.borrow_mut() = Some(hosts.clone());
        Ok(hosts)
    }

    /// Clears the cache if no host answered, so that the next login finds the addresses anew.
    pub fn forget_after(&self, error: &Error) {
        if matches!(error.code, Code::Network | Code::ServerNotReachable | Code::ServerTimeout) {
            self.cached.borrow_mut().take();
        }
    }
}
