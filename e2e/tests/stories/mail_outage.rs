//! The mail server is away for a while, then back: every mail arrives, once.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Callback, Chapter, Usher, alone, mailbox::password_in, until, wait::LATER};
use testkit::SmtpServer;

const CUSTOMERS: usize = 20;

pub fn chapter() -> Chapter {
    Chapter::alone(
        "mail_outage",
        vec![alone(
            "every_mail_arrives_once_the_mail_server_is_back",
            mail_server_away,
        )],
    )
}

async fn mail_server_away() -> Result<()> {
    let smtp = SmtpServer::start();
    smtp.set_away(true);
    let mut usher = Usher::start_with("outage", &["--smtp-url", &smtp.url()]).await?;
    let admin = usher.admin()?;
    let prospects = admin.create_many("outage", CUSTOMERS).await?;
    let sumsub = usher.sumsub()?;
    for prospect in &prospects {
        sumsub.deliver(&Callback::green(prospect.id)).await?;
    }

    // Everything but the mail gets done, and the page says in words what it waits for.
    let counts = usher.counts().await?;
    let due = i64::try_from(CUSTOMERS)?;
    until("logins and accounts without mail", LATER, || async {
        let standing = counts.standing(&prospects).await?;
        ensure!(
            standing.logins == due && standing.accounts == due,
            "{standing:?}"
        );
        ensure!(
            standing.active == 0,
            "Active without a welcome e-mail: {standing:?}"
        );
        Ok(())
    })
    .await?;
    until("a step that says what it waits for", LATER, || async {
        let text = admin
            .customer(&prospects[0].public_id)
            .await?
            .region("Provisioning")?;
        ensure!(text.to_lowercase().contains("retrying"), "{text}");
        ensure!(
            text.to_lowercase().contains("mail server"),
            "no words about the mail server: {text}"
        );
        Ok(())
    })
    .await?;
    // Long enough for several tries, so that a back-off alone would keep somebody waiting for long.
    let due_in = until("a back-off that has grown", LATER, || async {
        let seconds: f64 = sqlx::query_scalar(
            "SELECT coalesce(max(extract(epoch FROM next_try - now()))::float8, 0) FROM provisioning_steps
             WHERE state = 'retrying'",
        )
        .fetch_one(&counts.pool)
        .await?;
        ensure!(seconds > 11.0, "the next try is in {seconds} s");
        Ok(Duration::from_secs_f64(seconds))
    })
    .await?;

    smtp.set_away(false);
    // Pulled forward when it is back: all of them are done before the last back-off would have ended.
    counts
        .all_active_once(&prospects, due_in.mul_f64(0.9))
        .await?;
    let mails = smtp.by_recipient();
    for prospect in &prospects {
        let got = mails
            .get(&prospect.email)
            .context("a customer got no mail")?;
        ensure!(got.len() == 1, "{} mails to one customer", got.len());
    }
    ensure!(
        mails.len() == CUSTOMERS,
        "mails to {} addresses",
        mails.len()
    );

    let newest = password_in(&mails[&prospects[0].email][0].text())?;
    usher
        .portal()?
        .first_sign_in(&prospects[0].email, &newest, "a long way to the harbour")
        .await?;
    let log = usher.logged()?;
    for prospect in &prospects {
        ensure!(
            !log.contains(&prospect.email),
            "an e-mail address is in the log"
        );
    }
    ensure!(!log.contains(&newest), "a password is in the log");
    usher.stop().await
}
