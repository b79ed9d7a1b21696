//! E-mails: what they say, how they get to a mail server, and the mailbox that catches them in `usher dev`.

mod config;
mod delivery;
mod email_changed;
mod error;
mod hello;
mod link;
pub mod mailbox;
mod mailer;
mod message;
mod operator_password;
mod reply;
mod welcome;

pub use config::{ConfigError, SmtpConfig, Tls, UnknownTls};
pub use email_changed::{EmailChanged, email_changed};
pub use error::MailError;
pub use link::{LinkEmail, LinkReason, link_email};
pub use mailer::{ExamineError, Mailer, Sent};
pub use message::Message;
pub use operator_password::{OperatorPassword, operator_password};
pub use welcome::{WelcomeEmail, welcome_email};
