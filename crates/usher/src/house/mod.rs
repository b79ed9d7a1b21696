//! The assembly: every part of the house, wired to its neighbours. Start reading here.

mod identity;
mod invitations;
mod settings;
mod upkeep;

use std::{sync::Arc, time::Duration};

use access::{Access, ApiTokens, AuditLog, Sealer};
use axum::Router;
use credit::Credit;
use customer::{Onboarding, callback_log::ingest::Ingest, event::Outbox};
use deposit::Deposits;
use job::{JobPollerConfig, JobSvcConfig, Jobs};
use mail::Mailer;
use money::Money;
use obix::MailboxConfig;
use provisioning::{Board, Ports, Starter, StepLoop, steps};
use sqlx::PgPool;
use web::{AdminState, PublicState, webhook::WebhookState};

pub use identity::{examine as examine_keycloak, urls as keycloak_urls};
pub use invitations::Invitations;
pub use settings::{DevSettings, Settings, levels, smtp_config, sumsub_config};
pub use upkeep::last_seal;

use self::identity::Identity;
use crate::{failure::Failure, loops::Loops};

/// After a kill the next process takes over a job (the outbox's subscriber, the ledger's sums) once it has shown no
/// sign of life for so long. Running one twice is harmless: each lands with its place in the stream, or not at all.
const JOB_LOST_AFTER: Duration = Duration::from_secs(8);

/// The doors' pages.
pub struct House {
    pub admin: Router,
    pub public: Router,
}

impl House {
    /// Wires everything and starts the background loops. The schema has to be current. `webhooks` are connections that
    /// nobody else uses.
    ///
    /// # Errors
    /// When the database doesn't answer, or a part can't use its settings.
    pub async fn open(
        pool: &PgPool,
        webhooks: &PgPool,
        settings: Settings,
        loops: &Loops,
    ) -> Result<Self, Failure> {
        // Before anything is stored: this process's own clock may be wrong.
        clock::measure(pool).await.map_err(part("clock"))?;
        loops.spawn("clock", clock::keep(pool.clone(), loops.stop_token()));
        let outbox = Outbox::init(pool, MailboxConfig::builder().build())
            .await
            .map_err(part("outbox"))?;
        let config = JobSvcConfig::builder()
            .pool(pool.clone())
            .exec_migrations(false)
            .poller_config(JobPollerConfig {
                job_lost_interval: JOB_LOST_AFTER,
                pending_jobs_check_interval: JOB_LOST_AFTER,
                ..JobPollerConfig::default()
            })
            .build()
            .map_err(part("jobs"))?;
        let mut jobs = Jobs::init(config).await.map_err(part("jobs"))?;
        let deposits = Deposits::init(pool, &mut jobs)
            .await
            .map_err(part("ledger"))?;

        let identity = Identity::open(pool, &settings)?;
        let access = Access::new(pool.clone());
        let money = Money::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            deposits.clone(),
            settings.money,
        );
        let credit = Credit::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            deposits.clone(),
        );
        let sumsub = sumsub::Client::new(settings.sumsub).map_err(part("Sumsub client"))?;
        let onboarding = Onboarding::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            sumsub,
            settings.onboarding,
        )
        .with_ledger(Arc::new(provisioning::DepositLedger(deposits.clone())))
        .with_holders(vec![
            Arc::new(provisioning::StepsErasure),
            Arc::new(money.clone()),
            Arc::new(credit.clone()),
        ]);
        let mailer = Mailer::new(settings.smtp)
            .map_err(|error| Failure::configuration(format!("{error}.")))?;
        let invitations = Invitations::new(
            mailer.clone(),
            settings.web.admin_url.clone(),
            settings.temporary_for,
        );
        let steps = steps::all(&Ports {
            identity: Arc::clone(&identity.provider),
            mailer,
            deposits: deposits.clone(),
            onboarding: onboarding.clone(),
            portal_url: settings.web.public_url.clone(),
            temporary_for: settings.temporary_for,
            look_every: settings.look_every,
        });

        // Registered before the jobs start polling, started after everything is wired.
        Starter::new(&steps)
            .register(&outbox, &mut jobs)
            .await
            .map_err(part("provisioning"))?;
        credit
            .register(&outbox, &mut jobs)
            .await
            .map_err(part("credit proposals"))?;
        jobs.start_poll().await.map_err(part("jobs"))?;
        let ingest = Ingest::start(webhooks.clone());
        loops.drain(
            pool,
            onboarding.drain().stepping_back_for(ingest.pressure()),
        );
        loops.drain(pool, onboarding.refresher());
        for work in StepLoop::all(pool, &onboarding, &steps) {
            loops.drain(pool, work);
        }
        loops.spawn(
            "recovery",
            provisioning::recovery::watch(pool.clone(), steps, loops.stop_token()),
        );
        identity.look_after(pool, loops);
        loops.spawn("audit", Sealer::new(pool.clone()).run(loops.stop_token()));
        loops.spawn(
            "outbox_partitions",
            upkeep::extend_outbox_partitions(pool.clone(), loops.stop_token()),
        );
        loops.spawn(
            "identity_keys",
            upkeep::renew_identity_keys(onboarding.clone(), loops.stop_token()),
        );
        loops.spawn("jobs", poll_until_stopped(jobs, loops.clone()));

        let web = Arc::new(settings.web);
        let webhook = web::webhook::router(WebhookState {
            ingest,
            secrets: settings.webhook_secrets.into(),
            allow_sha1: settings.allow_sha1,
        });
        Ok(Self {
            admin: web::admin_router(AdminState {
                pool: pool.clone(),
                operators: identity.operators,
                sign_in: identity.operator_sign_in,
                bearer: identity.bearer,
                tokens: ApiTokens::new(pool.clone()),
                invitations: Arc::new(invitations),
                audit: AuditLog::new(pool.clone()),
                board: Board::new(pool.clone(), access, Arc::clone(&identity.provider)),
                deposits: deposits.clone(),
                money: money.clone(),
                credit: credit.clone(),
                onboarding: onboarding.clone(),
                config: Arc::clone(&web),
                shutdown: loops.stop_token(),
            }),
            public: web::public_router(PublicState {
                pool: pool.clone(),
                sign_in: identity.customer_sign_in,
                logins: identity.provider,
                onboarding,
                deposits,
                money,
                credit,
                config: web,
                webhook,
            }),
        })
    }
}

async fn poll_until_stopped(jobs: Jobs, loops: Loops) {
    loops.stop_token().cancelled().await;
    if let Err(error) = jobs.shutdown().await {
        tracing::warn!(%error, "the jobs did not end cleanly; another process takes them over");
    }
}

/// Why a part of the house doesn't start.
fn part<E: std::fmt::Display>(name: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::other(format!("The {name} can't be started: {error}."))
}
