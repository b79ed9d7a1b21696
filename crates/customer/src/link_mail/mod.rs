//! E-mails with the verification link: who is to get one, which, and when. That they are sent, with attempts and errors, is a step of
//! `provisioning`; this says what there is to send (table `link_mails`).
//!
//! Begin with `schedule.rs`: which mail is due when, as a pure function.

mod rows;
mod schedule;

use access::Subject;
use chrono::{DateTime, Utc};
use kernel::vocabulary;
use uuid::Uuid;

pub(crate) use rows::{
    Requested, erase, newest, of_token, opened, pending, prepare, request, sent, withdraw,
};
pub use schedule::{DueMail, LinkStory, SentMail, next_mail};

/// Who asks for what goes out by the schedule.
pub(crate) const BY_ITSELF: Subject = Subject::system("reminders");

vocabulary! {
    /// Why the verification link is mailed.
    LinkMailKind {
        First => "Verification link",
        Retry => "Link to try again",
        Moved => "Verification link, to the new address",
        Reminder => "Reminder",
        Ending => "Reminder before the link ends",
        Fresh => "Fresh link",
    }
}

impl LinkMailKind {
    /// Whether nobody asked for it: it goes out by the schedule.
    #[must_use]
    pub fn is_by_itself(self) -> bool {
        matches!(self, Self::Reminder | Self::Ending | Self::Fresh)
    }
}

/// A mail that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMail {
    /// Its own id.
    pub id: Uuid,
    /// Why it is mailed.
    pub kind: LinkMailKind,
    /// Who asked for it, as the audit log names subjects.
    pub requested_by: String,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Where it went; none before it was tried first, and once it is erased.
    pub address: Option<String>,
    /// When the mail server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When somebody began the verification from it first.
    pub opened_at: Option<DateTime<Utc>>,
}

/// A mail that is about to be sent.
#[derive(Clone)]
pub struct PreparedLinkMail {
    /// The mail's id.
    pub id: Uuid,
    /// Why it is mailed.
    pub kind: LinkMailKind,
    /// What the address in the mail is known by: 128 random bits, of which we keep a digest only.
    pub token: String,
    /// When the link ends.
    pub ends_at: DateTime<Utc>,
    /// What Sumsub lets the applicant read of the newest RED, while the prospect is declined.
    pub moderation_comment: Option<String>,
}

/// Where the address in a mail leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkDoor {
    /// To the verification at Sumsub.
    Open {
        /// The verification link.
        url: String,
        /// When it ends.
        ends_at: DateTime<Utc>,
    },
    /// The link has ended, or there is none just now.
    Ended,
    /// The mail went to an address that is no longer the prospect's.
    Replaced,
    /// There is nothing to verify (any more).
    NothingToVerify,
}
