//! The e-mail that brings a new customer the login.

use std::time::Duration;

use askama::Template;
use url::Url;
use uuid::Uuid;

use crate::{Message, message::span_in_words};

const SUBJECT: &str = "Your login for the customer portal";

/// What the welcome e-mail says.
#[derive(Clone, Copy)]
pub struct WelcomeEmail<'a> {
    /// Where it goes.
    pub to: &'a str,
    /// Where the customer signs in.
    pub portal_url: &'a Url,
    /// What the customer signs in with.
    pub login: &'a str,
    /// Good for one sign-in, at which the customer chooses another.
    pub temporary_password: &'a str,
    /// How long that stays so.
    pub valid_for: Duration,
    /// Counted from 1; from 2 on the mail says that only the newest one counts.
    pub attempt: u32,
    /// Whose mail it is: part of the Message-ID.
    pub customer_id: Uuid,
}

#[derive(Template)]
#[template(path = "welcome.txt")]
struct Text<'a> {
    portal_url: &'a str,
    login: &'a str,
    temporary_password: &'a str,
    valid_for: &'a str,
    again: bool,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Html<'a> {
    subject: &'a str,
    mail: &'a Text<'a>,
}

/// The e-mail that brings a new customer the login: HTML and text, each attempt with a Message-ID of its own.
#[must_use]
pub fn welcome_email(email: WelcomeEmail<'_>) -> Message {
    let text = Text {
        portal_url: email.portal_url.as_str(),
        login: email.login,
        temporary_password: email.temporary_password,
        valid_for: &span_in_words(email.valid_for),
        again: email.attempt > 1,
    };
    let html = Html {
        subject: SUBJECT,
        mail: &text,
    };
    let id = format!("welcome.{}.{}", email.customer_id, email.attempt);
    Message::new(email.to, SUBJECT, &id, &text, &html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(login: &str, attempt: u32) -> Message {
        welcome_email(WelcomeEmail {
            to: "ann@example.com",
            portal_url: &"https://portal.bank.example/".parse().unwrap(),
            login,
            temporary_password: "7K3M-9QTR-0V2X-B8CD-5EFG-HJ1N-PW4Y",
            valid_for: Duration::from_secs(7 * 24 * 60 * 60),
            attempt,
            customer_id: Uuid::from_u128(7),
        })
    }

    #[test]
    fn the_first_one() {
        let first = email("ann@example.com", 1);
        insta::assert_snapshot!("welcome_text", first.text());
        insta::assert_snapshot!("welcome_html", first.html());
    }

    #[test]
    fn a_later_one_says_that_only_the_newest_counts() {
        assert!(!email("ann@example.com", 1).text().contains("newest"));
        let second = email("ann@example.com", 2);
        insta::assert_snapshot!("welcome_again_text", second.text());
        assert!(second.html().contains("newest"));
    }

    #[test]
    fn each_has_a_message_id_of_its_own() {
        let (first, second, repeat) = (email("a@b.c", 1), email("a@b.c", 2), email("a@b.c", 1));
        assert!(
            first
                .id
                .starts_with("welcome.00000000-0000-0000-0000-000000000007.1.")
        );
        assert!(
            second
                .id
                .starts_with("welcome.00000000-0000-0000-0000-000000000007.2.")
        );
        assert_ne!(first.id, repeat.id);
    }

    #[test]
    fn what_is_in_a_login_stays_text() {
        let nasty = r#""<b>x</b>&"@example.com"#;
        let html = email(nasty, 1).html().to_owned();
        assert!(!html.contains("<b>x"));
        assert!(html.contains("&#60;b&#62;x"), "{html}");
        assert!(email(nasty, 1).text().contains(nasty));
    }

    #[test]
    fn debug_tells_neither_the_password_nor_the_recipient() {
        let shown = format!("{:?}", email("ann@example.com", 1));
        assert!(
            !shown.contains("7K3M") && !shown.contains("ann@"),
            "{shown}"
        );
    }
}
