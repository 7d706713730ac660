//! The addresses of the service: given by the application, or found through the service's host list.

use crate::cancellation::CancellationToken;
use crate::error::{Code, Error, Failure, Result};
use crate::host_pool::HostPool;
use crate::rest::hosts;
use roamkit_wire::names::AppKey;
use std::cell::RefCell;
use std::rc::Rc;

/// Finds the addresses, and remembers them for later logins.
pub struct HostDirectory {
    api_url: Option<String>,
    socket_url: Option<String>,
    found: RefCell<Option<Hosts>>,
}

/// The addresses of the service.
#[derive(Clone)]
pub struct Hosts {
    /// The REST side, with the app's path.
    pub api: Rc<HostPool>,
    /// The socket.
    pub socket: Rc<HostPool>,
}

impl HostDirectory {
    /// Takes the addresses that the application gave.
    pub fn new(api_url: Option<String>, socket_url: Option<String>) -> Self {
        Self { api_url, socket_url, found: RefCell::new(None) }
    }

    /// Returns the addresses. Asks the service for those that the application did not give.
    pub async fn get(
        &self,
        app_key: &AppKey,
        timeout_ms: u32,
        cancellation: CancellationToken,
    ) -> Result<Hosts, Failure> {
        if let Some(hosts) = self.found.borrow().clone() {
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
        *self.found.borrow_mut() = Some(hosts.clone());
        Ok(hosts)
    }

    /// Forgets the addresses if nobody answered there: the next login asks for them again.
    pub fn forget_after(&self, error: &Error) {
        if matches!(error.code, Code::Network | Code::ServerNotReachable | Code::ServerTimeout) {
            self.found.borrow_mut().take();
        }
    }
}
