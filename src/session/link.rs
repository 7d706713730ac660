//! One WebSocket: bytes in both directions, and its end. Dropping it closes it and lets its closure go.

use super::driver::Input;
use crate::error::{Code, Error, Result};
use crate::later::Inbox;
use crate::platform::bytes;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(extends = crate::platform::Held)]
    type Socket;

    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str, tell: &JsValue) -> std::result::Result<Socket, JsValue>;

    #[wasm_bindgen(method)]
    fn send(this: &Socket, frame: &[u8]);
}

/// What a socket says.
#[derive(Debug)]
pub enum Said {
    /// It is open.
    Opened,
    /// A frame.
    Frame(Vec<u8>),
    /// It is closed, for whatever reason; always the last.
    Closed,
}

/// An open, or opening, socket.
#[must_use = "dropping it closes the socket"]
pub struct Link {
    socket: Socket,
    _tell: Closure<dyn FnMut(JsValue)>,
}

impl Link {
    /// Opens a socket. What it says goes to `said` with the number that tells it from older sockets.
    pub fn open(url: &str, number: u32, said: &Inbox<Input>) -> Result<Self> {
        let to = said.clone();
        let tell = Closure::<dyn FnMut(JsValue)>::new(move |what: JsValue| {
            let said = match bytes(&what) {
                Some(bytes) => Said::Frame(bytes),
                None if what == true => Said::Opened,
                None => Said::Closed,
            };
            to.put(Input::Socket(number, said));
        });
        let socket = Socket::new(url, tell.as_ref())
            .map_err(|_| Error::new(Code::ServerNotReachable, format!("no socket can be opened to {url}")))?;
        Ok(Self { socket, _tell: tell })
    }

    /// Sends a frame; a socket that is not open takes none, and says so by closing.
    pub fn send(&self, frame: &[u8]) {
        self.socket.send(frame);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.close();
    }
}
