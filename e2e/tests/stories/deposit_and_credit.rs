//! What a customer is for, in real Chromium: from prospect to the first deposit, a refused overdraft, a withdrawal that a
//! second operator confirms, a credit proposal that the customer accepts and the second operator approves. A screenshot of
//! each step is left in `target/money/`.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Callback, Chapter, Usher,
    admin::fresh_email,
    alone,
    browser::{Album, Chromium, Tab},
    wait::{LATER, SOON},
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "deposit_and_credit",
        vec![alone(
            "from_prospect_to_the_first_deposit_and_an_approved_proposal",
            whole,
        )],
    )
}

async fn whole() -> Result<()> {
    let mut usher = Usher::start("money").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("money")?;
    let told = tell(&usher, &chromium, &album).await;
    chromium.close().await?;
    told?;
    usher.stop().await
}

async fn tell(usher: &Usher, chromium: &Chromium, album: &Album) -> Result<()> {
    let email = fresh_email("hedy");
    let panel = chromium.tab(&usher.ready().admin_url).await?;
    sign_in(usher, &panel, "onboarding-officer").await?;
    let public_id = onboarded(usher, &panel, album, &email).await?;

    panel.click("Record deposit").await?;
    panel.field("Amount").await?.fill("1,250.50").await?;
    panel.field("Reference").await?.fill("WIRE-17").await?;
    album.shot(&panel, "record-deposit").await?;
    panel.click("Confirm").await?;
    panel.reads("The deposit was recorded.", SOON).await?;
    let deposit_account = "Deposit account";
    panel
        .region_reads(deposit_account, "$1,250.50", SOON)
        .await?;
    album.shot(&panel, "first-deposit").await?;

    panel.click("Start withdrawal").await?;
    panel.field("Amount").await?.fill("1,250.51").await?;
    panel.click("Confirm").await?;
    panel.reads("$1,250.50 is available", SOON).await?;
    ensure!(panel.field("Amount").await?.value().await? == "1,250.51");
    album.shot(&panel, "overdraft-refused").await?;
    panel.field("Amount").await?.fill("250.50").await?;
    panel.click("Confirm").await?;
    panel
        .reads(
            "The withdrawal was started; it waits to be confirmed.",
            SOON,
        )
        .await?;
    panel
        .region_reads(deposit_account, "$1,000.00", SOON)
        .await?;

    panel.click("Propose credit").await?;
    panel.field("Amount").await?.fill("50,000").await?;
    panel.field("Purpose").await?.fill("A second loom").await?;
    panel.field("Note").await?.fill("Ask Bob first").await?;
    album.shot(&panel, "propose-credit").await?;
    panel.click("Confirm").await?;
    panel
        .reads("The proposal was made; it waits for the customer.", SOON)
        .await?;
    album.shot(&panel, "proposed").await?;

    accepted_in_the_portal(usher, chromium, album, &email).await?;
    // The operator's page follows without a reload.
    panel
        .region_reads("Credit facility", "Waiting for a decision", SOON)
        .await?;
    album.shot(&panel, "accepted-live").await?;

    panel.click("Sign out").await?;
    panel.path_where(|path| path == "/login").await?;
    sign_in(usher, &panel, "admin").await?;
    album
        .shot(&panel, "what-waits-for-the-second-operator")
        .await?;
    let record = format!(
        "{}/customers/{public_id}",
        usher.ready().admin_url.trim_end_matches('/')
    );
    panel.go(&record).await?;
    panel.click("Approve").await?;
    // The withdrawal's button is called as the dialog's.
    panel.dialog("Approve proposal").await?;
    album.shot(&panel, "approve").await?;
    panel.click("Confirm").await?;
    panel
        .region_reads("Credit facility", "Approved", SOON)
        .await?;
    album.shot(&panel, "approved").await?;

    // "Confirm" offers the withdrawal's dialog, and the dialog's button does it.
    panel.click("Confirm").await?;
    panel.dialog("Confirm withdrawal").await?;
    album.shot(&panel, "confirm-withdrawal").await?;
    let script = "document.querySelector('dialog[open] button.primary').click() ?? true";
    panel.evaluate::<bool>(script).await?;
    panel.reads("The withdrawal was confirmed.", SOON).await?;
    album.shot(&panel, "withdrawal-confirmed").await?;

    for tab in ["Money", "Verification", "Documents", "History"] {
        panel.link(tab).await?.click().await?;
        let path = format!("/{}", tab.to_lowercase());
        panel.path_where(|at| at.ends_with(&path)).await?;
        album
            .shot(&panel, &format!("customer-{}", tab.to_lowercase()))
            .await?;
    }
    panel
        .region_reads("History", "Confirmed: the money left", SOON)
        .await?;
    panel.wear(360, "light").await?;
    album.shot(&panel, "customer-history-narrow").await?;
    panel.go(&record).await?;
    album.shot(&panel, "customer-narrow").await?;
    for (list, reads) in [
        ("Withdrawals", "$250.50 1 withdrawal"),
        ("Deposits", "$1,250.50 1 deposit"),
        ("Credit proposals", "$50,000.00 1 proposal"),
    ] {
        panel.wear(1280, "light").await?;
        panel.click(list).await?;
        panel.heading(list).await?;
        panel.region_reads("Totals", reads, SOON).await?;
        let name = list.to_lowercase().replace(' ', "-");
        album.shot(&panel, &name).await?;
        panel.wear(360, "light").await?;
        album.shot(&panel, &format!("{name}-narrow")).await?;
    }
    panel.wear(1280, "light").await?;
    panel.click("Ledger").await?;
    panel.heading("Ledger").await?;
    panel.reads("$1,000.00", LATER).await?;
    album.shot(&panel, "ledger").await?;
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(())
}

