//! The server as its clients meet it: started through the seam that programs use, on a free port, spoken to over
//! real HTTP and real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod access;
mod accounts;
mod bad_input;
mod bounds;
mod devices;
mod groups;
mod history;
mod lists;
mod logins;
mod messaging;
mod model;
mod process;
mod rates;
mod removal;
mod restart;
mod secrets;
mod slow;
mod stopping;
mod support;
mod tls;
