//! The verification link goes out by itself: created and sent in the browser, opened from the mail, reminded of as time passes, and sent
//! anew after a rejection.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Admin, Chapter, Usher, Window,
    admin::{NewProspect, fresh_email},
    alone,
    browser::{Album, Chromium, Tab},
    mailbox::Mail,
    until,
    wait::{LATER, SOON},
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "link",
        vec![
            alone("created_sent_opened_and_verified", in_the_browser),
            alone("reminded_as_time_passes_until_something_happens", reminded),
            alone("a_link_to_try_again_says_what_to_mend", again),
        ],
    )
}

async fn in_the_browser() -> Result<()> {
    let mut usher = Usher::start("link").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("link")?;
    let told = created_and_sent(&usher, &chromium, &album).await;
    chromium.close().await?;
    told?;
    usher.stop().await
}

async fn created_and_sent(usher: &Usher, chromium: &Chromium, album: &Album) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let email = fresh_email("ada");
    let panel = chromium.tab(&ready.admin_url).await?;
    panel.field("Email").await?.fill(&operator.email).await?;
    let password = panel.field("Password").await?;
    password.fill(&operator.password).await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;

    // An address and two Enters: the tick was made once and is remembered.
    let home = ready.admin_url.trim_end_matches('/');
    let form = format!("{home}/prospects/new");
    panel.go(&form).await?;
    ensure!(
        !is_ticked(&panel).await?,
        "it is ticked before anybody chose it"
    );
    panel
        .find(&["checkbox"], "Send the verification link now")
        .await?
        .click()
        .await?;
    panel.field("Email").await?.fill(&email).await?;
    panel
        .field("Telegram ID")
        .await?
        .fill("@ada_lovelace")
        .await?;
    both_widths(&panel, album, "create").await?;
    panel.click("Review").await?;
    panel.dialog("Confirm prospect").await?;
    both_widths(&panel, album, "create-and-send").await?;
    panel.click("Create and send").await?;
    panel
        .path_where(|path| path.starts_with("/prospects/") && path != "/prospects/new")
        .await?;
    panel.region_reads("KYC", "not opened yet", LATER).await?;
    both_widths(&panel, album, "sent").await?;
    panel.region("KYC").await?;
    panel.link("chat with @ada_lovelace").await?;
    ensure!(
        panel.text().await?.contains("Verification link sent"),
        "the history doesn't say that it was sent"
    );

    // Whoever has the mail begins with one click; a scanner that looks at the address opens nothing.
    let mail = usher.mailbox()?.wait_for(&email).await?;
    ensure!(
        mail.subject == "Usher Bank: please verify your identity",
        "{}",
        mail.subject
    );
    let address = address_in(&mail)?;
    ensure!(address.starts_with(&ready.public_url), "{address}");
    let looked = Window::new(&ready.public_url)?.open(&address).await?.ok()?;
    looked.form("Begin verification")?;
    panel.region_reads("KYC", "not opened yet", SOON).await?;
    let applicant = chromium.tab(&address).await?;
    applicant.heading("Verify your identity").await?;
    let found = applicant.violations().await?;
    ensure!(found.is_empty(), "axe: {found:#?}");
    both_widths(&applicant, album, "verify").await?;
    applicant.click("Begin verification").await?;
    applicant.button("Submit documents").await?;
    panel.region_reads("KYC", ", opened ", SOON).await?;
    album.shot(&panel, "opened").await?;
    applicant.click("Submit documents").await?;
    applicant.click("Approve").await?;
    panel.reads("See the customer", LATER).await?;
    let over = Window::new(&ready.public_url)?.open(&address).await;
    let words = over.map_or_else(|error| format!("{error:#}"), |page| page.text());
    ensure!(words.contains("nothing to verify any more"), "{words}");

    panel.go(&form).await?;
    ensure!(is_ticked(&panel).await?, "the choice is not remembered");
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(())
}

/// On a phone and on a desk.
async fn both_widths(tab: &Tab, album: &Album, name: &str) -> Result<()> {
    for width in [360, 1280] {
        tab.wear(width, "light").await?;
        album.shot(tab, &format!("{name}-{width}")).await?;
    }
    Ok(())
}

async fn is_ticked(tab: &Tab) -> Result<bool> {
    tab.evaluate("document.querySelector('#send_link').checked")
        .await
}

