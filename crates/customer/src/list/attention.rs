//! What waits for somebody, beyond the stage.

/// What a prospect waits for a person for, beyond its stage ([`crate::worklist`] counts them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Attention {
    /// Declined, and Sumsub lets the person try again.
    DeclinedWithRetry,
    /// The link ended before the person was through.
    LinkEnded,
    /// Sumsub could not be asked: it did not answer, or refused; also customers, who have been prospects.
    Unanswered,
}

impl Attention {
    /// All of them, in the order in which a filter offers them.
    pub const ALL: [Self; 3] = [Self::DeclinedWithRetry, Self::LinkEnded, Self::Unanswered];

    /// The name in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
