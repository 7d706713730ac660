//! One WebSocket: bytes in both directions, and its end. Dropping it closes it and lets its closures go.

use super::driver::Input;
use crate::error::{Code, Error, Result};
use crate::later::Inbox;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

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
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_end: Closure<dyn FnMut()>,
}

impl Link {
    /// Opens a socket. What it says goes to `said` with the number that tells it from older sockets.
    pub fn open(url: &str, number: u32, said: &Inbox<Input>) -> Result<Self> {
        let socket = WebSocket::new(url)
            .map_err(|_| Error::new(Code::ServerNotReachable, format!("no socket can be opened to {url}")))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let tell = move |to: &Inbox<Input>, what| to.put(Input::Socket(number, what));
        let to = said.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || tell(&to, Said::Opened));
        let to = said.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // The wire has binary frames only; text is passed over.
            if let Ok(buffer) = event.data().dyn_into::<js_sys::ArrayBuffer>() {
                tell(&to, Said::Frame(js_sys::Uint8Array::new(&buffer).to_vec()));
            }
        });
        let to = said.clone();
        // An error is the end, too: WebKit tells nothing else of a port that it does not connect to. Where a close
        // follows, the end is told once.
        let mut ended = false;
        let on_end = Closure::<dyn FnMut()>::new(move || {
            if !std::mem::replace(&mut ended, true) {
                tell(&to, Said::Closed);
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_end.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_end.as_ref().unchecked_ref()));
        Ok(Self { socket, _on_open: on_open, _on_message: on_message, _on_end: on_end })
    }

    /// Sends a frame; a socket that is not open takes none, and says so by closing. It is not asked, either: browsers
    /// write an error to the console of who does.
    pub fn send(&self, frame: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_u8_array(frame);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onerror(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
