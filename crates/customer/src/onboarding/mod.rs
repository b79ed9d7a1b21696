//! The domain service that every door calls: panel, portal, programs.

mod again;
mod contact;
mod create;
mod credit;
mod customer_actions;
mod erase;
mod find;
mod link;
mod progress;
mod prospect_actions;
mod read;
mod sumsub_refresh;

use kernel::Error;
use std::{collections::HashMap, sync::Arc, time::Duration};

use access::{Access, AuditAction, AuditObject, Look, Permission, Subject};
use es_entity::AtomicOperation as _;
use futures::{Stream, StreamExt as _};
use sqlx::PgPool;
use sumsub::Client;
use uuid::Uuid;

use crate::{
    callback_log::{drain::Drain, ingest::Pressure},
    customer::{Customer, Customers},
    event::Outbox,
    kyc::{CustomerAction, ProspectAction, ProspectFacts, Rules, customer_may, prospect_may},
    levels::Levels,
    ports::{LedgerPort, PersonalDataHolder},
    primitives::{CustomerId, ProspectId, Stage},
    prospect::{Prospect, Prospects},
    refresh::{RefreshSchedule, Refresher},
    stage_counts::StageCounts,
};

pub use link::LinkToShow;
pub use progress::StepProgress;

/// The bank's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which Sumsub level a customer type goes through.
    pub levels: Levels,
    /// How callbacks are judged.
    pub rules: Rules,
    /// How long a verification link lives.
    pub link_ttl: Duration,
    /// How often Sumsub is asked about whom no webhook came.
    pub refresh_schedule: RefreshSchedule,
    /// Whether operators may convert past KYC.
    pub allow_manual_conversion: bool,
    /// Personal data may be erased when a record has been closed for so many years.
    pub retention_years: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            levels: Levels::default(),
            rules: Rules {
                allow_sandbox: false,
            },
            link_ttl: Duration::from_secs(7 * 24 * 3600),
            refresh_schedule: RefreshSchedule::default(),
            allow_manual_conversion: true,
            retention_years: 5,
        }
    }
}

/// A prospect or customer changed; look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The UUID that a prospect and its customer share.
    pub id: Uuid,
}

/// The domain service. Checks permissions, keeps the rules, writes events.
#[derive(Clone)]
pub struct Onboarding {
    pub(crate) pool: PgPool,
    access: Access,
    outbox: Outbox,
    prospects: Prospects,
    customers: Customers,
    sumsub: Client,
    settings: Settings,
    stage_counts: Arc<StageCounts>,
    ledger: Option<Arc<dyn LedgerPort>>,
    holders: Arc<[Arc<dyn PersonalDataHolder>]>,
}

impl Onboarding {
    /// Wires the service. `outbox` is the one that everything publishes to.
    #[must_use]
    pub fn new(
        pool: PgPool,
        outbox: Outbox,
        access: Access,
        sumsub: Client,
        settings: Settings,
    ) -> Self {
        Self {
            prospects: Prospects::new(pool.clone(), outbox.clone()),
            customers: Customers::new(pool.clone(), outbox.clone()),
            pool,
            access,
            outbox,
            sumsub,
            settings,
            stage_counts: Arc::default(),
            ledger: None,
            holders: Arc::from([]),
        }
    }

    /// With the ledger that says whether an account is empty; without one no customer can be closed.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Arc<dyn LedgerPort>) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// With those who hold personal data elsewhere: erasure asks each of them.
    #[must_use]
    pub fn with_holders(mut self, holders: Vec<Arc<dyn PersonalDataHolder>>) -> Self {
        self.holders = holders.into();
        self
    }

    /// The processing of the callback log, for a claim loop.
    #[must_use]
    pub fn drain(&self) -> Drain {
        Drain {
            pool: self.pool.clone(),
            outbox: self.outbox.clone(),
            prospects: self.prospects.clone(),
            customers: self.customers.clone(),
            levels: self.settings.levels.clone(),
            rules: self.settings.rules,
            refresh_schedule: self.settings.refresh_schedule,
            pressure: Pressure::default(),
        }
    }

    /// Asks Sumsub about whoever is due, for a claim loop.
    #[must_use]
    pub fn refresher(&self) -> Refresher {
        Refresher {
            pool: self.pool.clone(),
            outbox: self.outbox.clone(),
            prospects: self.prospects.clone(),
            sumsub: self.sumsub.clone(),
            schedule: self.settings.refresh_schedule,
        }
    }

