//! The jobs of an officer's day in few actions: each click, and each key that is no typed text, is counted in a browser, and nothing
//! needs a scroll at 1280 by 800. The table is printed.

use anyhow::{Result, ensure};
use e2e::{
    Chapter, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    alone,
    browser::{Acts, Album, Chromium, Hand, Tab},
    until,
    wait::{LATER, SOON},
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "few_actions",
        vec![alone("the_common_jobs_take_few_clicks_and_keys", counted)],
    )
}

async fn counted() -> Result<()> {
    let mut usher = Usher::start("few-actions").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("few-actions")?;
    let told = jobs(&usher, &chromium, &album).await;
    chromium.close().await?;
    let done = told?;
    usher.stop().await?;
    println!("{:<44} {:>6} {:>6} {:>5}", "job", "clicks", "keys", "goal");
    for (job, acts, goal) in &done {
        println!("{job:<44} {acts} {goal:>5}");
    }
    for (job, acts, goal) in done {
        ensure!(acts.sum() <= goal, "{job} takes {acts:?}, not {goal}");
    }
    Ok(())
}

/// What was done, what it took, and what it may take.
type Job = (&'static str, Acts, usize);

async fn jobs(usher: &Usher, chromium: &Chromium, album: &Album) -> Result<Vec<Job>> {
    let grace = named(usher, "grace", "Grace", "Hopper").await?;
    let ada = named(usher, "ada", "Ada", "Lovelace").await?;
    let panel = signed_in(usher, chromium, "onboarding-officer").await?;
    let mut done = prospects(usher, &panel, album, &grace).await?;
    done.extend(money(usher, &panel, album, &ada).await?);
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(done)
}

/// Creates and sends, finds by name, reads why somebody was declined, and sends the link to try again.
async fn prospects(
    usher: &Usher,
    panel: &Tab,
    album: &Album,
    grace: &Prospect,
) -> Result<Vec<Job>> {
    let mut done = Vec::new();
    let is_record = |path: &str| path.starts_with("/prospects/") && path != "/prospects/new";

    // The tick was made once, and is remembered.
    panel.go(&at(usher, "/prospects/new")).await?;
    let first = fresh_email("first");
    panel.field("Email").await?.fill(&first).await?;
    let tick = panel.find(&["checkbox"], "Send the verification link now");
    tick.await?.click().await?;
    panel.click("Review").await?;
    panel.click("Create and send").await?;
    panel.path_where(is_record).await?;

    panel.go(&at(usher, "/prospects")).await?;
    let second = fresh_email("second");
    let hand = Hand::at(panel).await?;
    hand.click("Create").await?;
    let open = hand.acts();
    hand.types("Email", &second).await?;
    hand.press("Enter").await?;
    hand.rests_on("Create and send").await?;
    hand.press("Enter").await?;
    panel.path_where(is_record).await?;
    mails(usher, &second, 1).await?;
    let all = hand.acts();
    let form = Acts {
        clicks: all.clicks - open.clicks,
        keys: all.keys - open.keys,
    };
    done.push(("create and send, in the form", form, 2));
    done.push(("create and send, from the list", all, 3));

    let link = usher.admin()?.generate_link(&grace.public_id).await?;
    let simulator = usher.simulator()?;
    simulator.press(&link, "Submit documents").await?;
    usher.set_forward("2s").await?;
    let form = simulator.open(&link).await?.form("Reject")?;
    let form = form
        .tick("BAD_PROOF_OF_ADDRESS")?
        .tick("RETRY: may try again")?
        .fill("Shown to the applicant", "A clearer photo, please.")?
        .fill("For operators only", "Looks photoshopped.")?;
    simulator.window().submit(&form).await?.ok()?;
    usher.admin()?.stage_becomes(grace, "Declined").await?;
    usher.set_forward("2s").await?;

    let record = format!("/prospects/{}", grace.public_id);
    panel.go(&at(usher, "/callbacks")).await?;
    let hand = Hand::at(panel).await?;
    hand.press("/").await?;
    hand.types("Find anyone", "Grace Hopper").await?;
    hand.press("Enter").await?;
    panel.path_where(|path| path == record).await?;
    done.push(("find by name", hand.acts(), 2));

    let hand = Hand::at(panel).await?;
    hand.sees("Why it was declined").await?;
    hand.sees("proof of address").await?;
    hand.sees("A clearer photo, please.").await?;
    hand.sees("May try again").await?;
    album.shot(panel, "why-declined").await?;
    done.push(("see why somebody was declined", hand.acts(), 0));

    let hand = Hand::at(panel).await?;
    hand.click("Send retry link").await?;
    mails(usher, &grace.email, 1).await?;
    album.shot(panel, "retry-link-sent").await?;
    done.push(("send the link to try again", hand.acts(), 1));
    Ok(done)
}

/// Records a deposit, and confirms one withdrawal after another.
async fn money(usher: &Usher, panel: &Tab, album: &Album, ada: &Prospect) -> Result<Vec<Job>> {
    let simulator = usher.simulator()?;
    let link = usher.admin()?.generate_link(&ada.public_id).await?;
    simulator.press(&link, "Submit documents").await?;
    usher.set_forward("2s").await?;
    simulator.press(&link, "Approve").await?;
    panel.go(&at(usher, "/customers")).await?;
    panel
        .row_reads("Customers", &[&ada.email, "Active"], LATER)
        .await?;
    let record = at(usher, &format!("/customers/{}", ada.public_id));
    let mut done = Vec::new();

    panel.go(&record).await?;
    let hand = Hand::at(panel).await?;
    album.shot(panel, "customer").await?;
    hand.click("Record deposit").await?;
    hand.types("Amount", "250").await?;
    hand.press("Enter").await?;
    panel.reads("The deposit was recorded.", SOON).await?;
    hand.sees("$250.00").await?;
    done.push(("record a deposit", hand.acts(), 2));

    for (amount, reference) in [("20", "RENT-1"), ("30", "RENT-2"), ("40", "RENT-3")] {
        panel.go(&record).await?;
        panel.click("Start withdrawal").await?;
        panel.field("Amount").await?.fill(amount).await?;
        panel.field("Reference").await?.fill(reference).await?;
        panel.click("Confirm").await?;
        panel.reads("The withdrawal was started", SOON).await?;
    }
    panel.click("Sign out").await?;
    panel.path_where(|path| path == "/login").await?;
    sign_in(usher, panel, "admin").await?;
    panel.go(&at(usher, "/withdrawals")).await?;
    let first = "Confirm $20.00 for Ada Lovelace";
    panel.click(first).await?;
    panel.dialog("Confirm withdrawal").await?;
    let script = "document.querySelector('dialog[open] button.primary').click() ?? true";
    panel.evaluate::<bool>(script).await?;
    for (next, why, after) in [
        (
            "Confirm the next: $30.00 for Ada Lovelace",
            "RENT-2",
            "$200.00",
        ),
        (
            "Confirm the next: $40.00 for Ada Lovelace",
            "RENT-3",
            "$160.00",
        ),
    ] {
        let hand = Hand::at(panel).await?;
        for words in ["Ada Lovelace", why, after] {
            hand.sees(words).await?;
        }
        album.shot(panel, "next-withdrawal").await?;
        hand.click(next).await?;
        until("it is confirmed", SOON, || async {
            let words = panel.text().await?;
            ensure!(!words.contains(next), "{words}");
            Ok(())
        })
        .await?;
        panel.reads("The withdrawal was confirmed.", SOON).await?;
        done.push(("confirm one more withdrawal", hand.acts(), 1));
    }
    let counts = usher.counts().await?;
    let confirmed = "SELECT count(*) FROM withdrawals WHERE status = 'confirmed'";
    ensure!(counts.number(confirmed).await? == 3);
    Ok(done)
}

/// A prospect who has told Sumsub a name.
async fn named(usher: &Usher, who: &str, first: &str, last: &str) -> Result<Prospect> {
    let (admin, simulator) = (usher.admin()?, usher.simulator()?);
    let new = NewProspect::individual(&fresh_email(who));
    let prospect = admin.create(&new).await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    let form = simulator.open(&link).await?.form("Change personal data")?;
    let form = form
        .fill("First name", first)?
        .fill("Last name", last)?
        .fill("Date of birth", "1990-12-10")?
        .fill("Country", "GBR")?;
    simulator.window().submit(&form).await?.ok()?;
    until("the name is known", LATER, || async {
        let page = admin.prospect(&prospect.public_id).await?;
        ensure!(page.text().contains(last), "{}", page.text());
        Ok(())
    })
    .await?;
    Ok(prospect)
}

fn at(usher: &Usher, path: &str) -> String {
    format!("{}{path}", usher.ready().admin_url.trim_end_matches('/'))
}

async fn signed_in(usher: &Usher, chromium: &Chromium, role: &str) -> Result<Tab> {
    let panel = chromium.tab(&usher.ready().admin_url).await?;
    sign_in(usher, &panel, role).await?;
    Ok(panel)
}

async fn sign_in(usher: &Usher, panel: &Tab, role: &str) -> Result<()> {
    let operator = usher.ready().operator(role)?;
    panel.field("Email").await?.fill(&operator.email).await?;
    let password = panel.field("Password").await?;
    password.fill(&operator.password).await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;
    Ok(())
}

/// Waits for so many mails to this address.
async fn mails(usher: &Usher, address: &str, count: usize) -> Result<()> {
    let mailbox = usher.mailbox()?;
    until("the mail", LATER, || async {
        let mails = mailbox.to(address).await?;
        ensure!(mails.len() == count, "{} mails", mails.len());
        Ok(())
    })
    .await
}
