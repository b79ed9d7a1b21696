//! `make bench-keycloak`: Usher's provisioning through a real Keycloak, beside a bare client that makes the same calls, and
//! beside the obvious way (plain temporary passwords, which Keycloak hashes slowly).

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Callback, Usher,
    keycloak_server::{ADMINISTRATOR, KeycloakServer},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use testkit::SmtpServer;
use uuid::Uuid;

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

/// A figure and how it was measured.
struct Row {
    what: String,
    per_second: f64,
    to_bare: Option<f64>,
    to_plain: Option<f64>,
}

/// Measures and prints; whether every goal is met.
pub async fn measure(usher: &Path, customers: usize) -> Result<bool> {
    let mut keycloak = KeycloakServer::start().await?;
    let mut rows = Vec::new();
    progress("Usher through Keycloak, as it warms up");
    through_usher(usher, &keycloak, 0, false).await?;
    // Before and after, because a Keycloak gets quicker as it runs.
    progress("a bare client");
    let mut bare = Bare::new(&keycloak.url())?;
    bare.make(WARM_UP, Password::Hashed).await?;
    let before = bare.make(customers / 2, Password::Hashed).await?;
    progress("Usher through Keycloak, one call a login");
    let ushers = through_usher(usher, &keycloak, customers, false).await?;
    progress("a bare client");
    let after = bare.make(customers / 2, Password::Hashed).await?;
    let bare_rate = f64::midpoint(before, after);
    progress("plain temporary passwords");
    let plain_rate = bare.make(customers / 5, Password::Plain).await?;
    progress("Usher through Keycloak, partialImport");
    let imported = through_usher(usher, &keycloak, customers, true).await?;
    progress("an outage");
    let recovered = recovery(usher, &mut keycloak).await?;

    let mut row = |what: &str, rate: f64, to_bare: Option<f64>, to_plain: Option<f64>| {
        rows.push(Row {
            what: what.to_owned(),
            per_second: rate,
            to_bare,
            to_plain,
        });
    };
    row(
        "bare client: look, make with a hashed temporary password",
        bare_rate,
        None,
        None,
    );
    row(
        "bare client: look, make with a plain temporary password",
        plain_rate,
        None,
        None,
    );
    row("Usher, GREEN to Active", ushers, Some(0.7), Some(3.0));
    row(
        "Usher, GREEN to Active, with partialImport",
        imported,
        None,
        Some(10.0),
    );
    println!("| what | figure | ratio to the bare client | ratio to plain passwords | goal |");
    println!("|---|---:|---:|---:|---|");
    let mut met = true;
    for Row {
        what,
        per_second,
        to_bare,
        to_plain,
    } in rows
    {
        let goals: Vec<String> = [
            (to_bare, bare_rate, "bare"),
            (to_plain, plain_rate, "plain"),
        ]
        .into_iter()
        .filter_map(|(goal, of, name)| {
            let goal = goal?;
            let reached = per_second / of >= goal;
            met &= reached;
            Some(format!(
                "{name} ≥ {goal}: {}",
                if reached { "met" } else { "MISSED" }
            ))
        })
        .collect();
        println!(
            "| {what} | {per_second:.0}/s | {:.2} | {:.1} | {} |",
            per_second / bare_rate,
            per_second / plain_rate,
            goals.join(", ")
        );
    }
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

#[derive(Clone, Copy)]
enum Password {
    Hashed,
    Plain,
}

/// Keycloak's admin API, and nothing around it.
struct Bare {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Bare {
    fn new(url: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(60))
                .build()?,
            base: url.to_owned(),
            token: String::new(),
        })
    }

    /// Users a second.
    async fn make(&mut self, count: usize, password: Password) -> Result<f64> {
        let start = Instant::now();
        // An administrator's token lives for a minute.
        for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
            self.sign_in().await?;
            let this = &*self;
            stream::iter(chunk)
                .map(async |_| this.one(password).await)
                .buffer_unordered(AT_ONCE)
                .try_collect::<Vec<()>>()
                .await?;
        }
        Ok(count as f64 / start.elapsed().as_secs_f64())
    }

    async fn sign_in(&mut self) -> Result<()> {
        let url = format!("{}/realms/master/protocol/openid-connect/token", self.base);
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", ADMINISTRATOR),
            ("password", ADMINISTRATOR),
        ];
        let answer: Value = self.http.post(url).form(&form).send().await?.json().await?;
        answer["access_token"]
            .as_str()
            .context("no token")?
            .clone_into(&mut self.token);
        Ok(())
    }

    async fn one(&self, password: Password) -> Result<()> {
        let customer = Uuid::new_v4();
        let users = format!("{}/admin/realms/{}/users", self.base, realm(false));
        let found: Value = self
            .http
            .get(format!("{users}?q=customerId:{customer}"))
            .bearer_auth(&self.token)
            .send()
            .await?
            .json()
            .await?;
        ensure!(found == json!([]), "a fresh customer has a login: {found}");
        let mut user = json!({
            "username": customer,
            "email": format!("{}@bare.test", customer.simple()),
            "enabled": true,
            "attributes": {"customerId": [customer]},
            "requiredActions": ["UPDATE_PASSWORD"],
        });
        let mut credential = json!({"type": "password", "temporary": true});
        match password {
            Password::Plain => credential["value"] = json!(customer.to_string() + "A-"),
            // A hash of nobody's password: what it says costs Keycloak nothing here.
            Password::Hashed => {
                credential["secretData"] =
                    json!(json!({"value": "c29tZSBoYXNo", "salt": "c29tZSBzYWx0"}).to_string());
                credential["credentialData"] =
                    json!(json!({"hashIterations": 1, "algorithm": "pbkdf2-sha256"}).to_string());
            }
        }
        user["credentials"] = json!([credential]);
        self.http
            .post(&users)
            .bearer_auth(&self.token)
            .json(&user)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}
