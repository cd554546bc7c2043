//! toggler
