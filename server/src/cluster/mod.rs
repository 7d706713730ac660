//! Several nodes on one PostgreSQL database.
//!
//! A node writes the envelopes for a device that is connected to another node into the database. Only a short
//! announcement travels between the nodes, over LISTEN/NOTIFY. It names users, carries no data and may get
//! lost, because each node also compares all of its online devices with the database every few seconds.
//!
//! With SQLite there is one node, and nothing of this runs.

pub(crate) mod announcements;
pub(crate) mod node;
