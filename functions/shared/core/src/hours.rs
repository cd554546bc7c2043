//! Business hours: is an instant inside them, why, and when does that change?
//!
//! The rule, and the only one: take the local wall-clock reading of the instant. A window on local date D
//! covers `[D+start, D+end)` when end > start (end may be 24:00), else `[D+start, D+1day+end)`: an overnight
//! window belongs to the day it starts on. The windows of D are `dates[D]` if present (it replaces everything;
//! `[]` = closed), else none if D is a holiday, else those of its weekday. In business hours when any window of
//! today or of yesterday covers the reading. The comparison is on readings: an hour that clocks skip never
//! happens, an hour that they repeat counts both times.

mod ahead;
mod calendar;
mod decide;
mod holidays;
mod next;
mod week;
mod window;
mod zone;

pub use calendar::{Because, Calendar, Reading};
pub use decide::{Decision, Hold, Mode};
pub use holidays::Holidays;
pub use next::Changes;
pub use window::{Clock, Days, InvalidClock, Span, Window};
pub use zone::{UnknownZone, Zone, tzdata_version};

#[cfg(test)]
mod tests;
