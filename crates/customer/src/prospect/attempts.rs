//! The times that Sumsub declined somebody: a newer answer replaces none of the older ones.

use chrono::{DateTime, Utc};

use super::{Prospect, ProspectEvent};
use crate::{
    kyc::{Rejection, Status},
    primitives::CallbackId,
};

/// Whether somebody who was declined may try again, by Sumsub's `reviewRejectType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Sumsub said `RETRY`.
    Allowed,
    /// Sumsub said `FINAL`.
    Final,
    /// Sumsub said neither of the two.
    NotSaid,
}

impl Retry {
    /// What this reject type says.
    #[must_use]
    pub fn from_reject_type(reject_type: Option<&str>) -> Self {
        match reject_type.map(str::trim) {
            Some(kind) if kind.eq_ignore_ascii_case("FINAL") => Retry::Final,
            Some(kind) if kind.eq_ignore_ascii_case("RETRY") => Retry::Allowed,
            _ => Retry::NotSaid,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Retry::Allowed => "May try again",
            Retry::Final => "Final",
            Retry::NotSaid => "Not said whether final",
        }
    }
}

/// One time that Sumsub declined (RED).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When Sumsub declined, by its clock; when it was recorded, where it didn't say.
    pub at: DateTime<Utc>,
    /// When it was recorded here.
    pub recorded_at: DateTime<Utc>,
    /// The callback that told it.
    pub callback: CallbackId,
    /// Why; without comments once they were erased.
    pub rejection: Rejection,
}

impl Prospect {
    /// Every RED that counted, newest first.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        let mut attempts: Vec<Attempt> = self
            .history()
            .filter_map(|(recorded_at, event)| attempt(recorded_at, event))
            .collect();
        attempts.reverse();
        if self.is_erased() {
            for attempt in &mut attempts {
                attempt.rejection.moderation_comment = None;
                attempt.rejection.client_comment = None;
            }
        }
        attempts
    }
}

fn attempt(recorded_at: DateTime<Utc>, event: &ProspectEvent) -> Option<Attempt> {
    let ProspectEvent::CallbackAccepted {
        callback,
        status: Status::Red,
        at,
        labels,
        reject_type,
        moderation_comment,
        client_comment,
        ..
    } = event
    else {
        return None;
    };
    Some(Attempt {
        at: at.unwrap_or(recorded_at),
        recorded_at,
        callback: *callback,
        rejection: Rejection {
            labels: labels.clone(),
            reject_type: reject_type.clone(),
            moderation_comment: moderation_comment.value().map(|value| value.clone()),
            client_comment: client_comment.value().map(|value| value.clone()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sumsub_does_not_say_is_not_taken_for_a_retry() {
        assert_eq!(Retry::from_reject_type(Some("FINAL")), Retry::Final);
        assert_eq!(Retry::from_reject_type(Some(" final ")), Retry::Final);
        assert_eq!(Retry::from_reject_type(Some("RETRY")), Retry::Allowed);
        assert_eq!(Retry::from_reject_type(Some("LATER")), Retry::NotSaid);
        assert_eq!(Retry::from_reject_type(None), Retry::NotSaid);
    }
}