async fn reminded() -> Result<()> {
    let mut usher = Usher::start("link-reminders").await?;
    let admin = usher.admin()?;
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email("late")))
        .await?;
    admin
        .act(
            &format!("/prospects/{}", prospect.public_id),
            "Send link",
            None,
        )
        .await?;
    mails(&usher, &prospect.email, 1).await?;
    // Two days, five days, one before the link ends; then a fresh one, for which the first mail is good as well.
    let mut first = None;
    for (days, count, subject) in [
        ("2d", 2, "a reminder to verify your identity"),
        ("3d", 3, "a reminder to verify your identity"),
        ("1d", 4, "your verification link ends soon"),
        ("1d", 5, "a new link to verify your identity"),
    ] {
        usher.set_forward(days).await?;
        let mails = mails(&usher, &prospect.email, count).await?;
        ensure!(
            mails[0].subject.ends_with(subject),
            "after {days}: {}",
            mails[0].subject
        );
        first = mails.into_iter().next_back();
    }
    let first = address_in(&first.context("no mail")?)?;
    let page = Window::new(&usher.ready().public_url)?
        .open(&first)
        .await?
        .ok()?;
    let form = page.form("Begin verification")?;
    // Opening the permalink is what makes an applicant.
    let begun = Window::new(&usher.ready().public_url)?
        .submit(&form)
        .await?
        .ok()?;
    begun.form("Submit documents")?;
    admin.stage_becomes(&prospect, "Started").await?;
    let counts = usher.counts().await?;
    // The applicant has begun: nobody reminds them any more.
    usher.set_forward("10d").await?;
    until("nobody is looked at again", LATER, || async {
        let chased: i64 = sqlx::query_scalar("SELECT count(*) FROM link_chases WHERE due <= now()")
            .fetch_one(&counts.pool)
            .await?;
        ensure!(chased == 0, "{chased} wait");
        Ok(())
    })
    .await?;
    mails(&usher, &prospect.email, 5).await?;
    usher.stop().await
}

async fn again() -> Result<()> {
    let mut usher = Usher::start("link-again").await?;
    let (admin, simulator) = (usher.admin()?, usher.simulator()?);
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email("again")))
        .await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    simulator.open(&link).await?;
    simulator.press(&link, "Submit documents").await?;
    usher.set_forward("2s").await?;
    let form = simulator
        .open(&link)
        .await?
        .form("Reject")?
        .tick("BAD_PROOF_OF_ADDRESS")?
        .tick("RETRY: may try again")?
        .fill("Shown to the applicant", "A clearer photo, please.")?
        .fill("For operators only", "Looks photoshopped.")?;
    simulator.window().submit(&form).await?.ok()?;
    let path = format!("/prospects/{}", prospect.public_id);
    declined(&admin, &path).await?;
    usher.set_forward("2s").await?;
    admin.act(&path, "Send retry link", None).await?;
    let mails = mails(&usher, &prospect.email, 1).await?;
    let mail = &mails[0];
    ensure!(
        mail.subject.ends_with("please try the verification again"),
        "{}",
        mail.subject
    );
    for body in [&mail.text, &mail.html] {
        ensure!(body.contains("A clearer photo, please."), "{body}");
        ensure!(!body.contains("photoshopped"), "the client comment: {body}");
    }
    let shown = e2e::admin::verification_link(&admin.prospect(&prospect.public_id).await?)?;
    ensure!(shown != link, "the link from before the rejection was sent");
    usher.stop().await
}

async fn declined(admin: &Admin, path: &str) -> Result<()> {
    until("it was declined", LATER, || async {
        let page = admin.window().open(path).await?;
        page.form("Send retry link").map(drop)
    })
    .await
}

/// All mails to this address, the newest first, once there are so many; never more.
async fn mails(usher: &Usher, address: &str, count: usize) -> Result<Vec<Mail>> {
    let mailbox = usher.mailbox()?;
    let mails = until("the mails", LATER, || async {
        let mails = mailbox.to(address).await?;
        ensure!(mails.len() >= count, "{} mails", mails.len());
        Ok(mails)
    })
    .await?;
    ensure!(
        mails.len() == count,
        "{} mails instead of {count}",
        mails.len()
    );
    Ok(mails)
}

/// The address in a mail where the verification begins.
fn address_in(mail: &Mail) -> Result<String> {
    let mut words = mail.text.split_whitespace();
    let address = words.find(|word| word.contains("/verify/"));
    Ok(address
        .with_context(|| format!("no address in: {}", mail.text))?
        .to_owned())
}