async fn sign_in(usher: &Usher, panel: &Tab, role: &str) -> Result<()> {
    let operator = usher.ready().operator(role)?;
    panel.field("Email").await?.fill(&operator.email).await?;
    panel
        .field("Password")
        .await?
        .fill(&operator.password)
        .await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;
    Ok(())
}

/// A prospect, created in the panel and approved by Sumsub, on its page as an active customer. Answers its public id.
async fn onboarded(usher: &Usher, panel: &Tab, album: &Album, email: &str) -> Result<String> {
    panel.click("Prospects").await?;
    panel.click("Create").await?;
    panel.field("Email").await?.fill(email).await?;
    panel
        .field("Customer type")
        .await?
        .choose("Individual")
        .await?;
    panel.click("Review").await?;
    panel.click("Confirm").await?;
    let path = panel
        .path_where(|path| path.starts_with("/prospects/") && path != "/prospects/new")
        .await?;
    let public_id = path.trim_start_matches("/prospects/").to_owned();
    let counts = usher.counts().await?;
    let id: uuid::Uuid = sqlx::query_scalar("SELECT id FROM prospects WHERE public_id = $1")
        .bind(&public_id)
        .fetch_optional(&counts.pool)
        .await?
        .context("the prospect is not in the database")?;
    usher.sumsub()?.deliver(&Callback::green(id)).await?;
    panel
        .region_reads("Prospect", "Stage Approved", LATER)
        .await?;
    panel.click("Customers").await?;
    panel
        .row_reads("Customers", &[email, "Active"], LATER)
        .await?;
    panel.click(&public_id).await?;
    panel
        .path_where(|path| path.starts_with("/customers/"))
        .await?;
    panel
        .region_reads("Customer", "Status Active", LATER)
        .await?;
    panel
        .region_reads("Deposit account", &format!("DEP-{public_id}"), SOON)
        .await?;
    album.shot(panel, "customer").await?;
    Ok(public_id)
}

/// The customer signs in with what the mail says, at the width of a phone, sees the money and accepts the proposal.
async fn accepted_in_the_portal(
    usher: &Usher,
    chromium: &Chromium,
    album: &Album,
    email: &str,
) -> Result<()> {
    let mail = usher.mailbox()?.wait_for(email).await?;
    let portal = chromium.tab(&usher.ready().public_url).await?;
    portal.wear(360, "light").await?;
    portal.field("Email").await?.fill(email).await?;
    portal
        .field("Password")
        .await?
        .fill(&mail.temporary_password()?)
        .await?;
    portal.click("Sign in").await?;
    for field in ["New password", "Repeat new password"] {
        portal
            .field(field)
            .await?
            .fill("a loom of one's own")
            .await?;
    }
    portal.click("Save password").await?;
    portal.reads("$1,000.00", SOON).await?;
    album.shot(&portal, "portal-home").await?;
    portal.click("Entries").await?;
    portal.reads("WIRE-17", SOON).await?;
    album.shot(&portal, "portal-entries").await?;
    portal.click("Statement").await?;
    portal.reads("Closing balance", SOON).await?;
    album.shot(&portal, "portal-statement").await?;
    let sheets = album.print(&portal, "portal-statement-printed").await?;
    ensure!(sheets == 1, "a short statement takes {sheets} sheets");
    portal.click("Proposals").await?;
    portal.click("$50,000.00 for: A second loom").await?;
    portal.heading("Credit proposal").await?;
    let shown = portal.text().await?;
    ensure!(!shown.contains("Ask Bob"), "the note is shown: {shown}");
    portal.click("Accept").await?;
    album.shot(&portal, "portal-accept").await?;
    portal.click("Confirm").await?;
    portal.reads("Accepted by you", SOON).await?;
    album.shot(&portal, "portal-accepted").await?;
    ensure!(
        portal.thrown().is_empty(),
        "scripts threw: {:?}",
        portal.thrown()
    );
    Ok(())
}
