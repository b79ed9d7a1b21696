//! An outage of the mail server: how soon everybody who waited has their mail when it is over.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{Callback, Usher, counts::Counts};

use testkit::SmtpServer;

use crate::{load, prospects};

/// How many wait.
pub const CUSTOMERS: usize = 300;
/// The outage lasts so long after everybody's mail has failed once: the pauses between tries have grown by then.
const LASTS: Duration = Duration::from_secs(20);
/// No machine that is worth a bench takes longer.
const AT_MOST: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(20);

/// Lets customers pile up while mail is away; gives the time from its return to the last mail.
pub async fn of_mail(usher: &Usher, counts: &Counts, smtp: &SmtpServer) -> Result<Duration> {
    let (made, _) = prospects::create(usher, CUSTOMERS).await?;
    let before = smtp.taken();
    smtp.set_away(true);
    let greens = made.iter().map(|prospect| Callback::green(prospect.id));
    load::send(usher, load::requests(usher, greens)?, 16, AT_MOST).await?;
    let start = Instant::now();
    loop {
        let failed = counts
            .number(
                "SELECT count(*) FROM provisioning_steps WHERE step = 'welcome_email' AND state IN ('retrying', 'running')
                 AND last_error IS NOT NULL",
            )
            .await?;
        if usize::try_from(failed)? >= CUSTOMERS {
            break;
        }
        ensure!(
            start.elapsed() < AT_MOST,
            "{failed} of {CUSTOMERS} wait for mail after {AT_MOST:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
    tokio::time::sleep(LASTS).await;
    ensure!(smtp.taken() == before, "a mail went out during the outage");
    smtp.set_away(false);
    let back = Instant::now();
    while smtp.taken() < before + CUSTOMERS {
        ensure!(
            back.elapsed() < AT_MOST,
            "{} of {CUSTOMERS} mails were sent {AT_MOST:?} after the outage",
            smtp.taken() - before
        );
        tokio::time::sleep(LOOK).await;
    }
    Ok(back.elapsed())
}
