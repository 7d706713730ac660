//! What the platform tells of its network and of its own sleep.
//!
//! A window has all of these events, a worker those of the network alone; what does not exist never comes.

use super::driver::Input;
use crate::later::Inbox;
use crate::platform::page::Listening;

/// What the platform says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is on a network.
    Online,
    /// It is on none.
    Offline,
    /// The page is shown, or runs on after it was frozen or put aside.
    Awake,
}

/// Tells what happens from now on, for as long as what comes back is held.
pub fn listen(to: Inbox<Input>) -> Listening {
    Listening::to("network", move |what| {
        let told = if what == "online" {
            Told::Online
        } else if what == "offline" {
            Told::Offline
        } else {
            Told::Awake
        };
        to.put(Input::Platform(told));
    })
}
