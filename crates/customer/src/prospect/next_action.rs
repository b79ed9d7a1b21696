//! What has to happen next with a prospect, in words: the one place where they stand. Pages and programs read them here.

use chrono::{DateTime, Utc};

use super::{Prospect, attempts::Retry};
use crate::{
    primitives::{ProspectStatus, Stage},
    raised::RaisedItem,
};

/// What the next action depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextActionFacts {
    /// Where the prospect stands.
    pub stage: Stage,
    /// How the newest verification link stands.
    pub link: LinkStanding,
    /// Whether the newest RED lets the person try again.
    pub retry: Retry,
}

/// How the newest verification link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStanding {
    /// None was made, or the one that was is void.
    NotMade,
    /// It can be used.
    Open,
    /// It can be used, and is older than the newest RED.
    OpenFromBefore,
    /// It has ended.
    Ended,
}

impl LinkStanding {
    /// Whether somebody could still use it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, LinkStanding::Open | LinkStanding::OpenFromBefore)
    }
}

impl Prospect {
    /// What has to happen next, as of `now`. `raised`: what is raised about it and not resolved, the oldest first; somebody
    /// looks at that before anything else.
    #[must_use]
    pub fn next_action(&self, raised: &[RaisedItem], now: DateTime<Utc>) -> String {
        let facts = self.next_action_facts(now);
        match raised.first() {
            Some(item) if facts.stage.status() == ProspectStatus::Open => {
                first_look_at(&item.cause, raised.len() - 1)
            }
            _ => next_action_words(facts).to_owned(),
        }
    }

    /// What that depends on.
    #[must_use]
    pub fn next_action_facts(&self, now: DateTime<Utc>) -> NextActionFacts {
        NextActionFacts {
            stage: self.kyc.stage,
            link: self.link_standing(now),
            retry: self.retry(),
        }
    }

    /// Whether the newest RED lets the person try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        let rejection = self.kyc.rejection.as_ref();
        Retry::from_reject_type(rejection.and_then(|rejection| rejection.reject_type.as_deref()))
    }

    /// How its newest verification link stands, as of `now`.
    #[must_use]
    pub fn link_standing(&self, now: DateTime<Utc>) -> LinkStanding {
        let Some(link) = &self.kyc.link else {
            return LinkStanding::NotMade;
        };
        let newest_red = self.attempts().into_iter().next();
        match newest_red {
            _ if link.expires_at <= now => LinkStanding::Ended,
            Some(red) if red.recorded_at > link.created_at => LinkStanding::OpenFromBefore,
            _ => LinkStanding::Open,
        }
    }
}

/// What Sumsub said beside the stages (another level, a deactivated applicant, a RED that fits only in part): waiting would be
/// in vain.
fn first_look_at(cause: &str, others: usize) -> String {
    let others = match others {
        0 => String::new(),
        1 => " (and one more)".to_owned(),
        more => format!(" (and {more} more)"),
    };
    format!(
        "A person has to look: {cause}{others}. See “Needs a person” below, act on it and resolve it."
    )
}

/// The table: stage, link and rejection lead to what has to be done.
#[rustfmt::skip]
fn next_action_words(facts: NextActionFacts) -> &'static str {
    use LinkStanding::{Ended, NotMade, Open, OpenFromBefore};
    match (facts.stage, facts.link, facts.retry) {
        (Stage::New, NotMade, _) =>
            "Generate the verification link and send it to the prospect.",
        (Stage::New, Open | OpenFromBefore, _) =>
            "Send the verification link to the prospect, then wait: the verification has not begun yet.",
        (Stage::New, Ended, _) =>
            "The verification link has ended unused: generate a new one and send it to the prospect.",

        (Stage::KycStarted, Ended, _) =>
            "The verification link has ended before the prospect was through: generate a new one and send it.",
        (Stage::KycStarted, _, _) =>
            "Wait for Sumsub: the prospect is filling in the verification.",
        (Stage::KycPending, _, _) =>
            "Wait for the final decision: Sumsub is reviewing the documents.",
        (Stage::KycOnHold, _, _) =>
            "Review the applicant in Sumsub's dashboard: a person has to look.",

        (Stage::KycDeclined, _, Retry::Final) =>
            "Sumsub declined for good (FINAL): read why, then close the prospect. Only a reset in Sumsub's dashboard would allow another attempt.",
        (Stage::KycDeclined, _, Retry::NotSaid) =>
            "Sumsub declined and did not say whether that is final: look at the applicant in Sumsub's dashboard, then generate a new link or close the prospect.",
        (Stage::KycDeclined, NotMade, Retry::Allowed) =>
            "Review the rejection; then generate a verification link so that the prospect can try again, or close the prospect.",
        (Stage::KycDeclined, Ended, Retry::Allowed) =>
            "Review the rejection; the verification link has ended: generate a new one so that the prospect can try again, or close the prospect.",
        (Stage::KycDeclined, OpenFromBefore, Retry::Allowed) =>
            "Review the rejection; then let the prospect try again with the link below, which is still open, or with a new one, or close the prospect.",
        (Stage::KycDeclined, Open, Retry::Allowed) =>
            "Send the new verification link to the prospect, who may try again.",

        (Stage::Converted, _, _) =>
            "Nothing to do here: the prospect is a customer, provisioning runs by itself.",
        (Stage::Closed, _, _) => "No further action.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKS: [LinkStanding; 4] = [
        LinkStanding::NotMade,
        LinkStanding::Open,
        LinkStanding::OpenFromBefore,
        LinkStanding::Ended,
    ];

    fn action_for(stage: Stage, link: LinkStanding, retry: Retry) -> &'static str {
        next_action_words(NextActionFacts { stage, link, retry })
    }

    #[test]
    fn a_final_rejection_never_says_try_again() {
        for link in LINKS {
            let words = action_for(Stage::KycDeclined, link, Retry::Final);
            assert!(
                !words.contains("try again") && !words.contains("enerate"),
                "{words}"
            );
            let retry = action_for(Stage::KycDeclined, link, Retry::Allowed);
            assert!(retry.contains("try again"), "{retry}");
            assert_ne!(words, retry);
            assert_ne!(retry, action_for(Stage::KycDeclined, link, Retry::NotSaid));
        }
    }

    #[test]
    fn what_is_raised_comes_first_and_is_said_in_its_words() {
        let one = first_look_at("a GREEN for the level “a”, while “b” is expected", 0);
        assert!(one.contains("“a”, while “b” is expected. See"), "{one}");
        assert!(first_look_at("it", 2).contains("it (and 2 more)"));
    }

    #[test]
    fn a_link_that_is_there_is_sent_and_not_generated() {
        for (stage, retry) in [
            (Stage::New, Retry::NotSaid),
            (Stage::KycStarted, Retry::NotSaid),
            (Stage::KycDeclined, Retry::Allowed),
        ] {
            let open = action_for(stage, LinkStanding::Open, retry);
            assert!(!open.contains("enerate"), "{open}");
            let ended = action_for(stage, LinkStanding::Ended, retry);
            assert!(
                ended.contains("has ended") && ended.contains("generate a new one"),
                "{ended}"
            );
        }
        let none = action_for(Stage::New, LinkStanding::NotMade, Retry::NotSaid);
        assert!(none.starts_with("Generate the verification link"), "{none}");
    }
}
