use proptest::prelude::*;

use super::*;
use LinkMailKind::{Ending, First, Fresh, Reminder};

const HOUR: i64 = 60 * 60;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + hours * HOUR, 0).unwrap()
}

fn days(days: &[u64]) -> Vec<Duration> {
    days.iter()
        .map(|days| DAY * u32::try_from(*days).unwrap())
        .collect()
}

fn story(mails: &[(LinkMailKind, i64)], ends: i64) -> LinkStory {
    LinkStory {
        ends_at: at(ends),
        by_itself: false,
        mails: mails
            .iter()
            .map(|(kind, hours)| SentMail {
                kind: *kind,
                at: at(*hours),
            })
            .collect(),
        happened_at: None,
    }
}

fn due(kind: LinkMailKind, hours: i64) -> Option<DueMail> {
    Some(DueMail {
        kind,
        at: at(hours),
    })
}

#[test]
fn reminders_then_one_before_the_end_then_a_fresh_link() {
    let plan = days(&[2, 5]);
    let week = 7 * 24;
    let mut mails = vec![(First, 0)];
    let next = |mails: &[_], now| next_mail(&plan, &story(mails, week), at(now));
    assert_eq!(next(&mails, 0), due(Reminder, 48));
    assert_eq!(next(&mails, 49), due(Reminder, 48));
    mails.push((Reminder, 48));
    assert_eq!(next(&mails, 48), due(Reminder, 120));
    mails.push((Reminder, 120));
    assert_eq!(next(&mails, 120), due(Ending, 144));
    mails.push((Ending, 144));
    assert_eq!(next(&mails, 144), due(Fresh, week));
}

#[test]
fn a_link_that_nobody_asked_for_is_followed_by_one_mail_at_most() {
    let plan = days(&[2, 5]);
    let fresh = LinkStory {
        by_itself: true,
        ..story(&[(Fresh, 0)], 168)
    };
    assert_eq!(next_mail(&plan, &fresh, at(0)), due(Ending, 144));
    let told = LinkStory {
        by_itself: true,
        ..story(&[(Fresh, 0), (Ending, 144)], 168)
    };
    assert_eq!(next_mail(&plan, &told, at(500)), None);
}

#[test]
fn whatever_happens_ends_it_and_a_new_mail_by_hand_begins_anew() {
    let plan = days(&[2]);
    let happened = LinkStory {
        happened_at: Some(at(5)),
        ..story(&[(First, 0)], 168)
    };
    assert_eq!(next_mail(&plan, &happened, at(0)), None);
    let again = LinkStory {
        happened_at: Some(at(5)),
        ..story(&[(First, 0), (First, 6)], 168)
    };
    assert_eq!(next_mail(&plan, &again, at(7)), due(Reminder, 54));
    assert_eq!(
        next_mail(&plan, &story(&[], 168), at(7)),
        None,
        "nothing was mailed"
    );
    assert_eq!(
        next_mail(&[], &story(&[(First, 0)], 168), at(7)),
        None,
        "switched off"
    );
}

#[test]
fn a_link_that_lives_shortly_has_one_mail_in_its_last_quarter() {
    let plan = days(&[2, 5]);
    assert_eq!(
        next_mail(&plan, &story(&[(First, 0)], 8), at(0)),
        due(Ending, 6)
    );
    // Nobody was there for days: what is due last goes out, once.
    assert_eq!(
        next_mail(&plan, &story(&[(First, 0)], 8), at(90)),
        due(Fresh, 8)
    );
    assert_eq!(
        next_mail(&plan, &story(&[(First, 0)], 168), at(130)),
        due(Reminder, 120)
    );
}

proptest! {
    /// Whatever the plan and however late the mails go out: each link is followed by a bounded number of them, each later than the one
    /// before, and at last by none.
    #[test]
    fn it_comes_to_an_end(
        plan in prop::collection::vec(1u64..40, 1..5),
        lives in 1i64..400,
        late in prop::collection::vec(0i64..60, 12),
        by_itself: bool,
    ) {
        let reminders: Vec<Duration> = plan.iter().map(|hours| Duration::from_secs(hours * 3600)).collect();
        let mut story = LinkStory { by_itself, ..story(&[(First, 0)], lives) };
        let mut sent = Vec::new();
        for late in late {
            let Some(due) = next_mail(&reminders, &story, story.mails.last().unwrap().at) else { break };
            prop_assert!(due.at > story.mails.last().unwrap().at);
            let now = due.at + TimeDelta::hours(late);
            let due = next_mail(&reminders, &story, now).unwrap();
            prop_assert!(due.at <= now);
            sent.push(due.kind);
            if due.kind == Fresh {
                break;
            }
            story.mails.push(SentMail { kind: due.kind, at: now });
        }
        prop_assert!(sent.len() <= reminders.len() + 2);
        prop_assert!(sent.iter().filter(|kind| **kind == Ending).count() <= 1);
        if by_itself {
            prop_assert!(sent.iter().all(|kind| *kind == Ending));
        } else {
            prop_assert_eq!(sent.last(), Some(&Fresh));
        }
    }

    /// What was done before the link was mailed says nothing of it; what comes after it ends it at once.
    #[test]
    fn only_what_comes_later_counts(hours in -500i64..500) {
        let story = LinkStory { happened_at: Some(at(hours)), ..story(&[(First, 0)], 168) };
        prop_assert_eq!(next_mail(&days(&[2]), &story, at(0)).is_some(), hours < 0);
    }
}
