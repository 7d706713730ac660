//! The MSYNC session: [`machine`] decides, [`link`] moves bytes, [`surroundings`] tells of the platform, [`driver`] runs
//! them all.

pub mod driver;
pub mod frames;
pub mod link;
pub mod machine;
pub mod surroundings;
