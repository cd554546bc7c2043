//! What a deployment must know of `infra/yakei.toml`; the program `stack` writes it into files for the scripts of `infra`.

mod parameters;

pub use parameters::parameters;
