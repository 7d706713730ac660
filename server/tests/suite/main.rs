//! Tests of the whole server. It is started with `launch` or as a process, on a free port, and is called over
//! HTTP and WebSocket.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod access;
mod accounts;
mod audience;
mod bad_input;
mod bounds;
mod crash;
mod devices;
mod docker;
mod groups;
mod history;
mod lists;
mod logins;
mod messaging;
mod missed;
mod model;
mod nodes;
mod operations;
mod process;
mod program;
mod rates;
mod read_state;
mod removal;
mod restart;
mod routing;
mod secrets;
mod slow;
mod stopping;
mod support;
mod texts;
mod tls;
mod transfer;
