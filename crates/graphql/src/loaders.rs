//! No statement per row. The records of one page know each other ([`Siblings`]): what the first of them is asked for is read
//! for all, in one go, and kept for the others. So a list costs the same number of statements however long it is, and
//! nothing waits for a timer to see who else asks (which is why this is no `DataLoader`). A prospect, its customer and its
//! deposit account go by one UUID, so one set of siblings serves all three.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use access::{AuditTrace, Subject};
use async_graphql::Context;
use credit::ProposalRow;
use customer::{
    callback_log::view::CallbackRow, customer::Customer, primitives::CallbackId,
    prospect::Prospect, raised::RaisedItem as Raised,
};
use deposit::{DepositRow, WithdrawalRow};
use kernel::{Cursor, TimelineEntry};
use ledger::AccountOnRecord;
use provisioning::StepView;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{
    Services,
    credit::Proposals,
    error::ApiError,
    request::{caller, services},
    subject::Names,
};

/// What was read for all, or why it could not be.
pub(crate) type Kept<T> = OnceCell<Result<Arc<T>, ApiError>>;
/// By record.
type Of<T> = HashMap<Uuid, T>;
/// How many on a page, after which.
type Place<Cursor> = (usize, Option<Cursor>);
/// Pages of each record's list, by their place in it.
struct Pages<Cursor, Row>(Mutex<ByPlace<Cursor, Row>>);
type ByPlace<Cursor, Row> = HashMap<Place<Cursor>, Arc<Kept<Of<Row>>>>;

impl<Cursor: Eq + Hash, Row> Pages<Cursor, Row> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    fn at(&self, first: usize, after: Option<Cursor>) -> Arc<Kept<Of<Row>>> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pages.entry((first, after)).or_default())
    }
}

/// The records of a page, by the UUID that a prospect and its customer share.
pub(crate) struct Siblings {
    pub(crate) services: Services,
    pub(crate) subject: Subject,
    ids: Vec<Uuid>,
    prospects: Kept<Of<Arc<Prospect>>>,
    customers: Kept<Of<Arc<Customer>>>,
    accounts: Kept<Of<AccountOnRecord>>,
    steps: Kept<Of<Vec<StepView>>>,
    raised: Kept<Of<Vec<Raised>>>,
    callbacks: Pages<CallbackId, Vec<CallbackRow>>,
    deposits: Pages<Cursor, kernel::Page<DepositRow>>,
    withdrawals: Pages<Cursor, kernel::Page<WithdrawalRow>>,
    proposals: Pages<Cursor, (kernel::Page<ProposalRow>, Arc<Proposals>)>,
    traces_of_prospects: Kept<Traces>,
    traces_of_customers: Kept<Traces>,
    names: Kept<Names>,
}

/// The audit log's entries by subject, action and object.
pub(crate) type Traces = HashMap<(String, String, String), Vec<AuditTrace>>;

impl Siblings {
    /// These records, as whoever asks may see them.
    pub(crate) fn of(ctx: &Context<'_>, ids: Vec<Uuid>) -> Result<Arc<Self>, ApiError> {
        let subject = caller(ctx)?.subject.clone();
        Ok(Self::seen_by(services(ctx)?.clone(), subject, ids))
    }

    /// These records, as `subject` may see them.
    pub(crate) fn seen_by(services: Services, subject: Subject, ids: Vec<Uuid>) -> Arc<Self> {
        Arc::new(Self {
            services,
            subject,
            ids,
            prospects: OnceCell::new(),
            customers: OnceCell::new(),
            accounts: OnceCell::new(),
            steps: OnceCell::new(),
            raised: OnceCell::new(),
            callbacks: Pages::new(),
            deposits: Pages::new(),
            withdrawals: Pages::new(),
            proposals: Pages::new(),
            traces_of_prospects: OnceCell::new(),
            traces_of_customers: OnceCell::new(),
            names: OnceCell::new(),
        })
    }

