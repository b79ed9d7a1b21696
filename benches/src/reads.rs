//! What programs and people read: lists, pages, the portal.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Usher, admin::Prospect};
use serde_json::json;
use testkit::SmtpServer;

use crate::{
    load::{Outcome, Supply, over},
    progress,
    requests::Client,
    table::{Measurement, Report},
};

/// Clients at once.
const CLIENTS: [usize; 2] = [1, 16];

const PROSPECTS: &str = "{ prospects(first: 50) { nodes { prospectId publicId email stage kycStatus customerType createdAt } } }";
const NOBODY: &str = "{ prospects(first: 50, filter: {search: \"nobody-is-called-so\"}) { nodes { prospectId publicId email stage kycStatus customerType createdAt } } }";
const CUSTOMERS: &str = "{ customers(first: 50) { nodes { customerId publicId email activityStatus depositAccount { depositAccountId balance { settled pending } } } } }";

/// A page or list, and how often a second it has to be answered for 1 and for 16 clients, where pgbench does 13,103.
struct Goal {
    what: &'static str,
    request: Vec<u8>,
    per_second: [f64; 2],
    p99: Option<Duration>,
}

/// Measures all of them on the panel and the API.
pub async fn measure(
    usher: &Usher,
    someone: &Prospect,
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    let ready = usher.ready();
    let client = Client::with_token(&ready.admin_url, &ready.api_token)?;
    let quick = Some(Duration::from_millis(15));
    let goals = [
        Goal {
            what: "GraphQL: 50 prospects",
            request: client.graphql(PROSPECTS, &json!({}))?,
            per_second: [1000.0, 2500.0],
            p99: None,
        },
        Goal {
            what: "GraphQL: an empty result",
            request: client.graphql(NOBODY, &json!({}))?,
            per_second: [0.0, 0.0],
            p99: None,
        },
        Goal {
            what: "GraphQL: 50 customers with account and balance",
            request: client.graphql(CUSTOMERS, &json!({}))?,
            per_second: [600.0, 1200.0],
            p99: None,
        },
        Goal {
            what: "panel: prospects",
            request: client.get("/prospects")?,
            per_second: [900.0, 2000.0],
            p99: quick,
        },
        Goal {
            what: "panel: customers",
            request: client.get("/customers")?,
            per_second: [900.0, 2000.0],
            p99: quick,
        },
        Goal {
            what: "panel: search in the list",
            request: client.get(&format!("/prospects?q={}", &someone.email))?,
            per_second: [900.0, 2000.0],
            p99: quick,
        },
        Goal {
            what: "panel: find anyone",
            request: client.get(&format!("/search?q={}", &someone.public_id))?,
            per_second: [0.0, 0.0],
            p99: Some(Duration::from_millis(30)),
        },
        Goal {
            what: "panel: overview",
            request: client.get("/")?,
            per_second: [500.0, 1000.0],
            p99: None,
        },
        Goal {
            what: "panel: callbacks",
            request: client.get("/callbacks")?,
            per_second: [600.0, 1200.0],
            p99: None,
        },
        Goal {
            what: "panel: audit",
            request: client.get("/audit")?,
            per_second: [600.0, 1200.0],
            p99: None,
        },
        Goal {
            what: "panel: a customer's page",
            request: client.get(&format!("/customers/{}", someone.public_id))?,
            per_second: [300.0, 600.0],
            p99: None,
        },
    ];
    for goal in goals {
        for (number, clients) in CLIENTS.into_iter().enumerate() {
            let what = format!("{}, {clients} clients", goal.what);
            let outcome = read(&client, &what, goal.request.clone(), clients, time).await?;
            let mut row =
                Measurement::rate(&what, outcome.rate()).latency(outcome.p50, outcome.p99);
            if goal.per_second[number] > 0.0 {
                row = row.per_second_where_pgbench_does_13103(goal.per_second[number]);
            }
            if let Some(p99) = goal.p99 {
                row = row.p99_within(p99);
            }
            report.add(row);
        }
    }
    Ok(())
}

async fn read(
    client: &Client,
    what: &str,
    request: Vec<u8>,
    clients: usize,
    time: Duration,
) -> Result<Outcome> {
    progress(what);
    let outcome = over(&client.url, vec![request], Supply::Again, clients, time).await?;
    ensure!(
        outcome.refused == 0 && outcome.acknowledged > 0,
        "{what}: {} answers were not 200",
        outcome.refused
    );
    Ok(outcome)
}

/// The portal's first page for a customer who has signed in; answers the cookies of that browser.
pub async fn portal(
    usher: &Usher,
    smtp: &SmtpServer,
    someone: &Prospect,
    time: Duration,
    report: &mut Report,
) -> Result<String> {
    let mails = smtp.mails_to(&someone.email);
    let temporary = mails
        .iter()
        .find_map(testkit::Mail::password)
        .context("nobody was sent a password")?;
    let portal = usher.portal()?;
    portal
        .first_sign_in(&someone.email, &temporary, "a long way to the harbour")
        .await?;
    let cookies = portal.window().cookies()?;
    let client = Client::with_cookies(&usher.ready().public_url, &cookies)?;
    for clients in CLIENTS {
        let what = format!("portal: home, {clients} clients");
        let outcome = read(&client, &what, client.get("/")?, clients, time).await?;
        let row = Measurement::rate(&what, outcome.rate()).latency(outcome.p50, outcome.p99);
        report.add(match clients {
            16 => row.per_second_where_pgbench_does_13103(1000.0),
            _ => row,
        });
    }
    Ok(cookies)
}
