//! Who may be considered for a credit facility: **one rule**, as a pure function, for pages, programs and the service.

use std::fmt;

use customer::{
    customer::{Customer, CustomerEvent},
    primitives::Verification,
};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// What it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EligibilityFacts {
    /// Whether the customer's identity stands.
    pub verification: Verification,
    /// An operator took the access away.
    pub deactivated: bool,
    /// Closed for good.
    pub closed: bool,
    /// All of provisioning is done.
    pub provisioned: bool,
    /// There is a deposit account to pay a facility out to: opened, and not locked.
    pub has_account: bool,
}

/// One reason why somebody can't be considered.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Ineligible {
    /// Closed for good.
    Closed,
    /// Not verified yet.
    NotVerified,
    /// Rejected, also late.
    Rejected,
    /// An operator took the access away.
    Deactivated,
    /// Provisioning isn't done.
    Provisioning,
    /// No account that takes postings.
    NoAccount,
}

impl Ineligible {
    /// What first cost the customer the eligibility after this version ([`Customer::version`]), also when it was won back since.
    #[must_use]
    pub fn lost_since(customer: &Customer, version: usize) -> Option<Self> {
        customer
            .history()
            .skip(version)
            .find_map(|(_, event)| match event {
                CustomerEvent::KycUpdated {
                    verification: Verification::Rejected,
                    ..
                } => Some(Self::Rejected),
                CustomerEvent::Deactivated { .. } => Some(Self::Deactivated),
                CustomerEvent::Closed { .. } => Some(Self::Closed),
                _ => None,
            })
    }

    /// The name it is stored under.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// How it is, in a sentence for the bank's people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Closed => "The customer is closed for good.",
            Self::NotVerified => "The customer isn't verified.",
            Self::Rejected => "The customer is rejected.",
            Self::Deactivated => "The customer is deactivated.",
            Self::Provisioning => "The customer is still being provisioned.",
            Self::NoAccount => "There is no deposit account yet.",
        }
    }

    /// How it came about for somebody who could be considered before, in a sentence for the bank's people.
    #[must_use]
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Closed => "The customer was closed.",
            Self::NotVerified => "The customer isn't verified any more.",
            Self::Rejected => "The customer was rejected.",
            Self::Deactivated => "The customer was deactivated.",
            Self::Provisioning => "The customer is being provisioned again.",
            Self::NoAccount => "The deposit account takes no postings any more.",
        }
    }
}

/// Whether somebody may be considered, and if not, exactly why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// Everything that stands in the way; nothing does when it is empty. Of who is closed, nothing else counts.
    pub reasons: Vec<Ineligible>,
}

impl Eligibility {
    /// Whether a credit facility may be proposed for this customer now. `has_account`: there is a deposit account, and the ledger
    /// didn't lock it.
    #[must_use]
    pub fn now(customer: &Customer, has_account: bool) -> Self {
        eligibility(EligibilityFacts {
            verification: customer.verification,
            deactivated: customer.deactivated,
            closed: customer.closed,
            provisioned: customer.provisioned,
            has_account,
        })
    }

    /// Whether nothing stands in the way.
    #[must_use]
    pub fn is_eligible(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// All reasons in words, one sentence each.
impl fmt::Display for Eligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.reasons.iter().map(|reason| reason.words()).collect();
        if words.is_empty() {
            f.write_str("The customer may be considered for a credit facility.")
        } else {
            f.write_str(&words.join(" "))
        }
    }
}

/// The rule: Verified, Active, and with an account to pay it out to.
#[must_use]
pub fn eligibility(facts: EligibilityFacts) -> Eligibility {
    if facts.closed {
        return Eligibility {
            reasons: vec![Ineligible::Closed],
        };
    }
    let mut reasons = Vec::new();
    match facts.verification {
        Verification::Verified => {}
        Verification::PendingVerification => reasons.push(Ineligible::NotVerified),
        Verification::Rejected => reasons.push(Ineligible::Rejected),
    }
    if facts.deactivated {
        reasons.push(Ineligible::Deactivated);
    }
    if !facts.provisioned {
        reasons.push(Ineligible::Provisioning);
    }
    if !facts.has_account {
        reasons.push(Ineligible::NoAccount);
    }
    Eligibility { reasons }
}

#[cfg(test)]
mod tests {
    use super::{Ineligible::*, *};

    const FINE: EligibilityFacts = EligibilityFacts {
        verification: Verification::Verified,
        deactivated: false,
        closed: false,
        provisioned: true,
        has_account: true,
    };

    #[test]
    fn each_reason_is_named_and_closed_is_the_last_word() {
        let reasons = |facts| eligibility(facts).reasons;
        assert!(eligibility(FINE).is_eligible());
        let pending = Verification::PendingVerification;
        let unverified = EligibilityFacts {
            verification: pending,
            ..FINE
        };
        assert_eq!(reasons(unverified), [NotVerified]);
        let nothing = EligibilityFacts {
            verification: Verification::Rejected,
            deactivated: true,
            provisioned: false,
            has_account: false,
            ..FINE
        };
        assert_eq!(
            reasons(nothing),
            [Rejected, Deactivated, Provisioning, NoAccount]
        );
        let closed = EligibilityFacts {
            closed: true,
            ..nothing
        };
        assert_eq!(reasons(closed), [Closed]);
        assert_eq!(
            eligibility(nothing).to_string(),
            "The customer is rejected. The customer is deactivated. The customer is still being provisioned. There is no deposit account yet."
        );
    }
}
