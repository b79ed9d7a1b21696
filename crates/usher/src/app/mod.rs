//! The assembly: every part of Usher, wired to its neighbours. Start reading here.

mod identity;
mod invitations;
mod settings;
mod upkeep;

use std::sync::Arc;

use access::{Access, ApiTokens, AuditLog, Sealer};
use axum::Router;
use claim_loop::Wakeups;
use credit::Credit;
use customer::{Onboarding, callback_log::ingest::Ingest};
use deposit::Deposits;
use ledger::Ledger;
use mail::Mailer;
use outbox::{Deliveries, Outbox};
use provisioning::{Board, Ports, Starter, StepLoop, steps};
use sqlx::PgPool;
use web::{AdminState, PublicState, Site, session::Sessions, webhook::WebhookState};

pub use identity::{examine as examine_keycloak, urls as keycloak_urls};
pub use invitations::Invitations;
pub use settings::{DevSettings, Settings, levels, smtp_config, sumsub_config};
pub use upkeep::last_seal;

use self::identity::Identity;
use crate::{database::Reserved, failure::Failure, loops::Loops};

/// The pages of the two listeners that browsers reach.
pub struct App {
    pub admin: Router,
    pub public: Router,
}

impl App {
    /// Wires everything and starts the background loops. The schema has to be current.
    ///
    /// # Errors
    /// When the database doesn't answer, or a part can't use its settings.
    pub async fn open(
        pool: &PgPool,
        reserved: &Reserved,
        settings: Settings,
        loops: &Loops,
    ) -> Result<Self, Failure> {
        // Before anything is stored: this process's own clock may be wrong.
        clock::measure(pool).await.map_err(part("clock"))?;
        loops.spawn(
            "database_time",
            clock::keep(pool.clone(), loops.stop_token()),
        );
        if ::outbox::renew_era(pool).await.map_err(part("outbox"))? {
            upkeep::say_new_era();
        }
        let wakeups = Wakeups::start(&reserved.sessions, loops.stop_token());
        let outbox = Outbox::open(pool).await.map_err(part("outbox"))?;
        outbox.woken_by(wakeups.on(outbox::EVENTS_CHANNEL));
        let deposits = Ledger::init(pool).await.map_err(part("ledger"))?;

        let identity = Identity::open(pool, &settings)?;
        let access = Access::new(pool.clone());
        let money = Deposits::new(
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
        .with_link_sender(Arc::new(provisioning::LinkSteps))
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
            bank_name: settings.bank_name,
            temporary_for: settings.temporary_for,
            recheck_every: settings.look_every,
        });

        let starter = Starter::new(&steps);
        outbox.in_transaction(Arc::new(starter.clone()));
        loops.drain(&wakeups, Deliveries::new(outbox.clone(), starter));
        loops.drain(&wakeups, credit.canceller());
        let ingest = Ingest::start(reserved.webhooks.clone());
        loops.hold("webhooks", stored(ingest.clone(), loops.clone()));
        loops.drain(
            &wakeups,
            onboarding.drain().stepping_back_for(ingest.pressure()),
        );
        loops.drain(&wakeups, onboarding.refresher());
        loops.drain(&wakeups, onboarding.link_chaser());
        loops.drain(&wakeups, onboarding.counting());
        loops.drain(&wakeups, deposits.adding_up());
        for work in StepLoop::all(pool, &reserved.sessions, &onboarding, &steps) {
            loops.drain(&wakeups, work);
        }
        loops.spawn(
            "recovery",
            provisioning::recovery::watch(pool.clone(), steps, loops.stop_token()),
        );
        identity.look_after(pool, loops);
        loops.spawn(
            "sessions",
            Sessions::new(pool.clone(), Site::Admin).sweep(loops.stop_token()),
        );
        loops.spawn("audit", Sealer::new(pool.clone()).run(loops.stop_token()));
        loops.spawn(
            "outbox",
            upkeep::look_after_outbox(pool.clone(), settings.keep_events, loops.stop_token()),
        );
        loops.spawn(
            "identity_keys",
            upkeep::renew_identity_keys(onboarding.clone(), loops.stop_token()),
        );

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
                outbox,
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

/// As long as callbacks are stored.
async fn stored(ingest: Ingest, loops: Loops) {
    loops.stop_token().run_until_cancelled(ingest.ended()).await;
}

/// Why a part of Usher doesn't start.
fn part<E: std::fmt::Display>(name: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::other(format!("The {name} can't be started: {error}."))
}
