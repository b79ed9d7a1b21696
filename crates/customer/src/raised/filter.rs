//! What the lists of *Needs a person* are narrowed down to.

use chrono::{DateTime, Utc};
use kernel::Cursor;

use super::Cause;

/// What a list of raised items is narrowed down to.
#[derive(Debug, Clone, Copy, Default)]
pub struct RaisedFilter {
    /// Only this cause.
    pub cause: Option<Cause>,
    /// Only what was raised at this time or before it; of what is resolved, only what was resolved by then.
    pub until: Option<DateTime<Utc>>,
}

impl RaisedFilter {
    pub(super) fn cause_name(&self) -> Option<&'static str> {
        self.cause.map(Cause::name)
    }

    /// The bound as a query takes it: a time that every row is before when there is none.
    pub(super) fn until(&self) -> DateTime<Utc> {
        self.until.unwrap_or(Cursor::<i64>::AFTER_ALL.at)
    }
}
