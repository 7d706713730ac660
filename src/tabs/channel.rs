//! A `BroadcastChannel`: every other channel of the same name receives the messages. Dropping it closes it.

use super::message::TabMessage;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel to the other tabs.
#[must_use = "dropping it closes the channel"]
pub struct Channel {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Opens a channel; `None` if the platform refuses. A message that cannot be read is ignored, because it may come from a tab
    /// with another version of this page.
    pub fn open(name: &str, mut callback: impl FnMut(TabMessage) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(message) = serde_wasm_bindgen::from_value::<TabMessage>(event.data()) {
                callback(message);
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, _on_message: on_message })
    }

    /// Sends a message to every other tab.
    pub fn send(&self, message: &TabMessage) {
        if let Ok(message) = serde_wasm_bindgen::to_value(message) {
            // This fails only on a closed channel.
            let _ = self.channel.post_message(&message);
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
