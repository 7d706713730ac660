//! The MSYNC session: [`machine`] decides, [`link`] moves bytes, [`driver`] runs the one with the other.

pub mod backoff;
pub mod driver;
pub mod frames;
pub mod link;
pub mod machine;
