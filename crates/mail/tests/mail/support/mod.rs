//! What the tests of sending and of the mailbox share.

pub mod server;

use std::time::Duration;

use mail::{Message, WelcomeEmail, welcome_email};
use uuid::Uuid;

/// A welcome e-mail to this address.
pub fn welcome(to: &str) -> Message {
    welcome_email(WelcomeEmail {
        to,
        portal_url: &"http://127.0.0.1:7601/".parse().unwrap(),
        login: to,
        temporary_password: "7K3M-9QTR-0V2X-B8CD-5EFG-HJ1N-PW4Y",
        valid_for: Duration::from_secs(7 * 24 * 60 * 60),
        attempt: 1,
        customer_id: Uuid::from_u128(7),
    })
}
