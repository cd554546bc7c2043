//! The local AWS made strict: a proxy in front of it that behaves, where MiniStack is lenient, as AWS is documented to.
//!
//! - Each request is held against botocore's model of its service ([`judge`]).
//! - Each request is held against the policies of who makes it ([`rights`]); what they do not allow is refused.
//! - Writes collide, new things are not known yet, calls are throttled, a write is lost ([`weather`]).
//! - Answers can be altered on their way ([`proxy::Proxy::alter`]): an account in which one thing is not as it should be.
//!
//! - Reads run behind writes ([`proxy::Proxy::late`]), lists come in pages ([`proxy::Proxy::pages`]), and whoever calls may be left
//!   without an answer from any call on ([`proxy::Proxy::silence_after`]).
//!
//! What it saw is kept: [`proxy::Seen`]. It listens on loopback only.

pub mod judge;
mod late;
pub mod proxy;
pub mod rights;
pub mod weather;
mod words;
