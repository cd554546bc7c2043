//! bootstrapper
