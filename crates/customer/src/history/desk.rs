//! On whose desk a record lies.

use access::OperatorId;
use chrono::{DateTime, Utc};
use kernel::HistoryEntry;

use crate::{
    customer::Customer,
    prospect::{Prospect, ProspectEvent},
};

/// Whose a customer has become since it is one, and when it was snoozed: its prospect's events tell.
#[must_use]
pub fn desk_history(customer: &Customer, prospect: &Prospect) -> Vec<HistoryEntry> {
    let since = customer.created_at();
    prospect
        .history()
        .filter(|(at, _)| *at >= since)
        .filter_map(|(at, event)| match event {
            ProspectEvent::Assigned { to, by } => Some(assigned(at, *to, by)),
            ProspectEvent::Snoozed { until, by, .. } => Some(snoozed(at, *until, by)),
            ProspectEvent::Woken { by } => Some(HistoryEntry::new(at, "Woken").by(by)),
            _ => None,
        })
        .collect()
}

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