    /// What the operators' rows of the table depend on, for this prospect; pages ask with it what to offer.
    #[must_use]
    pub fn facts(&self, prospect: &Prospect) -> ProspectFacts {
        prospect.facts(self.settings.allow_manual_conversion)
    }

    /// Tells of every change from now on, from any server on the database.
    pub fn subscribe(&self) -> impl Stream<Item = Changed> + Send + 'static {
        self.outbox.changes().map(|event| Changed {
            id: event.subject(),
        })
    }

    /// How many prospects are at each stage (those at none are missing); may be some seconds old.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn stage_counts(&self, subject: &Subject) -> Result<HashMap<Stage, i64>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        Ok(self.stage_counts.get(&self.pool).await?)
    }

    /// Before reading what hands out somebody's data; at whom, is said after it.
    pub(crate) async fn look<'a>(
        &'a self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Look<'a>, Error> {
        let may = Permission::CustomerRead;
        Ok(self.access.look(subject, may, action, object).await?)
    }

    /// For numbers and ids, which say nothing of anybody.
    pub(crate) async fn may_read(
        &self,
        subject: &Subject,
        action: AuditAction,
    ) -> Result<(), Error> {
        Ok(self
            .access
            .permit(subject, Permission::CustomerRead, action, AuditObject::LIST)
            .await?)
    }

    /// Who decides, and writes decisions down.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Begins a transaction whose events are published when it commits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<es_entity::DbOp<'static>, Error> {
        Ok(self.outbox.begin_op().await?)
    }

    /// The outbox, for subscribers.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    async fn find_prospect(&self, id: ProspectId) -> Result<Option<Prospect>, Error> {
        self.prospects
            .maybe_find_by_id(id)
            .await
            .map_err(Error::store)
    }

    async fn find_customer(&self, id: CustomerId) -> Result<Option<Customer>, Error> {
        self.customers
            .maybe_find_by_id(id)
            .await
            .map_err(Error::store)
    }

    /// A prospect as it stands in this transaction, for who has locked it.
    pub(crate) async fn prospect_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        id: ProspectId,
    ) -> Result<Prospect, Error> {
        self.prospects
            .find_by_id_in_op(&mut *op, id)
            .await
            .map_err(Error::store)
    }

    /// Locks a prospect and its customer until the transaction ends, and reads them.
    async fn lock(
        &self,
        op: &mut es_entity::DbOp<'static>,
        id: ProspectId,
    ) -> Result<(Prospect, Option<Customer>), Error> {
        let id_of_both = Uuid::from(id);
        sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE id = $1 FOR NO KEY UPDATE",
            id_of_both
        )
        .fetch_optional(op.as_executor())
        .await?
        .ok_or(Error::NO_RECORD)?;
        let converted = sqlx::query_scalar!(
            "SELECT id FROM customers WHERE id = $1 FOR NO KEY UPDATE",
            id_of_both
        )
        .fetch_optional(op.as_executor())
        .await?;
        let prospect = self.prospect_in_op(op, id).await?;
        let customer = match converted {
            Some(_) => Some(
                self.customers
                    .find_by_id_in_op(&mut *op, CustomerId::from(id))
                    .await
                    .map_err(Error::store)?,
            ),
            None => None,
        };
        Ok((prospect, customer))
    }

    async fn save(
        &self,
        op: &mut es_entity::DbOp<'static>,
        prospect: &mut Prospect,
        customer: Option<&mut Customer>,
    ) -> Result<(), Error> {
        if prospect.is_changed() {
            self.prospects
                .update_in_op(&mut *op, prospect)
                .await
                .map_err(Error::store)?;
        }
        if let Some(customer) = customer.filter(|customer| customer.is_changed()) {
            self.customers
                .update_in_op(&mut *op, customer)
                .await
                .map_err(Error::store)?;
        }
        Ok(())
    }
}

impl Onboarding {
    /// Asks the customer's table, when the prospect has become one, else the prospect's.
    fn either_may(
        &self,
        prospect: &Prospect,
        customer: Option<&Customer>,
        (of_prospect, of_customer): (ProspectAction, CustomerAction),
    ) -> Result<(), Error> {
        let may = match customer {
            Some(customer) => customer_may(of_customer, customer.facts(&prospect.kyc)),
            None => prospect_may(of_prospect, self.facts(prospect)),
        };
        may.allowed().map(|_| ())
    }
}