    /// One prospect that has been read already.
    pub(crate) fn of_prospect(
        ctx: &Context<'_>,
        prospect: Prospect,
    ) -> Result<(Arc<Prospect>, Arc<Self>), ApiError> {
        let id = prospect.id.into();
        let siblings = Self::of(ctx, vec![id])?;
        let prospect = Arc::new(prospect);
        let known = HashMap::from([(id, Arc::clone(&prospect))]);
        let _ = siblings.prospects.set(Ok(Arc::new(known)));
        Ok((prospect, siblings))
    }

    /// One customer that has been read already.
    pub(crate) fn of_customer(
        ctx: &Context<'_>,
        customer: Customer,
    ) -> Result<(Arc<Customer>, Arc<Self>), ApiError> {
        let id = customer.id.into();
        let siblings = Self::of(ctx, vec![id])?;
        let customer = Arc::new(customer);
        let known = HashMap::from([(id, Arc::clone(&customer))]);
        let _ = siblings.customers.set(Ok(Arc::new(known)));
        Ok((customer, siblings))
    }

    async fn all_prospects(&self) -> Result<Arc<Of<Arc<Prospect>>>, ApiError> {
        keep(&self.prospects, async {
            let found = self
                .services
                .onboarding
                .prospects(&self.subject, &self.ids)
                .await?;
            Ok(shared(found))
        })
        .await
    }

    async fn all_customers(&self) -> Result<Arc<Of<Arc<Customer>>>, ApiError> {
        keep(&self.customers, async {
            let found = self
                .services
                .onboarding
                .customers(&self.subject, &self.ids)
                .await?;
            Ok(shared(found))
        })
        .await
    }

    pub(crate) async fn prospect(&self, id: Uuid) -> Result<Option<Arc<Prospect>>, ApiError> {
        Ok(self.all_prospects().await?.get(&id).cloned())
    }

    pub(crate) async fn customer(&self, id: Uuid) -> Result<Option<Arc<Customer>>, ApiError> {
        Ok(self.all_customers().await?.get(&id).cloned())
    }

    pub(crate) async fn account(&self, id: Uuid) -> Result<Option<AccountOnRecord>, ApiError> {
        let accounts = keep(&self.accounts, async {
            let ledger = &self.services.ledger;
            Ok(ledger.read_many(&self.subject, &self.ids).await?)
        });
        Ok(accounts.await?.get(&id).cloned())
    }

    pub(crate) async fn steps(&self, id: Uuid) -> Result<Vec<StepView>, ApiError> {
        let steps = keep(&self.steps, async {
            let board = &self.services.board;
            Ok(board.steps_of_many(&self.subject, &self.ids).await?)
        });
        Ok(steps.await?.get(&id).cloned().unwrap_or_default())
    }

    pub(crate) async fn raised(&self, id: Uuid) -> Result<Vec<Raised>, ApiError> {
        let raised = keep(&self.raised, async {
            let found = self
                .services
                .onboarding
                .raised_about_many(&self.subject, &self.ids)
                .await?;
            let mut of: Of<Vec<Raised>> = HashMap::new();
            for item in found {
                if let Some(about) = &item.about {
                    of.entry(about.id).or_default().push(item);
                }
            }
            Ok(of)
        });
        Ok(raised.await?.get(&id).cloned().unwrap_or_default())
    }

    /// The newest so many callbacks of a prospect that are older than `before`.
    pub(crate) async fn callbacks(
        &self,
        id: Uuid,
        first: usize,
        before: Option<CallbackId>,
    ) -> Result<Vec<CallbackRow>, ApiError> {
        let kept = self.callbacks.at(first, before);
        let first = i64::try_from(first).unwrap_or(i64::MAX);
        let callbacks = keep(&kept, async {
            let onboarding = &self.services.onboarding;
            Ok(onboarding
                .callbacks_of(&self.subject, &self.ids, first, before)
                .await?)
        });
        Ok(callbacks.await?.get(&id).cloned().unwrap_or_default())
    }

    /// A page of a customer's deposits.
    pub(crate) async fn deposits(
        &self,
        id: Uuid,
        first: usize,
        after: Option<Cursor>,
    ) -> Result<kernel::Page<DepositRow>, ApiError> {
        let kept = self.deposits.at(first, after);
        let found = keep(&kept, async {
            let deposits = &self.services.deposits;
            Ok(deposits
                .deposits_of_many(&self.subject, &self.ids, after, first)
                .await?)
        });
        Ok(of(found.await?.get(&id)))
    }

