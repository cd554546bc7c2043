//! The port: what an account can be asked and told, in the domain's types.

use yakei_core::config::Config;
use yakei_core::plan::{Change, Desired, Facts, Observed, Problem};

/// One Region of an account.
#[allow(async_fn_in_trait)] // one thread, no Send needed
pub trait Account {
    /// Where we are, and what is deployed.
    async fn facts(&self, config: &Config) -> Result<Facts, Problem>;

    /// What is there of what is wanted, and what else of ours there is. What cannot be read is in it as unreadable.
    async fn observe(&self, desired: &Desired) -> Observed;

    /// Makes one change. Making it again does no harm.
    async fn make(&self, change: &Change) -> Result<(), Problem>;
}
