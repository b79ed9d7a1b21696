//! `make bench`: Usher's figures and, in the same run on the same PostgreSQL, what a bare durable row costs.
//!
//! Machines differ by a factor of two, so the goals are ratios to pgbench at 16 clients. Everything stays on loopback and is
//! bounded in count and time.

#![allow(
    clippy::too_many_lines,
    reason = "a measurement is as long as its story"
)]

mod events;
mod fill;
mod keycloak;
mod load;
mod memory;
mod onboarding;
mod outage;
mod pgbench;
mod prospects;
mod reads;
mod requests;
mod starting;
mod table;
mod webhook;
mod writes;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use e2e::{Callback, Usher, admin::Prospect, counts::Counts, usher::target_folder};
use testkit::SmtpServer;

use table::{Measurement, Report};

/// Clients at once, for pgbench and the webhook alike.
const CLIENTS: [usize; 3] = [1, 16, 64];

/// Measures a release build of Usher.
#[derive(Parser)]
struct Args {
    /// The binary; else `target/release/usher`.
    #[arg(long)]
    usher: Option<PathBuf>,
    /// How many prospects become customers.
    #[arg(long, default_value_t = 3000)]
    prospects: usize,
    /// Fills the database with so many prospects, a quarter of them customers, before it measures what is read and written.
    #[arg(long, default_value_t = 0)]
    rows: usize,
    /// Seconds for each of pgbench's runs and each of the webhook's.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Measures provisioning through a real Keycloak instead, with so many customers.
    #[arg(long, value_name = "CUSTOMERS")]
    keycloak: Option<usize>,
    /// Publishes so many events instead, and counts what consumers of `/events` miss.
    #[arg(long, value_name = "EVENTS")]
    events: Option<i64>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the figures; whether every goal is met.
fn run(args: &Args) -> Result<bool> {
    let binary = match &args.usher {
        Some(binary) => binary.canonicalize()?,
        None => target_folder()?.join("release/usher"),
    };
    ensure!(
        binary.is_file(),
        "{} is missing: `cargo build --release -p usher` first",
        binary.display()
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if let Some(events) = args.events {
            return events::measure(binary, events).await;
        }
        if let Some(customers) = args.keycloak {
            return keycloak::measure(&binary, customers).await;
        }
        let mut report = Report::default();
        let measured = measure(args, binary, &mut report).await;
        // What was measured before something failed is worth reading, too.
        print!("{report}");
        measured.map(|()| report.goals_are_met())
    })
}

async fn measure(args: &Args, binary: PathBuf, report: &mut Report) -> Result<()> {
    let smtp = SmtpServer::start();
    let mut usher = Usher::prepare("bench", &["--smtp-url", &smtp.url()])?.with_binary(binary);
    usher.launch().await?;
    let counts = usher.counts().await?;
    is_durable(&counts).await?;
    let memory = memory::of(usher.pid()?.as_raw())?;
    report.add(Measurement::memory("resident memory, idle", memory.resident).at_most_mib(60.0));

    progress("creating the prospects");
    let (made, took) = prospects::create(&usher, args.prospects).await?;
    report.add(Measurement::rate(
        "prospects created (form, reviewed, confirmed)",
        made.len() as f64 / took.as_secs_f64(),
    ));
    let time = Duration::from_secs(args.seconds);
    until_active(&usher, &counts, &made, &smtp, report).await?;

    progress("mail away, customers who wait for it");
    let caught_up = outage::of_mail(&usher, &counts, &smtp).await?;
    let what = format!(
        "{} customers waiting for SMTP that comes back: until the last mail is sent",
        outage::CUSTOMERS
    );
    report.add(Measurement::seconds(&what, caught_up).within(Duration::from_secs(30)));

    let copied = copied(&usher, &made).await?;
    fill::fill(&counts, &copied, args.rows).await?;
    reads_and_writes(&usher, &counts, &smtp, &made, time, report).await?;
    webhooks(&usher, &counts, time, report).await?;

    let memory = memory::of(usher.pid()?.as_raw())?;
    report.add(
        Measurement::memory("resident memory, at the end", memory.resident).at_most_mib(100.0),
    );
    report.add(Measurement::memory("resident memory, at most", memory.peak));
    starting::measure(&usher, report).await?;
    usher.stop().await
}

