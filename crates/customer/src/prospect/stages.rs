//! The way that a prospect went.

use chrono::{DateTime, Utc};

use super::{KycRecord, Prospect, ProspectEvent};
use crate::primitives::Stage;

impl Prospect {
    /// The stages at which it stood, oldest first, each with the time when it came there. One that it came back to is there again.
    #[must_use]
    pub fn stages(&self) -> Vec<(DateTime<Utc>, Stage)> {
        way(self.history())
    }
}

fn way<'a>(
    events: impl Iterator<Item = (DateTime<Utc>, &'a ProspectEvent)>,
) -> Vec<(DateTime<Utc>, Stage)> {
    let mut record = KycRecord::default();
    let mut stages: Vec<(DateTime<Utc>, Stage)> = Vec::new();
    for (at, event) in events {
        record.take(event);
        let moved = stages.last().is_none_or(|(_, last)| *last != record.stage);
        if moved {
            stages.push((at, record.stage));
        }
    }
    stages
}
