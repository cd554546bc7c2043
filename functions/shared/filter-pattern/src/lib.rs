//! filter-pattern
