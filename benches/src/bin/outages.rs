//! `make outages`: two servers and a worker under load while something breaks, and what customers, lights and books say.
//!
//! The figures are seconds of waiting, not of work: a debug build tells them, too.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use clap::Parser;
use e2e::outages::{Case, Deployment, Effort, Outcome, read_beside, run, table};

/// About ten minutes when all is well.
const STANDARD: [&str; 18] = [
    "kill-a-8",
    "kill-b-8",
    "kill-worker-8",
    "crash-loop-12",
    "away-1",
    "away-7",
    "away-15",
    "away-60",
    "crash-7",
    "half-open-7",
    "half-open-15",
    "stalls-15",
    "read-only-15",
    "fail-over-15",
    "stopped-20",
    "vanished-20",
    "ahead-15",
    "behind-15",
];
/// What takes longer and shows the same.
const LONG: [&str; 8] = [
    "half-open-1",
    "half-open-60",
    "crash-60",
    "stalls-60",
    "read-only-40",
    "fail-over-40",
    "stopped-60",
    "vanished-60",
];

/// Breaks something under load and counts.
#[derive(Parser)]
struct Args {
    /// Breaks nothing: lets so many events happen beside a program that reads `GET /events`, and says what it missed.
    #[arg(long, value_name = "EVENTS")]
    events: Option<usize>,
    /// Cases: a kind and its seconds, as in `away-7`; the standard ones unless some are named.
    cases: Vec<String>,
    /// The standard cases and the long ones.
    #[arg(long)]
    all: bool,
    /// Prints the standard cases and the long ones.
    #[arg(long)]
    list: bool,
    /// Onboardings begun in a second.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// After a fault it is waited so many seconds for everybody.
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.list {
        println!("{}\n{}", STANDARD.join(" "), LONG.join(" "));
        return ExitCode::SUCCESS;
    }
    let ran = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            runtime.block_on(async {
                tokio::select! {
                    ran = measure(&args) => ran,
                    // What was started ends with its owner.
                    _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
                }
            })
        });
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("outages: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a program that reads events has seen all of them.
async fn consume(events: usize) -> Result<bool> {
    eprintln!("outages: {events} events beside a program that reads them …");
    let deployment = Deployment::open().await?;
    let read = read_beside(&deployment, events).await?;
    println!(
        "of {} events {} never seen, {} seen again, {} out of order; asked {} times in {:.0} s",
        read.stand,
        read.missed,
        read.again,
        read.out_of_order,
        read.asked,
        read.took.as_secs_f64()
    );
    Ok(read.missed == 0 && read.out_of_order == 0)
}

/// Prints what was seen; whether everything was in time and whole.
async fn measure(args: &Args) -> Result<bool> {
    if let Some(events) = args.events {
        return consume(events).await;
    }
    let mut names: Vec<&str> = args.cases.iter().map(String::as_str).collect();
    if names.is_empty() {
        names.extend(STANDARD);
        if args.all {
            names.extend(LONG);
        }
    }
    let cases = names
        .into_iter()
        .map(Case::named)
        .collect::<Result<Vec<_>>>()?;
    let effort = Effort {
        rate: args.rate,
        before: 20,
        patience: Duration::from_secs(args.patience),
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut failed = 0;
    let mut deployment = None;
    for (number, case) in cases.iter().enumerate() {
        eprintln!(
            "outages: {} of {}: {} …",
            number + 1,
            cases.len(),
            case.name
        );
        let open = match &mut deployment {
            Some(open) => open,
            none => none.insert(Deployment::open().await?),
        };
        match run(open, case, effort).await {
            Ok(outcome) => {
                println!("{}", outcome.details());
                outcomes.push(outcome);
            }
            Err(error) => {
                failed += 1;
                println!("{} could not be tried: {error:#}\n", case.name);
                // Who knows what it left.
                deployment = None;
            }
        }
    }
    println!("{}", table(&outcomes));
    Ok(failed == 0 && outcomes.iter().all(|one| one.in_time() && one.whole()))
}
