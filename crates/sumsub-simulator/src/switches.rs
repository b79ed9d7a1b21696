use serde::{Deserialize, Serialize};

/// How webhooks go wrong. A switch works on the events that come after it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Switches {
    /// Each webhook goes out twice.
    pub twice: bool,
    /// Each webhook waits so many seconds first, at most 3600.
    pub late_seconds: i32,
    /// Webhooks of one applicant wait for company, then the newest goes first.
    pub shuffled: bool,
    /// No webhook goes out; it can be sent by hand.
    pub dropped: bool,
    /// `sandboxMode` is true.
    pub sandbox: bool,
    /// Signed with another key. Sending again by hand signs rightly.
    pub wrong_signature: bool,
}

impl Switches {
    /// The longest delay in seconds.
    pub(crate) const LATEST: i32 = 3600;

    /// Whether the delay is one that can be kept.
    pub(crate) fn is_valid(self) -> bool {
        (0..=Self::LATEST).contains(&self.late_seconds)
    }
}
