//! What the records say of the ids in a batch of callbacks, all of it in a few queries.

use std::collections::{BTreeSet, HashMap, HashSet};

use es_entity::AtomicOperation;
use uuid::Uuid;

use super::{
    claim::{ClaimedCallback, record_named},
    relations::Relations,
};
use crate::{
    kyc::{
        Observation, ReceivedCallback,
        attribution::{
            Attribution, BoundApplicant, CompanyMembership, KnownIds, NotAttributed, attribute,
        },
    },
    primitives::{CustomerType, ProspectId},
};

/// Whom a callback is about.
pub(super) struct CallbackSubjects {
    /// Whose own it is.
    pub(super) attribution: Result<Attribution, NotAttributed>,
    /// `externalUserId` names the record that it is of.
    pub(super) named: bool,
    /// The companies of ours that its applicant belongs to.
    pub(super) companies: Vec<ProspectId>,
    /// All records of ours that it names by any id, the companies apart.
    pub(super) mentioned: Vec<ProspectId>,
    /// The ids that it waits for, as the column `callbacks.waits_for` holds them.
    pub(super) waits_for: Vec<String>,
}

impl CallbackSubjects {
    /// Where an operator looks for it.
    pub(super) fn shown_at(&self) -> Option<ProspectId> {
        let own = self.attribution.ok().map(Attribution::prospect);
        own.or_else(|| self.companies.first().or(self.mentioned.first()).copied())
    }
}

/// The records that a batch needs. First the ids of the callbacks are locked, then the prospects, in the order of their ids,
/// then the customers.
pub(super) struct LockedRecords {
    prospects: HashMap<ProspectId, CustomerType>,
    applicants: HashMap<String, BoundApplicant>,
    pub(super) relations: Relations,
    /// What this batch made known: who waits for it is judged again.
    pub(super) learned: HashSet<String>,
}

impl LockedRecords {
    pub(super) async fn lock(
        op: &mut impl AtomicOperation,
        claimed: &[ClaimedCallback],
        and: Option<ProspectId>,
    ) -> Result<Self, sqlx::Error> {
        let sent: BTreeSet<String> = claimed
            .iter()
            .flat_map(ClaimedCallback::applicants)
            .cloned()
            .collect();
        let inspections: BTreeSet<String> = claimed
            .iter()
            .flat_map(|one| &one.received.mentions.inspections)
            .cloned()
            .collect();
        let relations = Relations::lock(op, &sent, &inspections).await?;
        let inspected = inspections.iter().filter_map(|id| relations.inspected(id));
        let mut ids: BTreeSet<&str> = sent.iter().map(String::as_str).chain(inspected).collect();
        ids.extend(relations.companies_of(ids.clone().into_iter()));
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let applicants: HashMap<String, BoundApplicant> = sqlx::query!(
            "SELECT applicant_id, prospect_id, deleted_at FROM applicants WHERE applicant_id = ANY($1)",
            &ids
        )
        .fetch_all(op.as_executor())
        .await?
        .into_iter()
        .map(|row| {
            let bound = BoundApplicant { prospect: row.prospect_id.into(), deleted: row.deleted_at.is_some() };
            (row.applicant_id, bound)
        })
        .collect();
        let wanted: BTreeSet<Uuid> = claimed
            .iter()
            .flat_map(ClaimedCallback::names)
            .chain(applicants.values().map(|bound| bound.prospect))
            .chain(and)
            .map(Uuid::from)
            .collect();
        let wanted: Vec<Uuid> = wanted.into_iter().collect();
        let prospects = sqlx::query!(
            "SELECT id, customer_type FROM prospects WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
            &wanted
        )
        .fetch_all(op.as_executor())
        .await?
        .into_iter()
        .filter_map(|row| Some((row.id.into(), row.customer_type.parse().ok()?)))
        .collect();
        // Provisioning writes to customers at the same time.
        sqlx::query_scalar!(
            "SELECT id FROM customers WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
            &wanted
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(Self {
            prospects,
            applicants,
            relations,
            learned: HashSet::new(),
        })
    }

    pub(super) fn prospects(&self) -> Vec<ProspectId> {
        self.prospects.keys().copied().collect()
    }

    /// Notes who belongs to whom.
    pub(super) fn learn(&mut self, received: &ReceivedCallback) {
        let observation = &received.observation;
        let Some(applicant) = &observation.applicant_id else {
            return;
        };
        // An inspection that stands at the top is the applicant's.
        let inspection = match received.mentions.inspections.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        };
        let learned = self
            .relations
            .learn(applicant, &observation.member_of, inspection);
        self.learned.extend(learned);
    }

