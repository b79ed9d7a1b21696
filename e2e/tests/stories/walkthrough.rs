//! The seeds' walkthrough, step by step, in real Chromium: an operator onboards a person, who signs in at the portal.
//! A screenshot of each step is left in `target/walkthrough/`; `docs/WALKTHROUGH.md` shows them.

use std::path::Path;

use anyhow::{Result, ensure};
use e2e::{
    Chapter, Usher,
    admin::fresh_email,
    alone,
    browser::{Album, Chromium},
    until,
    wait::{LATER, SOON},
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "walkthrough",
        vec![alone(
            "the_walkthrough_of_the_seeds_step_by_step",
            walkthrough,
        )],
    )
}

async fn walkthrough() -> Result<()> {
    let mut usher = Usher::start("walkthrough").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("walkthrough")?;
    let told = tell(&usher, &chromium, &album).await;
    chromium.close().await?;
    told?;
    usher.stop().await?;
    album.is_shown_by(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/WALKTHROUGH.md"))
}

async fn tell(usher: &Usher, chromium: &Chromium, album: &Album) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let email = fresh_email("grace");
    let handle = "grace_hopper";

    let panel = chromium.tab(&ready.admin_url).await?;
    panel.field("Email").await?.fill(&operator.email).await?;
    panel
        .field("Password")
        .await?
        .fill(&operator.password)
        .await?;
    album.shot(&panel, "sign-in").await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;

    // Step 1. Open the prospects list.
    panel.click("Prospects").await?;
    panel.heading("Prospects").await?;
    album.shot(&panel, "step-1-prospects").await?;

    // Step 2. Click Create.
    panel.click("Create").await?;

    // Step 3. The form opens with the e-mail field ready.
    panel.path_where(|path| path == "/prospects/new").await?;
    panel.focus_is_in("Email").await?;
    album.shot(&panel, "step-2-and-3-create-form").await?;

    // Step 4. Enter a unique e-mail.
    panel.field("Email").await?.fill(&email).await?;
    album.shot(&panel, "step-4-email").await?;

    // Step 5. Enter a unique Telegram ID.
    panel
        .field("Telegram ID")
        .await?
        .fill(&format!("@{handle}"))
        .await?;
    panel
        .field("Customer type")
        .await?
        .choose("Individual")
        .await?;
    album.shot(&panel, "step-5-telegram").await?;

    // Step 6. Review details before submission.
    panel.click("Review").await?;

    // Step 7. The confirmation dialog shows what was entered.
    let dialog = panel.dialog("Confirm prospect").await?;
    let shown = dialog.text().await?;
    for words in [email.as_str(), handle, "Individual"] {
        ensure!(
            shown.contains(words),
            "\"{words}\" is not in the dialog: {shown}"
        );
    }
    panel.button("Back").await?;
    album.shot(&panel, "step-6-and-7-confirm").await?;

    // Step 8. Click Confirm.
    panel.click("Confirm").await?;

    // Step 9. The prospect's page and identity fields.
    let path = panel
        .path_where(|path| path.starts_with("/prospects/") && path != "/prospects/new")
        .await?;
    panel.heading(&email).await?;
    for words in [
        &format!("Telegram ID @{handle}"),
        "Customer type Individual",
        "Stage New",
        "Status Open",
        "KYC status Not started",
    ] {
        panel.region_reads("Prospect", words, SOON).await?;
    }
    album.shot(&panel, "step-9-prospect").await?;
    let public_id = path.trim_start_matches("/prospects/").to_owned();

    // Step 10. It appears in the list.
    panel.click("Prospects").await?;
    panel.field("Search by email or public ID").await?;
    panel
        .row_reads(
            "Prospects",
            &[&email, "Individual", "New", "Not started"],
            SOON,
        )
        .await?;
    album.shot(&panel, "step-10-in-the-list").await?;

    // Step 11. The KYC section: generate the verification link.
    panel.click(&public_id).await?;
    panel.region("KYC").await?;
    panel.click("Generate verification link").await?;

    // Step 12. The link was created.
    let permalink = until("the verification link", SOON, || async {
        let link = panel.field("Verification link").await?.value().await?;
        ensure!(link.starts_with("http"), "it reads {link:?}");
        Ok(link)
    })
    .await?;
    album.shot(&panel, "step-11-and-12-kyc-link").await?;

    // The applicant follows the link, in a tab of their own.
    let applicant = chromium.tab(&permalink).await?;
    album.shot(&applicant, "applicant-opens-the-link").await?;
    applicant.click("Submit documents").await?;
    // The operator's page follows without a reload.
    panel
        .region_reads("Prospect", "Stage In review", SOON)
        .await?;
    album.shot(&panel, "pending-live").await?;
    album.shot(&applicant, "applicant-submitted").await?;
    applicant.click("Approve").await?;
    panel
        .region_reads("Prospect", "Stage Approved", SOON)
        .await?;
    album.shot(&panel, "converted-live").await?;
    album.shot(&applicant, "applicant-approved").await?;

    // Step 13. After KYC verification, the customer appears in the list, Active.
    panel.click("Customers").await?;
    panel.heading("Customers").await?;
    panel
        .row_reads("Customers", &[&email, "Active"], LATER)
        .await?;
    album.shot(&panel, "step-13-customers").await?;
    panel.click(&public_id).await?;
    panel
        .path_where(|path| path.starts_with("/customers/"))
        .await?;
    let account = format!("DEP-{public_id}");
    panel
        .region_reads("Customer", "Status Active", LATER)
        .await?;
    panel.region_reads("Provisioning", "Done", SOON).await?;
    panel
        .region_reads("Deposit account", &account, SOON)
        .await?;
    album.shot(&panel, "customer").await?;

    sign_in_at_the_portal(usher, chromium, album, &email, &account).await?;
    for tab in [&panel, &applicant] {
        ensure!(tab.thrown().is_empty(), "scripts threw: {:?}", tab.thrown());
    }
    Ok(())
}

