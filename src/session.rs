//! The MSYNC session: [`machine`] decides without I/O, [`socket`] moves frames, [`network_monitor`] reports changes of the
//! network, and [`driver`] runs them all.

pub mod driver;
pub mod frames;
pub mod machine;
pub mod network_monitor;
pub mod socket;
