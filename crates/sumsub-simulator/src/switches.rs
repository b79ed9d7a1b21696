use serde::{Deserialize, Serialize};
use sumsub::webhook::Algorithm;

/// How webhooks and REST calls go wrong. A switch works on what happens after it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How webhooks are signed.
    pub algorithm: SignedWith,
    /// How REST calls fail.
    pub rest_failure: RestFailure,
    /// How many REST calls still fail, at most 1000; 0: every one, until it is switched off.
    pub rest_calls: i32,
    /// What a 429 asks for in `Retry-After`, at most 3600.
    pub retry_after_seconds: i32,
}

/// How webhooks are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignedWith {
    /// `HMAC_SHA256_HEX`, Sumsub's default.
    #[default]
    #[serde(rename = "HMAC_SHA256_HEX")]
    Sha256,
    /// `HMAC_SHA512_HEX`, the longest.
    #[serde(rename = "HMAC_SHA512_HEX")]
    Sha512,
    /// `HMAC_SHA1_HEX`, the legacy one.
    #[serde(rename = "HMAC_SHA1_HEX")]
    Sha1,
}

/// How a REST call fails, after its signature was found right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RestFailure {
    /// No trouble: calls are answered as they should be.
    #[default]
    None,
    /// 429 with `Retry-After`; nothing was done.
    TooMany,
    /// 500; nothing was done.
    Error,
    /// 504, as a gateway says it that waited in vain; nothing was done.
    Timeout,
    /// No answer for a minute, then 504; nothing was done.
    Hang,
    /// It was done, but the answer's JSON ends in the middle.
    Half,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            twice: false,
            late_seconds: 0,
            shuffled: false,
            dropped: false,
            sandbox: false,
            wrong_signature: false,
            algorithm: SignedWith::default(),
            rest_failure: RestFailure::default(),
            rest_calls: 0,
            retry_after_seconds: 1,
        }
    }
}

impl Switches {
    /// The longest delay in seconds.
    pub(crate) const LATEST: i32 = 3600;
    pub(crate) const MOST_CALLS: i32 = 1000;

    /// What is out of bounds, in words.
    pub(crate) fn complaint(self) -> Option<&'static str> {
        if !(0..=Self::LATEST).contains(&self.late_seconds) {
            Some("Late by (lateSeconds) is a whole number of seconds between 0 and 3600.")
        } else if !(0..=Self::MOST_CALLS).contains(&self.rest_calls) {
            Some("Calls that fail (restCalls) is a whole number between 0 and 1000.")
        } else if !(0..=Self::LATEST).contains(&self.retry_after_seconds) {
            Some("Retry after (retryAfterSeconds) is a whole number of seconds between 0 and 3600.")
        } else {
            None
        }
    }
}

impl SignedWith {
    pub(crate) const ALL: [Self; 3] = [Self::Sha256, Self::Sha512, Self::Sha1];

    pub(crate) fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha256 => Algorithm::HmacSha256,
            Self::Sha512 => Algorithm::HmacSha512,
            Self::Sha1 => Algorithm::HmacSha1,
        }
    }

    /// As it stands in the database, in forms and in the webhook's header.
    pub(crate) fn name(self) -> &'static str {
        self.algorithm().name()
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|with| with.name() == name)
    }
}

impl RestFailure {
    pub(crate) const ALL: [Self; 6] = [
        Self::None,
        Self::TooMany,
        Self::Error,
        Self::Timeout,
        Self::Hang,
        Self::Half,
    ];

    /// As it stands in the database, in forms and in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::TooMany => "tooMany",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Hang => "hang",
            Self::Half => "half",
        }
    }

    /// What people read of it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::None => "Answer as usual",
            Self::TooMany => "429, too many requests",
            Self::Error => "500, internal error",
            Self::Timeout => "504, gateway time-out",
            Self::Hang => "Hang without an answer",
            Self::Half => "Half-written JSON",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json() {
        for failure in RestFailure::ALL {
            assert_eq!(
                serde_json::to_value(failure).ok(),
                Some(failure.name().into())
            );
            assert_eq!(RestFailure::named(failure.name()), Some(failure));
        }
        for with in SignedWith::ALL {
            assert_eq!(serde_json::to_value(with).ok(), Some(with.name().into()));
            assert_eq!(SignedWith::named(with.name()), Some(with));
        }
    }
}
