use std::borrow::Cow;

use crate::Error;

/// One cell of a table of actions: whether something can be done as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<Refusal = &'static str> {
    /// It can be done.
    Do,
    /// It is so already: nothing is recorded.
    IsSo,
    /// It can't be done; a sentence for whoever asked.
    Refused(Refusal),
}

impl<Refusal: Into<Cow<'static, str>>> Decision<Refusal> {
    /// Whether there is something to do.
    ///
    /// # Errors
    /// [`Error::Refused`] with the refusal's words.
    pub fn allowed(self) -> Result<bool, Error> {
        match self {
            Self::Do => Ok(true),
            Self::IsSo => Ok(false),
            Self::Refused(refusal) => Err(Error::refused(refusal)),
        }
    }
}
