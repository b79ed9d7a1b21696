//! The customer types, as the ledger groups accounts.

use std::{fmt, str::FromStr};

/// Which account set a deposit account belongs to: one for each customer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountCategory {
    /// A natural person.
    Individual,
    /// A government entity.
    GovernmentEntity,
    /// A private company.
    PrivateCompany,
    /// A company that is a bank.
    Bank,
    /// A financial institution other than a bank.
    FinancialInstitution,
    /// A foreign agency or subsidiary.
    ForeignAgencyOrSubsidiary,
    /// A company that is not domiciled here.
    NonDomiciledCompany,
}

/// A key that names no [`AccountCategory`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown customer type {0:?}; use one of: individual, government-entity, private-company, bank, financial-institution, foreign-agency-or-subsidiary, non-domiciled-company"
)]
pub struct UnknownCategory(pub String);

impl AccountCategory {
    /// Every category, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Individual,
        Self::GovernmentEntity,
        Self::PrivateCompany,
        Self::Bank,
        Self::FinancialInstitution,
        Self::ForeignAgencyOrSubsidiary,
        Self::NonDomiciledCompany,
    ];

    /// The stable key, for example `foreign-agency-or-subsidiary`. Ids in the ledger are derived from
    /// it: it never changes.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::GovernmentEntity => "government-entity",
            Self::PrivateCompany => "private-company",
            Self::Bank => "bank",
            Self::FinancialInstitution => "financial-institution",
            Self::ForeignAgencyOrSubsidiary => "foreign-agency-or-subsidiary",
            Self::NonDomiciledCompany => "non-domiciled-company",
        }
    }

    /// The name for people, for example `Foreign Agency or Subsidiary`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Individual => "Individual",
            Self::GovernmentEntity => "Government Entity",
            Self::PrivateCompany => "Private Company",
            Self::Bank => "Bank",
            Self::FinancialInstitution => "Financial Institution",
            Self::ForeignAgencyOrSubsidiary => "Foreign Agency or Subsidiary",
            Self::NonDomiciledCompany => "Non-Domiciled Company",
        }
    }
}

impl fmt::Display for AccountCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for AccountCategory {
    type Err = UnknownCategory;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|category| category.key() == key)
            .ok_or_else(|| UnknownCategory(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_are_distinct_and_read_back() {
        let keys: HashSet<_> = AccountCategory::ALL.iter().map(|c| c.key()).collect();
        assert_eq!(keys.len(), 7);
        for category in AccountCategory::ALL {
            assert_eq!(category.to_string().parse(), Ok(category));
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_what_is_allowed() {
        let error = "person".parse::<AccountCategory>().unwrap_err().to_string();
        assert!(error.contains("\"person\""), "{error}");
        for category in AccountCategory::ALL {
            assert!(error.contains(category.key()), "{error}");
        }
    }
}
