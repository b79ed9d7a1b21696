//! The services of one process: the domain over one database, and the ports that it works through.

use std::sync::Arc;

use access::Access;
use credit::Credit;
use customer::Onboarding;
use deposit::Deposits;
use kernel::Database;
use ledger::Ledger;
use mail::Mailer;
use outbox::Outbox;
use provisioning::{
    DepositLedger, LinkSteps, Ports, StepsErasure,
    steps::{self, Step},
};

use super::{Invitations, Settings, identity::Identity, part};
use crate::failure::Failure;

/// What the loops drive and the pages show.
pub struct Services {
    pub pool: Database,
    pub outbox: Outbox,
    pub access: Access,
    pub identity: Identity,
    pub ledger: Ledger,
    pub deposits: Deposits,
    pub credit: Credit,
    pub onboarding: Onboarding,
    pub invitations: Invitations,
    /// The steps of provisioning.
    pub steps: Vec<Arc<dyn Step>>,
}

impl Services {
    /// Wires them to each other.
    ///
    /// # Errors
    /// When the database doesn't answer, or a part can't use its settings.
    pub async fn open(pool: &Database, settings: &Settings) -> Result<Self, Failure> {
        let outbox = Outbox::open(pool).await.map_err(part("outbox"))?;
        let ledger = Ledger::init(pool.clone()).await.map_err(part("ledger"))?;
        let identity = Identity::open(pool, settings)?;
        let access = Access::new(pool.clone());
        let deposits = Deposits::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            ledger.clone(),
            settings.deposits,
        );
        let credit = Credit::new(pool.clone(), outbox.clone(), access.clone(), ledger.clone());
        let sumsub = sumsub::Client::new(settings.sumsub.clone()).map_err(part("Sumsub client"))?;
        let onboarding = Onboarding::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            sumsub,
            settings.onboarding.clone(),
        )
        .with_ledger(Arc::new(DepositLedger(ledger.clone())))
        .with_operators(Arc::clone(&identity.operators))
        .with_link_sender(Arc::new(LinkSteps))
        .with_holders(vec![
            Arc::new(StepsErasure),
            Arc::new(deposits.clone()),
            Arc::new(credit.clone()),
        ]);
        let mailer = Mailer::new(settings.smtp.clone())
            .map_err(|error| Failure::configuration(format!("{error}.")))?;
        let temporary_for = settings.temporary_for;
        let panel_url = settings.web.admin_url.clone();
        Ok(Self {
            invitations: Invitations::new(mailer.clone(), panel_url, temporary_for),
            steps: steps::all(&Ports {
                identity: Arc::clone(&identity.provider),
                mailer,
                deposits: ledger.clone(),
                onboarding: onboarding.clone(),
                portal_url: settings.web.public_url.clone(),
                bank_name: settings.bank_name.clone(),
                temporary_for,
                recheck_every: settings.recheck_every,
            }),
            pool: pool.clone(),
            outbox,
            access,
            identity,
            ledger,
            deposits,
            credit,
            onboarding,
        })
    }
}
