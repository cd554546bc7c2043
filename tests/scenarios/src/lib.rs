//! The real binaries against the local AWS: what the demo and the black-box scenarios share.

pub mod deploy;
pub mod records;
pub mod sdks;
pub mod story;
pub mod terminal;
pub mod trouble;
pub mod world;