/// Those of whom a full database is made: a quarter customers, the others prospects at the first stages.
async fn copied(usher: &Usher, customers: &[Prospect]) -> Result<Vec<Prospect>> {
    const CUSTOMERS: usize = 25;
    const PROSPECTS: usize = 75;
    let (mut copied, _) = prospects::create(usher, PROSPECTS).await?;
    let sent = copied
        .iter()
        .enumerate()
        .filter_map(|(number, prospect)| match number % 3 {
            0 => None,
            1 => Some(Callback::created(prospect.id)),
            _ => Some(Callback::pending(prospect.id)),
        });
    let requests = load::requests(usher, sent)?;
    let count = requests.len();
    let outcome = load::send(usher, requests, 4, Duration::from_secs(60)).await?;
    ensure!(
        outcome.acknowledged == count,
        "not all callbacks were taken"
    );
    onboarding::drain(&usher.counts().await?, count, outcome.took).await?;
    copied.extend(customers.iter().take(CUSTOMERS).cloned());
    Ok(copied)
}

/// The webhook, about prospects of its own: each gets many more callbacks than anybody has, and what is measured before is not about them.
async fn webhooks(
    usher: &Usher,
    counts: &Counts,
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    const PROSPECTS: usize = 3_000;
    progress("creating the prospects of the callbacks");
    let (made, _) = prospects::create(usher, PROSPECTS).await?;
    let bench = pgbench::Pgbench::prepare(&usher.ready().database_url, counts).await?;
    for clients in CLIENTS {
        webhook::beside_pgbench(usher, counts, &bench, &made, (clients, time), report).await?;
    }
    webhook::while_a_backlog_drains(usher, counts, &made, time, report).await
}

async fn reads_and_writes(
    usher: &Usher,
    counts: &Counts,
    smtp: &SmtpServer,
    customers: &[Prospect],
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    let someone = customers.first().context("no prospects were made")?;
    reads::measure(usher, someone, time, report).await?;
    let cookies = reads::portal(usher, smtp, someone, time, report).await?;
    writes::prospects(usher, counts, time, report).await?;
    writes::deposits(usher, counts, customers, time, report).await?;
    writes::statement(usher, someone, &cookies, report).await
}

async fn until_active(
    usher: &Usher,
    counts: &Counts,
    made: &[Prospect],
    smtp: &SmtpServer,
    report: &mut Report,
) -> Result<()> {
    progress("GREEN for all of them");
    let greens: Vec<Callback> = made
        .iter()
        .map(|prospect| Callback::green(prospect.id))
        .collect();
    let active = onboarding::green_to_active(usher, counts, made, &greens, 0).await?;
    let what = format!("GREEN to fully Active, {} customers", made.len());
    report.add(Measurement::rate(&what, active.rate).goal(0.06));
    report.add(Measurement::seconds(
        "  until the first is Active",
        active.first,
    ));
    report.add(Measurement::seconds(
        "  until the last is Active",
        active.last,
    ));
    ensure!(
        smtp.taken() == made.len(),
        "{} welcome e-mails for {} customers",
        smtp.taken(),
        made.len()
    );
    Ok(())
}

/// A bench without fsync would flatter everyone.
async fn is_durable(counts: &Counts) -> Result<()> {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&counts.pool)
            .await
            .with_context(|| format!("asking for {setting}"))?;
        ensure!(
            value == "on",
            "PostgreSQL runs with {setting} = {value}: commits are not durable"
        );
    }
    Ok(())
}

fn progress(words: &str) {
    eprintln!("bench: {words} …");
}
