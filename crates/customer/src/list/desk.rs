//! Whose the records of a list are, and whether anybody is to be asked about them.

use access::OperatorId;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::onboarding::IS_SNOOZED;

/// Whose the records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// This operator's, who may work here no longer.
    To(OperatorId),
    /// Those that nobody has taken.
    Nobody,
}

/// Whether those about whom nobody is asked for a while are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
pub enum Snoozed {
    /// Nobody but they.
    #[strum(serialize = "yes")]
    Only,
    /// All but they.
    #[strum(serialize = "no")]
    LeftOut,
}

impl Snoozed {
    /// All of them, in the order in which a filter offers them.
    pub const ALL: [Self; 2] = [Self::Only, Self::LeftOut];

    /// The name in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    pub(super) fn narrow(self, query: &mut QueryBuilder<'static, Postgres>) {
        query.push(" AND (").push(IS_SNOOZED).push(match self {
            Self::Only => ")",
            Self::LeftOut => ") IS NOT TRUE",
        });
    }
}

impl Assigned {
    pub(super) fn narrow(self, query: &mut QueryBuilder<'static, Postgres>) {
        match self {
            Self::To(operator) => {
                query
                    .push(" AND assignee = ")
                    .push_bind(Uuid::from(operator));
            }
            Self::Nobody => {
                query.push(" AND assignee IS NULL");
            }
        }
    }
}
