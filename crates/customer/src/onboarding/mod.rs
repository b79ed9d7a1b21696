//! The domain service that panel, portal and API call. What operators do stands in `prospect_actions.rs` and `customer_actions.rs`,
//! `contact.rs`, `assign.rs`, `snooze.rs`, `link.rs`, `send_link.rs`, `sumsub_refresh.rs` and `erase.rs`; when they may, in [`crate::kyc::actions`].

mod again;
mod assign;
mod contact;
mod create;
mod customer_actions;
mod erase;
mod find;
mod link;
mod progress;
mod prospect_actions;
mod read;
mod records;
mod remind;
mod send_link;
mod settings;
mod snooze;
mod sumsub_refresh;
mod together;

use kernel::{Database, Error, Together};
use std::{sync::Arc, time::Duration};

use access::{
    Access, AuditAction, AuditObject, Look, OperatorDirectory, Operators, Permission, Subject,
};
use futures::{Stream, StreamExt as _};
use outbox::Outbox;
use sqlx::PgPool;
use sumsub::Client;
use uuid::Uuid;

use crate::{
    callback_log::{drain::Drain, ingest::Pressure},
    customer::Customers,
    kyc::ProspectFacts,
    ports::{LedgerPort, LinkSender, PersonalDataHolder},
    prospect::{Prospect, Prospects},
    refresh::Refresher,
    statistics::Kept,
};

pub(crate) use create::Creation;
pub use link::LinkToShow;
pub use progress::StepProgress;
pub use remind::LinkChaser;
pub use send_link::LinkMailSent;
pub use settings::Settings;
pub(crate) use snooze::IS_SNOOZED;
pub use snooze::SnoozeUntil;

/// A prospect or customer changed; look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The UUID that a prospect and its customer share.
    pub id: Uuid,
}

/// To create a prospect takes some milliseconds, and twice as many hardly more.
const GATHERS_FOR: Duration = Duration::from_millis(1);

/// The domain service. Checks permissions, keeps the rules, writes events.
#[derive(Clone)]
pub struct Onboarding {
    pub(crate) pool: Database,
    access: Access,
    outbox: Outbox,
    prospects: Prospects,
    customers: Customers,
    sumsub: Client,
    settings: Settings,
    pub(crate) kept: Arc<Kept>,
    ledger: Option<Arc<dyn LedgerPort>>,
    holders: Arc<[Arc<dyn PersonalDataHolder>]>,
    link_sender: Option<Arc<dyn LinkSender>>,
    operators: Arc<dyn OperatorDirectory>,
    neighbours: Arc<Together<together::Asked, together::Created>>,
}

impl Onboarding {
    /// Wires the service. `outbox` is the one that everything publishes to.
    #[must_use]
    pub fn new(
        pool: impl Into<Database>,
        outbox: Outbox,
        access: Access,
        sumsub: Client,
        settings: Settings,
    ) -> Self {
        let pool = pool.into();
        Self {
            prospects: Prospects::new(PgPool::clone(&pool), outbox.clone()),
            customers: Customers::new(PgPool::clone(&pool), outbox.clone()),
            operators: Arc::new(Operators::new(pool.clone())),
            pool,
            access,
            outbox,
            sumsub,
            settings,
            kept: Arc::default(),
            ledger: None,
            holders: Arc::from([]),
            link_sender: None,
            neighbours: Arc::new(Together::gathering_for(GATHERS_FOR)),
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

    /// With who mails verification links; without one they are asked for, and nobody sends them.
    #[must_use]
    pub fn with_link_sender(mut self, sender: Arc<dyn LinkSender>) -> Self {
        self.link_sender = Some(sender);
        self
    }

    /// The processing of the callback log, for a claim loop.
    #[must_use]
    pub fn drain(&self) -> Drain {
        Drain {
            pool: PgPool::clone(&self.pool),
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
            pool: PgPool::clone(&self.pool),
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

    /// How far this process has heard of changes: what is read after asking shows all of them, and [`Onboarding::subscribe`] tells
    /// of those behind it.
    #[must_use]
    pub fn told(&self) -> String {
        self.outbox.told().to_string()
    }

    /// Tells of every change from now on, from any server on the database.
    pub fn subscribe(&self) -> impl Stream<Item = Changed> + Send + 'static {
        self.outbox
            .changes()
            .map(|event| Changed { id: event.subject })
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

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
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
}
