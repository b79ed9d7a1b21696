//! Two servers and a worker on one database: PostgreSQL goes and comes, the line to it falls silent, one of them is killed.
//! `make outages` tries it longer, and with more that breaks.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    Chapter, alone,
    outages::{Case, Deployment, Effort, run},
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "three_processes",
        vec![alone(
            "three_processes_bring_everybody_through_once_by_themselves",
            by_themselves,
        )],
    )
}

async fn by_themselves() -> Result<()> {
    let mut deployment = Deployment::open().await?;
    let effort = Effort {
        rate: 4.0,
        before: 4,
        // Nothing is measured here: as long as a slow machine may need that does something else, too.
        patience: Duration::from_secs(180),
    };
    for name in ["away-3", "half-open-3", "kill-a-2"] {
        let outcome = run(&mut deployment, &Case::named(name)?, effort).await?;
        let words = outcome.details();
        println!("{words}");
        ensure!(
            outcome.whole(),
            "not everybody came through by themselves, once:\n{words}"
        );
    }
    Ok(())
}
