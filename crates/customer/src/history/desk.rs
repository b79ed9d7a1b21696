//! On whose desk a record lies.

use access::OperatorId;
use chrono::{DateTime, Utc};
use kernel::HistoryEntry;

pub(super) fn assigned(at: DateTime<Utc>, to: Option<OperatorId>, by: &str) -> HistoryEntry {
    match to {
        Some(to) => HistoryEntry::new(at, "Assigned").to(&to.as_actor()),
        None => HistoryEntry::new(at, "Assigned to nobody"),
    }
    .by(by)
}

pub(super) fn snoozed(at: DateTime<Utc>, until: DateTime<Utc>, by: &str) -> HistoryEntry {
    let until = until.format("%Y-%m-%d %H:%M UTC");
    HistoryEntry::new(at, format!("Snoozed until {until}")).by(by)
}
