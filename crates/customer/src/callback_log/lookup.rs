//! What the records say of the ids in a batch of callbacks, all of it in a few queries.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    str::FromStr as _,
};

use chrono::{DateTime, Utc};
use es_entity::AtomicOperation;
use sumsub::webhook::Callback;
use uuid::Uuid;

use crate::{
    error::OnboardingError,
    kyc::{
        Said,
        attribution::{Bound, NotAttributed, OnRecord, Whose, attribute},
    },
    primitives::ProspectId,
};

/// A claimed row.
pub(super) struct Claimed {
    pub(super) id: i64,
    pub(super) said: Said,
}

impl Claimed {
    /// Reads a row of the log. `asked_at`: when Sumsub was asked, when it is a refresh.
    ///
    /// # Errors
    /// When the body is not what was stored.
    pub(super) fn read(
        id: i64,
        body: &str,
        asked_at: Option<DateTime<Utc>>,
    ) -> Result<Self, OnboardingError> {
        let callback =
            Callback::parse(body.as_bytes()).map_err(|_| OnboardingError::UnreadableCallback)?;
        let said = Said {
            asked_at,
            ..Said::from(callback)
        };
        Ok(Claimed { id, said })
    }
}

/// The records that a batch needs. The prospects are locked, in the order of their ids.
pub(super) struct Records {
    prospects: HashSet<ProspectId>,
    applicants: HashMap<String, Bound>,
}

impl Records {
    pub(super) async fn lock(
        op: &mut impl AtomicOperation,
        claimed: &[Claimed],
    ) -> Result<Self, sqlx::Error> {
        let sent: Vec<String> = claimed
            .iter()
            .flat_map(|c| c.said.applicant_id.iter().chain(&c.said.member_of))
            .cloned()
            .collect();
        let applicants: HashMap<String, Bound> = sqlx::query!(
            "SELECT applicant_id, prospect_id, deleted_at FROM applicants WHERE applicant_id = ANY($1)",
            &sent
        )
        .fetch_all(op.as_executor())
        .await?
        .into_iter()
        .map(|row| {
            let bound = Bound { prospect: row.prospect_id.into(), deleted: row.deleted_at.is_some() };
            (row.applicant_id, bound)
        })
        .collect();
        let wanted: BTreeSet<Uuid> = claimed
            .iter()
            .filter_map(|c| named(&c.said))
            .chain(applicants.values().map(|bound| bound.prospect))
            .map(Uuid::from)
            .collect();
        let wanted: Vec<Uuid> = wanted.into_iter().collect();
        let prospects = sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE id = ANY($1) ORDER BY id FOR UPDATE",
            &wanted
        )
        .fetch_all(op.as_executor())
        .await?
        .into_iter()
        .map(ProspectId::from)
        .collect();
        // Provisioning writes to customers at the same time.
        sqlx::query_scalar!(
            "SELECT id FROM customers WHERE id = ANY($1) ORDER BY id FOR UPDATE",
            &wanted
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(Self {
            prospects,
            applicants,
        })
    }

    pub(super) fn prospects(&self) -> Vec<ProspectId> {
        self.prospects.iter().copied().collect()
    }

    pub(super) fn attribute(&self, said: &Said) -> Result<Whose, NotAttributed> {
        let records = OnRecord {
            named: named(said).filter(|id| self.prospects.contains(id)),
            applicant: said
                .applicant_id
                .as_ref()
                .and_then(|id| self.applicants.get(id))
                .copied(),
        };
        let company = said
            .member_of
            .iter()
            .find_map(|company| self.applicants.get(company));
        attribute(
            said.external_user_id.is_some(),
            records,
            company.map(|bound| bound.prospect),
        )
    }

    pub(super) fn bind(&mut self, applicant_id: &str, prospect: ProspectId, deleted: bool) {
        self.applicants
            .insert(applicant_id.to_owned(), Bound { prospect, deleted });
    }
}

fn named(said: &Said) -> Option<ProspectId> {
    let name = said.external_user_id.as_deref()?;
    Uuid::from_str(name).ok().map(ProspectId::from)
}
