//! A chat server for message roaming. It speaks the REST and MSYNC protocols of the Easemob / Agora Chat
//! service, and stores its data in SQLite or PostgreSQL.
//!
//! With it, RoamKit and other clients of that service can be developed, tested and hosted without the hosted
//! service.
//!
//! The layers, from top to bottom. A module uses only modules below it:
//!
//! - `cli`, `server`: the command line; opening, serving and shutting down;
//! - `routes`: the whole route table;
//! - `rest`, `session`, `monitoring`: the handlers of REST calls, of sockets and of probes;
//! - `extract`, `request_log`, `rate_limit`, `login`: the parts that handlers share;
//! - `state`: the composition of everything below;
//! - `hub`, `cluster`, `metrics`, `limits`: online devices, other nodes, metrics, limits. They do not know each
//!   other;
//! - `chat`: chat operations, independent of REST and sockets;
//! - `store`: the database and all SQL.
//!
//! `transfer` imports and exports the data. Programs use [`Server::open`] and [`Server::serve`], or [`launch`]
//! for both.

mod address;
mod chat;
mod cli;
mod cluster;
mod connections;
mod error;
mod extract;
mod hub;
mod ids;
mod limits;
mod log_filter;
mod login;
mod metrics;
mod monitoring;
mod password;
mod rate_limit;
mod request_log;
mod response_headers;
mod rest;
mod routes;
mod server;
mod session;
mod settings;
mod state;
mod store;
mod tls;
mod token;
mod transfer;

pub use cli::Invocation;
pub use log_filter::log_filter;
pub use routes::{Access, Route, table as routes};
pub use server::{Server, StartError, launch};
pub use settings::{DeletionScope, LogFormat, Mount, Secret, Settings, Switch};
pub use store::database::OpenError;
pub use tls::TlsError;
pub use transfer::common::{Counts, DatabaseArgs, TransferError};
pub use transfer::export::Export;
pub use transfer::import::Import;
