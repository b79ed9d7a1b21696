use std::{error::Error, fmt};

use lettre::message::header::{Header, HeaderName, HeaderValue};

/// An e-mail ready to be sent, as HTML and as text.
#[derive(Clone)]
pub struct Message {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The Message-ID up to the `@`; the sender's host follows it.
    pub(crate) id: String,
}

impl Message {
    /// The recipient's address.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The text body. It may hold a password: never log it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The HTML body. It may hold a password: never log it.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }
}

// Neither the recipient nor what the mail says gets into a log through `{:?}`.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Tells vacation responders and the like not to answer (RFC 3834).
#[derive(Clone)]
pub(crate) struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
