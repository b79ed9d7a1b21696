//! How long somebody stands at a stage, to filter by.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

/// So long somebody stands at a stage, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InStage(u16);

impl InStage {
    /// Those that are offered, in days.
    pub const ALL: [Self; 5] = [Self(1), Self(3), Self(7), Self(14), Self(30)];

    /// As addresses name it.
    pub fn name(self) -> String {
        format!("{}d", self.0)
    }

    /// As people read it.
    pub fn words(self) -> String {
        match self.0 {
            1 => "1 day or longer".to_owned(),
            days => format!("{days} days or longer"),
        }
    }

    /// Since when somebody stands there, at the latest.
    pub fn since(self) -> DateTime<Utc> {
        clock::now() - TimeDelta::days(self.0.into())
    }
}

impl FromStr for InStage {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|days| days.name() == name).ok_or(())
    }
}
