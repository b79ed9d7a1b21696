//! The notice that a customer's e-mail was changed.

use askama::Template;
use url::Url;
use uuid::Uuid;

use crate::Message;

const SUBJECT: &str = "Your e-mail address was changed";

/// The notice that a customer signs in with another address now. It goes to both, and names neither: whoever reads
/// the mail of the old one need not learn the new one.
#[derive(Clone, Copy)]
pub struct EmailChanged<'a> {
    /// Where it goes.
    pub to: &'a str,
    /// Where the customer signs in.
    pub portal_url: &'a Url,
    /// Whose mail it is: part of the Message-ID.
    pub customer_id: Uuid,
}

#[derive(Template)]
#[template(path = "email_changed.txt")]
struct Text<'a> {
    portal_url: &'a str,
}

#[derive(Template)]
#[template(path = "email_changed.html")]
struct Html<'a> {
    subject: &'a str,
    mail: &'a Text<'a>,
}

/// The notice, as HTML and as text.
#[must_use]
pub fn email_changed(email: EmailChanged<'_>) -> Message {
    let text = Text {
        portal_url: email.portal_url.as_str(),
    };
    let html = Html {
        subject: SUBJECT,
        mail: &text,
    };
    let id = format!("email-changed.{}", email.customer_id);
    Message::new(email.to, SUBJECT, &id, &text, &html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Message {
        email_changed(EmailChanged {
            to: "ann@example.com",
            portal_url: &"https://portal.bank.example/".parse().unwrap(),
            customer_id: Uuid::from_u128(7),
        })
    }

    #[test]
    fn it_says_what_happened_and_what_to_do() {
        insta::assert_snapshot!("email_changed_text", notice().text());
        insta::assert_snapshot!("email_changed_html", notice().html());
    }

    #[test]
    fn it_names_no_address() {
        let notice = notice();
        assert!(!notice.text().contains("ann@") && !notice.html().contains("ann@"));
        assert!(
            notice
                .id
                .starts_with("email-changed.00000000-0000-0000-0000-000000000007.")
        );
    }
}
