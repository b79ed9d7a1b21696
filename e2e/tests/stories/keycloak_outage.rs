//! Keycloak stops, is killed, or hangs with 200 customers on their way: nobody is lost, nobody has two logins.

use std::{collections::HashSet, time::Duration};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Callback, Chapter, Usher,
    admin::Prospect,
    alone,
    counts::Counts,
    keycloak_server::{ADMINISTRATOR, KeycloakServer, Realm},
    until,
    wait::LATER,
};
use futures::{StreamExt as _, TryStreamExt as _};
use nix::sys::signal::Signal;

const CUSTOMERS: usize = 200;
const BACK: Duration = Duration::from_secs(180);

pub fn chapter() -> Chapter {
    Chapter::alone(
        "keycloak_outage",
        vec![alone(
            "nobody_is_lost_or_doubled_when_keycloak_stops_is_killed_or_hangs",
            outages,
        )],
    )
}

async fn outages() -> Result<()> {
    let mut keycloak = KeycloakServer::start().await?;
    let [flag, url] = keycloak.flags();
    let mut usher = Usher::prepare("keycloak-outage", &[&flag, &url])?
        .with_setting("USHER_KEYCLOAK_ADMIN_PASSWORD", ADMINISTRATOR);
    usher.add_argument("--set");
    usher.add_argument("identity.keycloak.timeout=2s");
    usher.launch().await?;
    let realm = Realm::new(&keycloak.url(), "usher-customers")?;
    let counts = usher.counts().await?;
    let mut everybody: Vec<Prospect> = Vec::new();

    for outage in [Signal::SIGTERM, Signal::SIGKILL, Signal::SIGSTOP] {
        let made = usher.admin()?.create_many("outage", CUSTOMERS).await?;
        let sumsub = usher.sumsub()?;
        // Some are in the middle of it when Keycloak goes.
        let (before, after) = made.split_at(CUSTOMERS / 4);
        deliver(&sumsub, before).await?;
        match outage {
            Signal::SIGSTOP => keycloak.signal(outage)?,
            outage => keycloak.end(outage).await?,
        }
        deliver(&sumsub, after).await?;
        until("a customer who waits for Keycloak", LATER, || async {
            let page = usher.admin()?.window().open("/provisioning").await?;
            let text = page.ok()?.text();
            ensure!(
                text.contains("Keycloak"),
                "it doesn't say what it waits for: {text}"
            );
            Ok(())
        })
        .await?;
        late_red(&usher, &counts, everybody.first()).await?;

        match outage {
            Signal::SIGSTOP => keycloak.signal(Signal::SIGCONT)?,
            _ => keycloak.spawn()?,
        }
        keycloak.answers().await?;
        everybody.extend(made.iter().cloned());
        all_active(&counts, &made).await?;
        // Each sign-in costs Keycloak a slow hash: everybody of the last outage, some of the others.
        let tried = if outage == Signal::SIGSTOP {
            &made[..]
        } else {
            &made[..20]
        };
        logins(&usher, &realm, &everybody, tried).await?;
        eprintln!("  one login each, each opens to its mailed password");
        if let Some(rejected) = everybody.first() {
            locked_out_at_keycloak(&realm, rejected, outage != Signal::SIGTERM).await?;
        }
    }
    usher.stop().await
}

async fn deliver(sumsub: &e2e::Sumsub, prospects: &[Prospect]) -> Result<()> {
    futures::stream::iter(prospects)
        .map(async |prospect| sumsub.deliver(&Callback::green(prospect.id)).await)
        .buffered(8)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(())
}

/// While Keycloak is away: somebody who was Active is found to be a fraud.
async fn late_red(usher: &Usher, counts: &Counts, customer: Option<&Prospect>) -> Result<()> {
    let Some(customer) = customer else {
        return Ok(());
    };
    usher
        .sumsub()?
        .deliver(&Callback::red(customer.id, "FINAL"))
        .await?;
    until("the customer locked out of the portal", LATER, || async {
        let activity: String = sqlx::query_scalar("SELECT activity FROM customers WHERE id = $1")
            .bind(customer.id)
            .fetch_one(&counts.pool)
            .await?;
        ensure!(activity == "inactive", "{activity}");
        Ok(())
    })
    .await
}

async fn locked_out_at_keycloak(realm: &Realm, customer: &Prospect, rejected: bool) -> Result<()> {
    until("the login as it should be", BACK, || async {
        let users = realm
            .get(&format!("users?q=customerId:{}", customer.id))
            .await?;
        ensure!(users[0]["enabled"] == !rejected, "{users}");
        Ok(())
    })
    .await
}

async fn all_active(counts: &Counts, prospects: &[Prospect]) -> Result<()> {
    let start = std::time::Instant::now();
    until("everybody Active", BACK, || async {
        let standing = counts.standing(prospects).await?;
        ensure!(
            standing.active == i64::try_from(prospects.len())?,
            "{standing:?}; {}",
            counts.waiting().await?
        );
        Ok(())
    })
    .await?;
    eprintln!(
        "{} customers are Active {:.1} s after Keycloak answered again",
        prospects.len(),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One login each, and each opens to the newest mailed password.
async fn logins(
    usher: &Usher,
    realm: &Realm,
    everybody: &[Prospect],
    newest: &[Prospect],
) -> Result<()> {
    let users = realm.customers().await?;
    let ids: HashSet<&str> = users
        .iter()
        .filter_map(|user| user["attributes"]["customerId"][0].as_str())
        .collect();
    ensure!(
        users.len() == everybody.len() && ids.len() == everybody.len(),
        "{} users for {} customers, {} of them different",
        users.len(),
        everybody.len(),
        ids.len()
    );
    let mails = usher.mailbox()?.all().await?;
    futures::stream::iter(newest)
        .map(|prospect| {
            let mail = mails
                .iter()
                .find(|mail| mail.to.iter().any(|to| to.contains(&prospect.email)));
            async move {
                let password = mail
                    .context("a customer got no mail")?
                    .temporary_password()?;
                let refusal = realm.sign_in(&prospect.email, &password).await?;
                // The password is right; only a new one has to be chosen first.
                ensure!(refusal == "Account is not fully set up", "{refusal:?}");
                anyhow::Ok(())
            }
        })
        .buffer_unordered(4)
        .try_collect()
        .await
}
