//! The server as its clients meet it: started through the seam that programs use, on a free port, spoken to over
//! real HTTP and real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod accounts;
mod bad_input;
mod crash;
mod devices;
mod docker;
mod groups;
mod history;
mod lists;
mod messaging;
mod missed;
mod model;
mod nodes;
mod operations;
mod program;
mod removal;
mod restart;
mod support;
mod transfer;
