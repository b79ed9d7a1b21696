//! No statement per row. The records of one page share a [`PageBatch`]: what the first of them is asked for is read for all, in
//! one go, and kept for the others. So a list costs the same number of statements however long it is, and nothing waits for
//! a timer to see who else asks (which is why this is no `DataLoader`). A prospect, its customer and its deposit account go by
//! one UUID, so one batch serves all three.

mod activities;
mod audit_traces;
mod desk;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use access::Subject;
use async_graphql::Context;
use credit::ProposalRow;
use customer::{
    callback_log::view::CallbackRow,
    customer::Customer,
    notes::Note,
    primitives::{Activity, CallbackId},
    prospect::Prospect,
    raised::RaisedItem,
};
use deposit::{DepositRow, WithdrawalRow};
use kernel::{Cursor, Page};
use ledger::AccountOnRecord;
use provisioning::StepView;
use uuid::Uuid;

use crate::{
    Services,
    audit::KnownActors,
    cached::{ById, Cached, CachedPages, distinct, shared},
    connection::PageArgs,
    credit::ProposalBatch,
    error::ApiError,
    event_history::AuditTraces,
    request::{caller, services},
};

/// The records of a page, by the UUID that a prospect and its customer share, as one subject may see them.
pub(crate) struct PageBatch {
    /// The domain services, by which everything is read.
    pub(crate) services: Services,
    /// Whoever asks for the records.
    pub(crate) subject: Subject,
    ids: Vec<Uuid>,
    prospects: Cached<ById<Arc<Prospect>>>,
    customers: Cached<ById<Arc<Customer>>>,
    activities: OnceLock<ById<Activity>>,
    accounts: Cached<ById<AccountOnRecord>>,
    steps: Cached<ById<Vec<StepView>>>,
    raised: Cached<ById<Vec<RaisedItem>>>,
    notes: CachedPages<Cursor, Vec<Note>>,
    callbacks: CachedPages<CallbackId, Vec<CallbackRow>>,
    deposits: CachedPages<Cursor, Page<DepositRow>>,
    withdrawals: CachedPages<Cursor, Page<WithdrawalRow>>,
    proposals: CachedPages<Cursor, (Page<ProposalRow>, Arc<ProposalBatch>)>,
    audit_traces_of_prospects: Cached<AuditTraces>,
    audit_traces_of_customers: Cached<AuditTraces>,
    known_actors: Cached<KnownActors>,
}

impl PageBatch {
    /// These records, as whoever asks may see them.
    pub(crate) fn new(
        ctx: &Context<'_>,
        ids: impl IntoIterator<Item = impl Into<Uuid>>,
    ) -> Result<Arc<Self>, ApiError> {
        let subject = caller(ctx)?.subject.clone();
        Ok(Self::for_subject(services(ctx)?.clone(), subject, ids))
    }

    /// No records: only what is read for all, such as names.
    pub(crate) fn without_records(ctx: &Context<'_>) -> Result<Arc<Self>, ApiError> {
        Self::new(ctx, std::iter::empty::<Uuid>())
    }

