//! The background loops: what drains the queues, and what looks after the rest from time to time.

use sqlx::PgPool;
use std::{sync::Arc, time::Duration};

use access::Sealer;
use claim_loop::Wakeups;
use customer::callback_log::ingest::Ingest;
use outbox::Deliveries;
use provisioning::{Starter, StepLoop, recovery};
use web::{Site, session::Sessions};

use super::{services::Services, upkeep};
use crate::{database::Reserved, loops::Loops};

/// Starts all of them. Events are kept for so long.
pub fn start(
    services: &Services,
    ingest: &Ingest,
    reserved: &Reserved,
    keep_events: Duration,
    loops: &Loops,
) {
    let Services {
        pool,
        outbox,
        onboarding,
        steps,
        ..
    } = services;
    let wakeups = Wakeups::start(&reserved.sessions, loops.stop_token());
    outbox.woken_by(wakeups.on(outbox::EVENTS_CHANNEL));
    let starter = Starter::new(steps);
    outbox.in_transaction(Arc::new(starter.clone()));
    loops.drain(&wakeups, Deliveries::new(outbox.clone(), starter));
    loops.drain(&wakeups, services.credit.canceller());
    loops.hold("webhooks", stored(ingest.clone(), loops.clone()));
    let callbacks = onboarding.drain().stepping_back_for(ingest.pressure());
    loops.drain(&wakeups, callbacks);
    loops.drain(&wakeups, onboarding.refresher());
    loops.drain(&wakeups, onboarding.link_chaser());
    loops.drain(&wakeups, onboarding.importer());
    loops.drain(&wakeups, onboarding.selection_worker());
    loops.drain(&wakeups, onboarding.counting());
    loops.drain(&wakeups, services.ledger.adding_up());
    loops.drain(&wakeups, services.deposits.adding_up());
    loops.drain(&wakeups, services.credit.adding_up());
    for work in StepLoop::all(pool, &reserved.sessions, onboarding, steps) {
        loops.drain(&wakeups, work);
    }
    let stop = || loops.stop_token();
    loops.spawn(
        "recovery",
        recovery::watch(PgPool::clone(pool), steps.clone(), stop()),
    );
    services.identity.look_after(pool, loops);
    let sessions = Sessions::new(pool.clone(), Site::Admin);
    loops.spawn("sessions", sessions.sweep(stop()));
    loops.spawn("audit", Sealer::new(PgPool::clone(pool)).run(stop()));
    loops.spawn(
        "outbox",
        upkeep::look_after_outbox(PgPool::clone(pool), keep_events, stop()),
    );
    loops.spawn(
        "identity_keys",
        upkeep::renew_identity_keys(onboarding.clone(), stop()),
    );
}

/// As long as callbacks are stored.
async fn stored(ingest: Ingest, loops: Loops) {
    loops.stop_token().run_until_cancelled(ingest.ended()).await;
}
