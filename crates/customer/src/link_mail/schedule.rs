//! **Which mail is due when**: what goes out by itself after the verification link was mailed (`docs/RULES.md`, *The verification
//! link by e-mail*), as a pure function.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::LinkMailKind;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mail with the link that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentMail {
    /// Why it was sent.
    pub kind: LinkMailKind,
    /// When it was sent.
    pub at: DateTime<Utc>,
}

/// What has become of the newest link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStory {
    /// When the link ends.
    pub ends_at: DateTime<Utc>,
    /// Nobody asked for it: it took the place of one that had ended unused.
    pub by_itself: bool,
    /// The mails that led to it, the oldest first.
    pub mails: Vec<SentMail>,
    /// When something happened last: a callback, another address, an end. That somebody opened the link doesn't count.
    pub happened_at: Option<DateTime<Utc>>,
}

/// A mail that is due, now or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueMail {
    /// Which mail is due.
    pub kind: LinkMailKind,
    /// From when on.
    pub at: DateTime<Utc>,
}

/// What goes out next by itself, and from when on; nothing when the prospect is left alone. `reminders` is how long after the link was
/// mailed; with none of them nothing goes out by itself.
#[must_use]
pub fn next_mail(reminders: &[Duration], story: &LinkStory, now: DateTime<Utc>) -> Option<DueMail> {
    let began = story.began()?;
    if reminders.is_empty() || story.happened_at.is_some_and(|at| at >= began) {
        return None;
    }
    // What came later than planned stands for all that was planned before it.
    let passed = story.mails.last().map_or(began, |mail| mail.at);
    let mut due = None;
    for planned in plan(reminders, story, began) {
        if planned.at > passed && (due.is_none() || planned.at <= now) {
            due = Some(planned);
        }
    }
    due
}

/// All that goes out by itself when nothing happens, in the order of time.
fn plan(reminders: &[Duration], story: &LinkStory, began: DateTime<Utc>) -> Vec<DueMail> {
    let lives = (story.ends_at - began).max(TimeDelta::zero());
    let ending = story.ends_at - (lives / 4).min(delta(DAY));
    let mut plan: Vec<DueMail> = reminders
        .iter()
        .map(|after| began.checked_add_signed(delta(*after)))
        .map(|at| at.unwrap_or(DateTime::<Utc>::MAX_UTC))
        // Whoever has got a link that nobody asked for is left in peace; and the last word is that it ends.
        .filter(|at| !story.by_itself && *at < ending)
        .map(|at| DueMail {
            kind: LinkMailKind::Reminder,
            at,
        })
        .collect();
    plan.sort_by_key(|mail| mail.at);
    plan.push(DueMail {
        kind: LinkMailKind::Ending,
        at: ending,
    });
    if !story.by_itself {
        plan.push(DueMail {
            kind: LinkMailKind::Fresh,
            at: story.ends_at,
        });
    }
    plan
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl LinkStory {
    /// When the newest mail went out that the others remind of.
    fn began(&self) -> Option<DateTime<Utc>> {
        let begins =
            |mail: &&SentMail| !matches!(mail.kind, LinkMailKind::Reminder | LinkMailKind::Ending);
        self.mails.iter().rev().find(begins).map(|mail| mail.at)
    }
}

#[cfg(test)]
mod tests;
