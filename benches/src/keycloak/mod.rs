//! `make bench-keycloak`: Usher's provisioning through a real Keycloak, beside a bare client that makes the same calls, and
//! beside the obvious way (plain temporary passwords, which Keycloak hashes slowly).

mod bare;
mod table;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use e2e::{
    Callback, Usher,
    keycloak_server::{ADMINISTRATOR, KeycloakServer},
};
use nix::sys::signal::Signal;
use testkit::SmtpServer;

use self::bare::{Bare, Password};
use crate::{load, onboarding, progress, prospects};

/// Calls at once, ours as the bare client's.
const AT_ONCE: usize = 16;
/// How many make a Keycloak quick, whose code is compiled as it runs.
const WARM_UP: usize = 400;
/// How many customers wait while Keycloak is away.
const OUTAGE: usize = 200;
/// How long it is away, so that everybody has failed and backs off.
const AWAY: Duration = Duration::from_secs(20);
/// In which they are to be Active once it is back.
const RECOVERED_WITHIN: Duration = Duration::from_secs(30);

/// Measures and prints; whether every goal is met.
pub async fn measure(usher: &Path, customers: usize) -> Result<bool> {
    let mut keycloak = KeycloakServer::start().await?;
    progress("Usher through Keycloak, as it warms up");
    through_usher(usher, &keycloak, 0, false).await?;
    // Before and after, because a Keycloak gets quicker as it runs.
    progress("a bare client");
    let mut client = Bare::new(&keycloak.url())?;
    client.make(WARM_UP, Password::Hashed).await?;
    let before = client.make(customers / 2, Password::Hashed).await?;
    progress("Usher through Keycloak, one call a login");
    let one_call_a_login = through_usher(usher, &keycloak, customers, false).await?;
    progress("a bare client");
    let after = client.make(customers / 2, Password::Hashed).await?;
    let bare = f64::midpoint(before, after);
    progress("plain temporary passwords");
    let plain = client.make(customers / 5, Password::Plain).await?;
    progress("Usher through Keycloak, partialImport");
    let imported = through_usher(usher, &keycloak, customers, true).await?;
    progress("an outage");
    let recovered = recovery(usher, &mut keycloak).await?;

    let met = table::print(&table::Figures {
        bare,
        plain,
        one_call_a_login,
        imported,
    });
    let in_time = recovered <= RECOVERED_WITHIN;
    println!(
        "| {OUTAGE} customers Active after Keycloak, which was killed, answers again | {:.1} s | | | within {} s: {} |",
        recovered.as_secs_f64(),
        RECOVERED_WITHIN.as_secs(),
        if in_time { "met" } else { "MISSED" }
    );
    Ok(met && in_time)
}

/// How long it takes until everybody is Active who came while Keycloak was away, from its first answer on.
async fn recovery(binary: &Path, keycloak: &mut KeycloakServer) -> Result<Duration> {
    let smtp = SmtpServer::counting();
    let mut usher = start(binary, keycloak, &smtp.url(), false).await?;
    let counts = usher.counts().await?;
    let (made, _) = prospects::create(&usher, OUTAGE).await?;
    keycloak.end(Signal::SIGKILL).await?;
    let greens = made.iter().map(|prospect| Callback::green(prospect.id));
    load::send(&usher, load::requests(&usher, greens)?, AT_ONCE, AWAY * 4).await?;
    tokio::time::sleep(AWAY).await;
    keycloak.spawn()?;
    keycloak.answers().await?;
    let start = Instant::now();
    let active = "SELECT count(*) FROM customers WHERE activity = 'active'";
    while usize::try_from(counts.number(active).await?)? < OUTAGE {
        ensure!(
            start.elapsed() < AWAY * 10,
            "not everybody is Active: {}",
            counts.waiting().await?
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let recovered = start.elapsed();
    usher.stop().await?;
    Ok(recovered)
}

async fn through_usher(
    binary: &Path,
    keycloak: &KeycloakServer,
    customers: usize,
    partial_import: bool,
) -> Result<f64> {
    let smtp = SmtpServer::counting();
    let mut usher = start(binary, keycloak, &smtp.url(), partial_import).await?;
    let counts = usher.counts().await?;
    let (warm, _) = prospects::create(&usher, WARM_UP).await?;
    activate(&usher, &counts, &warm, 0).await?;
    let mut rate = 0.0;
    if customers > 0 {
        let (made, _) = prospects::create(&usher, customers).await?;
        rate = activate(&usher, &counts, &made, WARM_UP).await?;
    }
    usher.stop().await?;
    Ok(rate)
}

async fn start(
    binary: &Path,
    keycloak: &KeycloakServer,
    smtp_url: &str,
    partial_import: bool,
) -> Result<Usher> {
    let [flag, url] = keycloak.flags();
    let mut usher = Usher::prepare("bench-keycloak", &["--smtp-url", smtp_url, &flag, &url])?
        .with_setting("USHER_KEYCLOAK_ADMIN_PASSWORD", ADMINISTRATOR)
        .with_binary(binary.to_path_buf());
    for setting in [
        format!("identity.keycloak.partial_import={partial_import}"),
        format!("identity.keycloak.customer_realm={}", realm(partial_import)),
    ] {
        usher.add_argument("--set");
        usher.add_argument(&setting);
    }
    usher.launch().await?;
    Ok(usher)
}

async fn activate(
    usher: &Usher,
    counts: &e2e::counts::Counts,
    made: &[e2e::admin::Prospect],
    already: usize,
) -> Result<f64> {
    let greens: Vec<Callback> = made
        .iter()
        .map(|prospect| Callback::green(prospect.id))
        .collect();
    let active = onboarding::green_to_active(usher, counts, made, &greens, already).await?;
    Ok(active.rate)
}

fn realm(partial_import: bool) -> &'static str {
    if partial_import {
        "imported"
    } else {
        "usher-customers"
    }
}
