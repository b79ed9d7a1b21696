//! The e-mail that brings an operator of the bank a password for one time.

use std::time::Duration;

use askama::Template;
use url::Url;
use uuid::Uuid;

use crate::{Message, message::span_in_words};

const ADDED: &str = "Your login for the panel";
const RESET: &str = "Your password for the panel was reset";

/// The e-mail that brings an operator of the bank a password for one time.
#[derive(Clone, Copy)]
pub struct OperatorPassword<'a> {
    /// Where it goes, and what the operator signs in with.
    pub to: &'a str,
    /// Where operators sign in.
    pub panel_url: &'a Url,
    /// Good for one sign-in, at which the operator chooses another.
    pub temporary_password: &'a str,
    /// How long that stays so.
    pub valid_for: Duration,
    /// Whether it takes the place of another password.
    pub again: bool,
    /// Whose mail it is: part of the Message-ID.
    pub operator_id: Uuid,
}

#[derive(Template)]
#[template(path = "operator_password.txt")]
struct Text<'a> {
    panel_url: &'a str,
    login: &'a str,
    temporary_password: &'a str,
    valid_for: &'a str,
    again: bool,
}

#[derive(Template)]
#[template(path = "operator_password.html")]
struct Html<'a> {
    subject: &'a str,
    mail: &'a Text<'a>,
}

/// The e-mail that brings an operator a password, as HTML and as text.
#[must_use]
pub fn operator_password(email: OperatorPassword<'_>) -> Message {
    let subject = if email.again { RESET } else { ADDED };
    let text = Text {
        panel_url: email.panel_url.as_str(),
        login: email.to,
        temporary_password: email.temporary_password,
        valid_for: &span_in_words(email.valid_for),
        again: email.again,
    };
    let html = Html {
        subject,
        mail: &text,
    };
    let id = format!("operator-password.{}", email.operator_id);
    Message::new(email.to, subject, &id, &text, &html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(again: bool) -> Message {
        operator_password(OperatorPassword {
            to: "ann@bank.example",
            panel_url: &"https://panel.bank.example/".parse().unwrap(),
            temporary_password: "k7wqm-p3xzt-v9bnd-4hjrf",
            valid_for: Duration::from_secs(7 * 24 * 60 * 60),
            again,
            operator_id: Uuid::from_u128(7),
        })
    }

    #[test]
    fn it_brings_the_password_and_says_that_it_is_for_one_time() {
        insta::assert_snapshot!("operator_added_text", email(false).text());
        insta::assert_snapshot!("operator_reset_text", email(true).text());
        for (again, subject) in [(false, ADDED), (true, RESET)] {
            let email = email(again);
            assert_eq!(email.subject(), subject);
            for part in [
                "ann@bank.example",
                "k7wqm-p3xzt-v9bnd-4hjrf",
                "7 days",
                "https://panel.bank.example/",
            ] {
                assert!(
                    email.html().contains(part) && email.text().contains(part),
                    "{part}"
                );
            }
        }
    }

    #[test]
    fn debug_tells_neither_the_password_nor_the_recipient() {
        let shown = format!("{:?}", email(false));
        assert!(
            !shown.contains("k7wqm") && !shown.contains("ann@"),
            "{shown}"
        );
    }
}
