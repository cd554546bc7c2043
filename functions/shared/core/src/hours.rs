//! Business hours: is an instant inside them, and when does that change?

use jiff::tz::TimeZone;

/// A time zone known by its IANA name, from the zone data bundled with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The exact IANA name, as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone itself.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// One schedule's windows, holidays and dates in its zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The office's time zone.
    pub zone: Zone,
}
