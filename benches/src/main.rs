//! `make bench`: Usher's figures and, in the same run on the same PostgreSQL, what a bare durable row costs.
//!
//! Machines differ by a factor of two, so the goals are ratios to pgbench at 16 clients. Everything stays on loopback and is
//! bounded in count and time.

#![allow(
    clippy::too_many_lines,
    reason = "a measurement is as long as its story"
)]

mod events;
mod keycloak;
mod load;
mod memory;
mod onboarding;
mod outage;
mod pgbench;
mod prospects;
mod table;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use e2e::{Callback, Usher, counts::Counts, usher::target_folder};

use testkit::SmtpServer;

use table::{Report, Row};

/// Clients at once, for pgbench and the webhook alike.
const CLIENTS: [usize; 3] = [1, 16, 64];

/// Measures a release build of Usher.
#[derive(Parser)]
struct Args {
    /// The binary; else `target/release/usher`.
    #[arg(long)]
    usher: Option<PathBuf>,
    /// How many prospects become customers.
    #[arg(long, default_value_t = 2000)]
    prospects: usize,
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
        let report = measure(args, binary).await?;
        print!("{report}");
        Ok(report.goals_are_met())
    })
}

async fn measure(args: &Args, binary: PathBuf) -> Result<Report> {
    let smtp = SmtpServer::counting();
    let mut usher = Usher::prepare("bench", &["--smtp-url", &smtp.url()])?.with_binary(binary);
    usher.launch().await?;
    let counts = usher.counts().await?;
    is_durable(&counts).await?;
    let mut report = Report::default();
    let memory = memory::of(usher.pid()?.as_raw())?;
    report
        .rows
        .push(Row::memory("resident memory, idle", memory.resident));

    progress("creating the prospects");
    let (made, took) = prospects::create(&usher, args.prospects).await?;
    report.rows.push(Row::rate(
        "prospects created (form, reviewed, confirmed)",
        made.len() as f64 / took.as_secs_f64(),
    ));

    let bench = pgbench::Pgbench::prepare(&usher.ready().database_url, &counts).await?;
    let seconds = Duration::from_secs(args.seconds);
    for clients in CLIENTS {
        progress(&format!("pgbench with {clients} clients"));
        let rate = bench.run(clients, seconds).await?;
        if clients == 16 {
            report.reference = rate;
        }
        report.rows.push(Row::rate(
            &format!("pgbench, one durable row a transaction, {clients} clients"),
            rate,
        ));

        progress(&format!("the webhook with {clients} clients"));
        let load = load::webhook(&usher, &made, clients, seconds).await?;
        ensure!(
            load.refused == 0,
            "{} of the webhook's answers were not 200",
            load.refused
        );
        let mut row = Row::rate(
            &format!("webhooks acknowledged, {clients} clients"),
            load.rate(),
        )
        .latency(load.p50, load.p99);
        if clients == 16 {
            row = row.goal(0.4);
        }
        report.rows.push(row);
        progress("waiting until what was acknowledged is processed");
        let drained = onboarding::drain(&counts, load.acknowledged, load.took).await?;
        report.rows.push(Row::rate(
            &format!("callbacks processed, {clients} clients' backlog"),
            drained,
        ));
    }

    progress("GREEN for all of them");
    let greens: Vec<Callback> = made
        .iter()
        .map(|prospect| Callback::green(prospect.id))
        .collect();
    let active = onboarding::green_to_active(&usher, &counts, &made, &greens, 0).await?;
    report.rows.push(
        Row::rate(
            &format!("GREEN to fully Active, {} customers", made.len()),
            active.rate,
        )
        .goal(0.02),
    );
    report
        .rows
        .push(Row::seconds("  until the first is Active", active.first));
    report
        .rows
        .push(Row::seconds("  until the last is Active", active.last));
    ensure!(
        smtp.taken() == made.len(),
        "{} welcome e-mails for {} customers",
        smtp.taken(),
        made.len()
    );

    progress("mail away, customers who wait for it");
    let caught_up = outage::of_mail(&usher, &counts, &smtp).await?;
    report.rows.push(
        Row::seconds(
            &format!(
                "{} customers waiting for SMTP that comes back: until the last mail is sent",
                outage::CUSTOMERS
            ),
            caught_up,
        )
        .within(Duration::from_secs(30)),
    );

    let memory = memory::of(usher.pid()?.as_raw())?;
    report
        .rows
        .push(Row::memory("resident memory, at the end", memory.resident));
    report
        .rows
        .push(Row::memory("resident memory, at most", memory.peak));
    usher.stop().await?;
    Ok(report)
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