/// With what the mail says, as the customer.
async fn sign_in_at_the_portal(
    usher: &Usher,
    chromium: &Chromium,
    album: &Album,
    email: &str,
    account: &str,
) -> Result<()> {
    let ready = usher.ready();
    let mail = usher.mailbox()?.wait_for(email).await?;
    let temporary = mail.temporary_password()?;
    ensure!(
        mail.text.contains(ready.public_url.trim_end_matches('/')),
        "the mail does not say where: {}",
        mail.text
    );
    ensure!(
        mail.html.contains(&temporary),
        "the HTML version says another password"
    );
    let mailbox = chromium
        .tab(&format!("{}/mail", ready.dev_url.trim_end_matches('/')))
        .await?;
    mailbox.click(&mail.subject).await?;
    mailbox.reads(&temporary, SOON).await?;
    album.shot(&mailbox, "welcome-email").await?;

    let portal = chromium.tab(&ready.public_url).await?;
    portal.field("Email").await?.fill(email).await?;
    portal.field("Password").await?.fill(&temporary).await?;
    album.shot(&portal, "portal-sign-in").await?;
    portal.click("Sign in").await?;
    let chosen = "a long way to the harbour";
    portal.field("New password").await?.fill(chosen).await?;
    portal
        .field("Repeat new password")
        .await?
        .fill(chosen)
        .await?;
    album.shot(&portal, "portal-choose-a-password").await?;
    portal.click("Save password").await?;
    portal.reads(account, SOON).await?;
    album.shot(&portal, "portal-home").await?;

    // The mailed password has done its duty: only the chosen one signs in now.
    let again = usher.portal()?;
    let refused = again.sign_in(email, &temporary).await?;
    ensure!(
        !refused.status.is_success(),
        "the temporary password still opens the portal"
    );
    again.sign_in(email, chosen).await?.ok()?;
    ensure!(
        portal.thrown().is_empty(),
        "scripts threw: {:?}",
        portal.thrown()
    );
    Ok(())
}
