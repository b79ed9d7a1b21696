use chrono::{DateTime, Utc};

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What happened, in words.
    pub what: String,
    /// Who did it, as the audit log names subjects; `None` when a callback or Usher itself did.
    pub by: Option<String>,
    /// Whom it was done for, as the audit log names subjects; told behind the words.
    pub to: Option<String>,
    /// The callback that caused it.
    pub callback: Option<i64>,
    /// Sumsub's own word for what it answered, for example `RED`.
    pub answer: Option<&'static str>,
}

impl HistoryEntry {
    /// So it is said, so far by nobody.
    #[must_use]
    pub fn new(at: DateTime<Utc>, what: impl Into<String>) -> Self {
        HistoryEntry {
            at,
            what: what.into(),
            by: None,
            to: None,
            callback: None,
            answer: None,
        }
    }

    /// Done by this one, as the audit log names subjects.
    #[must_use]
    pub fn by(mut self, who: &str) -> Self {
        self.by = Some(who.to_owned());
        self
    }

    /// Done for this one, as the audit log names subjects.
    #[must_use]
    pub fn to(mut self, whom: &str) -> Self {
        self.to = Some(whom.to_owned());
        self
    }

    /// What happened, in words, with the name of whom it was done for.
    pub fn told(&self, name: impl Fn(&str) -> String) -> String {
        match &self.to {
            Some(to) => format!("{} to {}", self.what, name(to)),
            None => self.what.clone(),
        }
    }

    /// Caused by this callback, as the callback log counts them.
    #[must_use]
    pub fn callback(mut self, callback: i64) -> Self {
        self.callback = Some(callback);
        self
    }
}

/// One event of a history, for programs.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// Counted from 1.
    pub sequence: usize,
    /// The event's name, for example `link_created`.
    pub event_type: String,
    /// What the event stream holds: no personal data and no typed reasons, which stand outside of it.
    pub payload: serde_json::Value,
    /// What the audit log calls the act that made it, and what it was done to; none for what no person did.
    pub act: Option<AuditedAct>,
    /// The same in words.
    pub words: HistoryEntry,
}

/// An act as the audit log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedAct {
    /// For example `prospect.close`.
    pub action: &'static str,
    /// For example `prospect:<uuid>`.
    pub object: String,
}
