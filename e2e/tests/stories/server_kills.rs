//! `kill -9` of the server at ten random moments loses and doubles nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use e2e::{Callback, Chapter, Sumsub, Usher, alone, wait::LATER};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::StatusCode;
use tokio::{sync::watch, task::JoinSet};

const KILLS: usize = 10;
const CUSTOMERS: usize = 10;

pub fn chapter() -> Chapter {
    Chapter::alone(
        "server_kills",
        vec![alone("ten_kills_lose_and_double_nothing", ten_kills)],
    )
}

/// Sends one callback until it is answered 200, to whichever server is alive; says how often it was asked to.
async fn deliver(callback: Callback, server: watch::Receiver<Sumsub>) -> Result<usize> {
    let mut tries = 0;
    let start = Instant::now();
    loop {
        let sumsub = server.borrow().clone();
        tries += 1;
        if matches!(sumsub.send(&callback).await, Ok(StatusCode::OK)) {
            return Ok(tries);
        }
        ensure!(
            start.elapsed() < Duration::from_secs(300),
            "never answered 200"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until a step was done in this life of the server; not for long, as all of them may be done.
async fn provisioning_goes_on(usher: &Usher) -> Result<()> {
    const DONE: &str = "SELECT count(*) FROM provisioning_steps WHERE state = 'done'";
    let counts = usher.counts().await?;
    let before = counts.number(DONE).await?;
    let start = Instant::now();
    while counts.number(DONE).await? == before && start.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn ten_kills() -> Result<()> {
    let seed: u64 = match std::env::var("USHER_E2E_SEED") {
        Ok(seed) => seed.parse()?,
        Err(_) => rand::rng().random(),
    };
    println!("moments drawn with USHER_E2E_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);

    let mut usher = Usher::start("crash").await?;
    let prospects = usher.admin()?.create_many("crash", CUSTOMERS).await?;
    let mut callbacks: Vec<Callback> = prospects
        .iter()
        .flat_map(|prospect| {
            [
                Callback::created(prospect.id).in_ms(-3000),
                Callback::pending(prospect.id).in_ms(-2000),
                Callback::green(prospect.id).in_ms(-1000),
            ]
        })
        .collect();
    callbacks.shuffle(&mut random);

    let (announce, server) = watch::channel(usher.sumsub()?);
    let tries = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    let share = callbacks.len() / KILLS;
    for kill in 0..KILLS {
        // Each life of the server gets its share of callbacks, spread over the moments before and after its end.
        for callback in callbacks.drain(..share) {
            let pause = Duration::from_millis(random.random_range(0..600));
            let (server, tries) = (server.clone(), Arc::clone(&tries));
            clients.spawn(async move {
                tokio::time::sleep(pause).await;
                tries.fetch_add(deliver(callback, server).await?, Ordering::Relaxed);
                anyhow::Ok(())
            });
        }
        // Every other life ends soon after its start (while callbacks come in and are judged), the others just after
        // a step of provisioning was done (while the next ones run).
        let start = Instant::now();
        if kill % 2 == 1 {
            provisioning_goes_on(&usher).await?;
        }
        let at_most = if kill % 2 == 1 { 150 } else { 900 };
        tokio::time::sleep(Duration::from_millis(random.random_range(0..at_most))).await;
        let lived = start.elapsed();
        usher.kill().await?;
        println!(
            "kill {} came {lived:?} after the server was ready",
            kill + 1
        );
        usher.launch().await?;
        announce.send_replace(usher.sumsub()?);
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    println!(
        "{} callbacks took {} tries",
        3 * CUSTOMERS,
        tries.load(Ordering::Relaxed)
    );

    let counts = usher.counts().await?;
    counts.all_active_once(&prospects, LATER).await?;
    ensure!(
        counts.number("SELECT count(*) FROM customers").await? == 10,
        "customers"
    );
    ensure!(
        counts.number("SELECT count(*) FROM logins").await? == 10,
        "logins"
    );
    ensure!(
        counts
            .number("SELECT count(*) FROM cala_accounts WHERE code LIKE 'DEP-%'")
            .await?
            == 10,
        "ledger accounts"
    );
    ensure!(
        counts.number("SELECT count(*) FROM callbacks").await? == 30,
        "rows of the callback log"
    );
    ensure!(
        counts.number("SELECT count(*) FROM callbacks WHERE outcome IN ('received', 'failed', 'conflicting')").await? == 0,
        "callbacks that were not judged"
    );
    let mailbox = usher.mailbox()?;
    for prospect in &prospects {
        let mails = mailbox.to(&prospect.email).await?;
        ensure!(!mails.is_empty(), "a customer got no mail");
        // The newest password is the one that counts, however many mails a crash made of one.
        let newest = mails[0].temporary_password()?;
        usher
            .portal()?
            .first_sign_in(&prospect.email, &newest, "a long way to the harbour")
            .await?;
    }
    usher.stop().await
}
