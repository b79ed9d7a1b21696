//! The e-mail that brings a prospect the verification link, in the bank's name.

use askama::Template;
use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use crate::Message;

/// Why the link is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkReason {
    /// The verification is to begin.
    First,
    /// Sumsub declined, and the person may try again.
    Retry,
    /// Nothing has happened since the link was mailed.
    Reminder,
    /// The link ends soon.
    Ending,
    /// The link before has ended unused.
    Fresh,
}

/// What the e-mail with the verification link says.
#[derive(Clone, Copy)]
pub struct LinkEmail<'a> {
    /// Where it goes.
    pub to: &'a str,
    /// The bank's name.
    pub bank: &'a str,
    /// The bank's page from which the verification begins.
    pub url: &'a Url,
    /// When the link ends.
    pub ends_at: DateTime<Utc>,
    /// A company has other papers than a person.
    pub company: bool,
    /// Why it is mailed.
    pub reason: LinkReason,
    /// What has to be mended before another try, in words for the applicant.
    pub comment: Option<&'a str>,
    /// Whose mail it is: part of the Message-ID.
    pub mail_id: Uuid,
}

#[derive(Template)]
#[template(path = "link.txt")]
struct Text<'a> {
    bank: &'a str,
    lead: String,
    url: &'a str,
    ends: String,
    have_ready: &'static [&'static str],
    comment: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "link.html")]
struct Html<'a> {
    subject: &'a str,
    mail: &'a Text<'a>,
}

const OF_A_PERSON: &[&str] = &[
    "your passport or identity card, the original and not a copy",
    "a phone or computer with a camera",
    "about ten minutes in a well-lit place",
];

const OF_A_COMPANY: &[&str] = &[
    "the extract of the commercial register, or another proof of registration, not older than three months",
    "the names, birth dates and shares of everyone who owns a quarter of the company or more",
    "passports or identity cards of the owners and of whoever signs for the company",
    "a phone or computer with a camera",
];

/// The e-mail with the verification link: HTML and text, each attempt with a Message-ID of its own.
#[must_use]
pub fn link_email(email: LinkEmail<'_>) -> Message {
    let (subject, lead) = words(email.reason, email.bank);
    let text = Text {
        bank: email.bank,
        lead,
        url: email.url.as_str(),
        ends: email.ends_at.format("%-d %B %Y, %H:%M UTC").to_string(),
        have_ready: if email.company {
            OF_A_COMPANY
        } else {
            OF_A_PERSON
        },
        comment: email
            .comment
            .map(str::trim)
            .filter(|words| !words.is_empty()),
    };
    let html = Html {
        subject: &subject,
        mail: &text,
    };
    let id = format!("verification.{}", email.mail_id);
    Message::new(email.to, &subject, &id, &text, &html)
}

/// The subject, and what the mail begins with.
fn words(reason: LinkReason, bank: &str) -> (String, String) {
    match reason {
        LinkReason::First => (
            format!("{bank}: please verify your identity"),
            format!(
                "{bank} would like to open an account for you. Before that we have to verify who you are."
            ),
        ),
        LinkReason::Retry => (
            format!("{bank}: please try the verification again"),
            "Your verification could not be completed yet. You may try again.".to_owned(),
        ),
        LinkReason::Reminder => (
            format!("{bank}: a reminder to verify your identity"),
            format!(
                "{bank} is waiting for your verification: only then can your account be opened."
            ),
        ),
        LinkReason::Ending => (
            format!("{bank}: your verification link ends soon"),
            "The link that we sent you ends soon, and the verification has not begun yet."
                .to_owned(),
        ),
        LinkReason::Fresh => (
            format!("{bank}: a new link to verify your identity"),
            "The link that we sent you before has ended. Here is a new one.".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(reason: LinkReason, company: bool, comment: Option<&str>) -> Message {
        link_email(LinkEmail {
            to: "ann@example.com",
            bank: "Example Bank",
            url: &"https://portal.bank.example/verify/0123456789abcdef0123456789abcdef"
                .parse()
                .unwrap(),
            ends_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            company,
            reason,
            comment,
            mail_id: Uuid::from_u128(7),
        })
    }

    #[test]
    fn the_first_one() {
        let first = email(LinkReason::First, false, None);
        assert_eq!(first.subject(), "Example Bank: please verify your identity");
        insta::assert_snapshot!("link_text", first.text());
        insta::assert_snapshot!("link_html", first.html());
        insta::assert_snapshot!(
            "link_company_text",
            email(LinkReason::First, true, None).text()
        );
    }

    #[test]
    fn one_to_try_again_says_what_to_mend() {
        let comment = Some("The photo is <blurred>: please take it again.");
        let retry = email(LinkReason::Retry, false, comment);
        insta::assert_snapshot!("link_retry_text", retry.text());
        assert!(
            retry.html().contains("The photo is &#60;blurred&#62;"),
            "{}",
            retry.html()
        );
        assert!(
            !email(LinkReason::Retry, false, Some("  "))
                .text()
                .contains("checked")
        );
    }

    #[test]
    fn what_goes_out_by_itself_says_why() {
        for (reason, words) in [
            (LinkReason::Reminder, "is waiting for your verification"),
            (LinkReason::Ending, "ends soon"),
            (LinkReason::Fresh, "Here is a new one"),
        ] {
            let mail = email(reason, false, None);
            assert!(
                mail.text().contains(words) && mail.html().contains(words),
                "{}",
                mail.text()
            );
        }
    }

    #[test]
    fn each_has_a_message_id_of_its_own_and_debug_tells_nothing() {
        let (one, other) = (
            email(LinkReason::First, false, None),
            email(LinkReason::First, false, None),
        );
        assert!(
            one.id
                .starts_with("verification.00000000-0000-0000-0000-000000000007.")
        );
        assert_ne!(one.id, other.id);
        let shown = format!("{one:?}");
        assert!(
            !shown.contains("ann@") && !shown.contains("0123456789"),
            "{shown}"
        );
    }
}