    /// A page of a customer's withdrawals.
    pub(crate) async fn withdrawals(
        &self,
        id: Uuid,
        first: usize,
        after: Option<Cursor>,
    ) -> Result<kernel::Page<WithdrawalRow>, ApiError> {
        let kept = self.withdrawals.at(first, after);
        let found = keep(&kept, async {
            let deposits = &self.services.deposits;
            Ok(deposits
                .withdrawals_of_many(&self.subject, &self.ids, after, first)
                .await?)
        });
        Ok(of(found.await?.get(&id)))
    }

    /// A page of a customer's credit facility proposals, with what the page's proposals know of each other.
    pub(crate) async fn proposals(
        self: &Arc<Self>,
        id: Uuid,
        first: usize,
        after: Option<Cursor>,
    ) -> Result<Option<(kernel::Page<ProposalRow>, Arc<Proposals>)>, ApiError> {
        let kept = self.proposals.at(first, after);
        let found = keep(&kept, async {
            let credit = &self.services.credit;
            let found = credit
                .proposals_of_many(&self.subject, &self.ids, after, first)
                .await?;
            let rows = found.values().flat_map(|page| &page.rows);
            let together = Proposals::new(rows.map(|row| row.id).collect(), self);
            Ok(found
                .into_iter()
                .map(|(id, page)| (id, (page, Arc::clone(&together))))
                .collect())
        });
        Ok(found.await?.get(&id).cloned())
    }

    /// The entries of the audit log that the events of these prospects may come from.
    pub(crate) async fn traces_of_prospects(&self) -> Result<Arc<Traces>, ApiError> {
        keep(&self.traces_of_prospects, async {
            let prospects = self.all_prospects().await?;
            let events = prospects
                .values()
                .flat_map(|prospect| customer::history::prospect_timeline(prospect));
            self.traces(events).await
        })
        .await
    }

    /// The same of these customers.
    pub(crate) async fn traces_of_customers(&self) -> Result<Arc<Traces>, ApiError> {
        keep(&self.traces_of_customers, async {
            let customers = self.all_customers().await?;
            let events = customers
                .values()
                .flat_map(|customer| customer::history::customer_timeline(customer, None));
            self.traces(events).await
        })
        .await
    }

    pub(crate) async fn traces(
        &self,
        events: impl Iterator<Item = TimelineEntry>,
    ) -> Result<Traces, ApiError> {
        let (actions, objects): (Vec<String>, Vec<String>) = events
            .filter_map(|event| event.act)
            .map(|act| (act.action.to_owned(), act.object))
            .unzip();
        let found = self
            .services
            .audit
            .traces(&distinct(objects), &distinct(actions))
            .await?;
        let mut traces: Traces = HashMap::new();
        for trace in found {
            let key = (
                trace.subject.clone(),
                trace.action.clone(),
                trace.object.clone(),
            );
            traces.entry(key).or_default().push(trace);
        }
        Ok(traces)
    }

    /// What people call operators and tokens.
    pub(crate) async fn names(&self) -> Result<Arc<Names>, ApiError> {
        keep(&self.names, Names::read(&self.services)).await
    }
}

/// A page that may not be there.
fn of<Row: Clone>(page: Option<&kernel::Page<Row>>) -> kernel::Page<Row> {
    page.cloned().unwrap_or_else(kernel::Page::empty)
}

/// Reads once; the others wait for it.
pub(crate) async fn keep<T>(
    kept: &Kept<T>,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<Arc<T>, ApiError> {
    kept.get_or_init(|| async { read.await.map(Arc::new) })
        .await
        .clone()
}

fn shared<K: Eq + Hash, V>(found: HashMap<K, V>) -> HashMap<K, Arc<V>> {
    found
        .into_iter()
        .map(|(id, record)| (id, Arc::new(record)))
        .collect()
}

fn distinct(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts.dedup();
    texts
}