    /// These records, as `subject` may see them.
    pub(crate) fn for_subject(
        services: Services,
        subject: Subject,
        ids: impl IntoIterator<Item = impl Into<Uuid>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            services,
            subject,
            ids: distinct(ids.into_iter().map(Into::into).collect()),
            prospects: Cached::empty(),
            customers: Cached::empty(),
            activities: OnceLock::new(),
            accounts: Cached::empty(),
            steps: Cached::empty(),
            raised: Cached::empty(),
            notes: CachedPages::empty(),
            callbacks: CachedPages::empty(),
            deposits: CachedPages::empty(),
            withdrawals: CachedPages::empty(),
            proposals: CachedPages::empty(),
            audit_traces_of_prospects: Cached::empty(),
            audit_traces_of_customers: Cached::empty(),
            known_actors: Cached::empty(),
        })
    }

    /// The records that have these public ids, and the UUID that each public id stands for.
    pub(crate) async fn by_public_ids(
        ctx: &Context<'_>,
        public_ids: Vec<String>,
    ) -> Result<(Arc<Self>, HashMap<String, Uuid>), ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let public_ids = distinct(public_ids);
        let ids = onboarding
            .ids_of(&caller(ctx)?.subject, &public_ids)
            .await?;
        Ok((Self::new(ctx, ids.values().copied())?, ids))
    }

    /// One prospect that has been read already.
    pub(crate) fn with_prospect(
        ctx: &Context<'_>,
        prospect: Prospect,
    ) -> Result<(Arc<Prospect>, Arc<Self>), ApiError> {
        let batch = Self::new(ctx, [prospect.id])?;
        let prospect = Arc::new(prospect);
        let by_id = HashMap::from([(prospect.id.into(), Arc::clone(&prospect))]);
        batch.prospects.fill(by_id);
        Ok((prospect, batch))
    }

    /// One customer that has been read already.
    pub(crate) fn with_customer(
        ctx: &Context<'_>,
        customer: Customer,
    ) -> Result<(Arc<Customer>, Arc<Self>), ApiError> {
        let batch = Self::new(ctx, [customer.id])?;
        let customer = Arc::new(customer);
        let by_id = HashMap::from([(customer.id.into(), Arc::clone(&customer))]);
        batch.customers.fill(by_id);
        Ok((customer, batch))
    }

    /// Those of the records that are or were prospects.
    pub(crate) async fn prospects(&self) -> Result<Arc<ById<Arc<Prospect>>>, ApiError> {
        let onboarding = &self.services.onboarding;
        let read = || async move {
            Ok(shared(
                onboarding.prospects(&self.subject, &self.ids).await?,
            ))
        };
        self.prospects.get_or_read(read).await
    }

    /// Those of the records that are customers.
    pub(crate) async fn customers(&self) -> Result<Arc<ById<Arc<Customer>>>, ApiError> {
        let onboarding = &self.services.onboarding;
        let read = || async move {
            Ok(shared(
                onboarding.customers(&self.subject, &self.ids).await?,
            ))
        };
        self.customers.get_or_read(read).await
    }

    /// One of the prospects.
    pub(crate) async fn prospect(&self, id: Uuid) -> Result<Option<Arc<Prospect>>, ApiError> {
        Ok(self.prospects().await?.get(&id).cloned())
    }

    /// One of the customers.
    pub(crate) async fn customer(&self, id: Uuid) -> Result<Option<Arc<Customer>>, ApiError> {
        Ok(self.customers().await?.get(&id).cloned())
    }

    /// A customer's deposit account, once it is opened.
    pub(crate) async fn account(&self, id: Uuid) -> Result<Option<AccountOnRecord>, ApiError> {
        let ledger = &self.services.ledger;
        let read = || async move { Ok(ledger.read_many(&self.subject, &self.ids).await?) };
        Ok(self.accounts.get_or_read(read).await?.get(&id).cloned())
    }

    /// A customer's steps of provisioning.
    pub(crate) async fn steps(&self, id: Uuid) -> Result<Vec<StepView>, ApiError> {
        let board = &self.services.board;
        let read = || async move { Ok(board.steps_of_many(&self.subject, &self.ids).await?) };
        let steps = self.steps.get_or_read(read).await?;
        Ok(steps.get(&id).cloned().unwrap_or_default())
    }

    /// What is raised about a record.
    pub(crate) async fn raised(&self, id: Uuid) -> Result<Vec<RaisedItem>, ApiError> {
        let onboarding = &self.services.onboarding;
        let read = || async move {
            let found = onboarding.raised_about_many(&self.subject, &self.ids);
            let mut by_record: ById<Vec<RaisedItem>> = HashMap::new();
            for item in found.await? {
                for record in [&item.about, &item.other].into_iter().flatten() {
                    by_record.entry(record.id).or_default().push(item.clone());
                }
            }
            Ok(by_record)
        };
        let raised = self.raised.get_or_read(read).await?;
        Ok(raised.get(&id).cloned().unwrap_or_default())
    }

    /// A page of the callbacks about a prospect, and whether there is another one.
    pub(crate) async fn callbacks(
        &self,
        id: Uuid,
        page: PageArgs<CallbackId>,
    ) -> Result<(Vec<CallbackRow>, bool), ApiError> {
        let onboarding = &self.services.onboarding;
        // One more says whether there is another page.
        let first = i64::try_from(page.first)
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        let read = || async move {
            let found = onboarding.callbacks_of(&self.subject, &self.ids, first, page.after);
            Ok(found.await?)
        };
        let cached = self.callbacks.at(page.first, page.after);
        let found = cached.get_or_read(read).await?;
        let mut rows = found.get(&id).cloned().unwrap_or_default();
        let more = rows.len() > page.first;
        rows.truncate(page.first);
        Ok((rows, more))
    }

    /// A page of a customer's deposits.
    pub(crate) async fn deposits(
        &self,
        id: Uuid,
        page: PageArgs<Cursor>,
    ) -> Result<Page<DepositRow>, ApiError> {
        let deposits = &self.services.deposits;
        let read = || async move {
            let found = deposits.deposits_of_many(&self.subject, &self.ids, page.after, page.first);
            Ok(found.await?)
        };
        let cached = self.deposits.at(page.first, page.after);
        let found = cached.get_or_read(read).await?;
        Ok(found.get(&id).cloned().unwrap_or_else(Page::empty))
    }

    /// A page of a customer's withdrawals.
    pub(crate) async fn withdrawals(
        &self,
        id: Uuid,
        page: PageArgs<Cursor>,
    ) -> Result<Page<WithdrawalRow>, ApiError> {
        let deposits = &self.services.deposits;
        let read = || async move {
            let found =
                deposits.withdrawals_of_many(&self.subject, &self.ids, page.after, page.first);
            Ok(found.await?)
        };
        let cached = self.withdrawals.at(page.first, page.after);
        let found = cached.get_or_read(read).await?;
        Ok(found.get(&id).cloned().unwrap_or_else(Page::empty))
    }

    /// A page of a customer's credit facility proposals, and the batch that the proposals of these pages share.
    pub(crate) async fn proposals(
        self: &Arc<Self>,
        id: Uuid,
        page: PageArgs<Cursor>,
    ) -> Result<Option<(Page<ProposalRow>, Arc<ProposalBatch>)>, ApiError> {
        let credit = &self.services.credit;
        let read = || async move {
            let found = credit.proposals_of_many(&self.subject, &self.ids, page.after, page.first);
            let found = found.await?;
            let rows = found.values().flat_map(|page| &page.rows);
            let batch = ProposalBatch::new(rows.map(|row| row.id).collect(), self);
            let pages = found.into_iter();
            Ok(pages
                .map(|(id, page)| (id, (page, Arc::clone(&batch))))
                .collect())
        };
        let cached = self.proposals.at(page.first, page.after);
        Ok(cached.get_or_read(read).await?.get(&id).cloned())
    }
}