    /// Whom a callback is about, by what is known now.
    pub(super) fn subjects_of(&self, received: &ReceivedCallback) -> CallbackSubjects {
        let observation = &received.observation;
        let named = observation
            .external_user_id
            .as_deref()
            .and_then(record_named);
        let named = named.filter(|id| self.prospects.contains_key(id));
        let own = observation
            .applicant_id
            .iter()
            .chain(&observation.member_of)
            .map(String::as_str);
        let mut led_to = self.relations.companies_of(own);
        led_to.extend(observation.member_of.iter().map(String::as_str));
        let companies: Vec<ProspectId> = self.bound(led_to.iter().copied());
        let records = KnownIds {
            named,
            applicant: observation
                .applicant_id
                .as_ref()
                .and_then(|id| self.applicants.get(id))
                .copied(),
        };
        let of_any = !observation.member_of.is_empty() || self.is_member(observation);
        let member = CompanyMembership {
            of_any,
            of: &companies,
            names_company: named
                .and_then(|id| self.prospects.get(&id))
                .is_some_and(|kind| *kind != CustomerType::Individual),
        };
        let attribution = attribute(observation.external_user_id.is_some(), records, member);

        let mut ids = self.mentioned_applicants(received);
        let mut mentioned = self.mentioned_records(received, &ids);
        mentioned.retain(|id| !companies.contains(id) || attribution == Ok(Attribution::Own(*id)));
        ids.extend(led_to);
        let unknown: Vec<&str> = ids
            .iter()
            .copied()
            .filter(|id| !self.applicants.contains_key(*id))
            .collect();
        // Bad news of somebody known may still concern a company that he turns out to belong to.
        let all: Vec<&str> = if received.bad_news.is_some() {
            ids.into_iter().collect()
        } else {
            unknown.clone()
        };
        CallbackSubjects {
            named: named.is_some() && attribution.ok().map(Attribution::prospect) == named,
            attribution,
            companies,
            mentioned,
            waits_for: self
                .relations
                .waiting_for(&unknown, &all, &received.mentions.inspections),
        }
    }

    /// The applicants that a callback names anywhere, also by an inspection.
    fn mentioned_applicants<'a>(&'a self, received: &'a ReceivedCallback) -> BTreeSet<&'a str> {
        let mentions = &received.mentions;
        let inspected = mentions
            .inspections
            .iter()
            .filter_map(|id| self.relations.inspected(id));
        mentions
            .applicants
            .iter()
            .map(String::as_str)
            .chain(inspected)
            .chain(received.observation.applicant_id.as_deref())
            .collect()
    }

    /// The records that a callback names by these applicants or by an `externalUserId` anywhere.
    fn mentioned_records(
        &self,
        received: &ReceivedCallback,
        applicants: &BTreeSet<&str>,
    ) -> Vec<ProspectId> {
        let mut mentioned = self.bound(applicants.iter().copied());
        let names = received.mentions.external_users.iter();
        for id in names.filter_map(|name| record_named(name)) {
            if self.prospects.contains_key(&id) && !mentioned.contains(&id) {
                mentioned.push(id);
            }
        }
        mentioned
    }

    fn bound<'a>(&self, applicants: impl Iterator<Item = &'a str>) -> Vec<ProspectId> {
        let mut found = Vec::new();
        for bound in applicants.filter_map(|id| self.applicants.get(id)) {
            if !found.contains(&bound.prospect) {
                found.push(bound.prospect);
            }
        }
        found
    }

    pub(super) fn is_member(&self, observation: &Observation) -> bool {
        observation
            .applicant_id
            .as_deref()
            .is_some_and(|id| self.relations.is_member(id))
    }

    pub(super) fn bind(&mut self, applicant_id: &str, prospect: ProspectId, deleted: bool) {
        let bound = BoundApplicant { prospect, deleted };
        if self
            .applicants
            .insert(applicant_id.to_owned(), bound)
            .is_none()
        {
            self.learned.insert(applicant_id.to_owned());
        }
    }
}
