//! *Import CSV*: a file with bad rows is looked at, imported while the server is killed, and uploaded again. `USHER_E2E_IMPORT_ROWS` says
//! how many rows it has.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{
    Chapter, Usher, alone,
    browser::{Album, Chromium, Tab},
    until,
    wait::LATER,
};

/// So many rows, unless it is said otherwise; every hundredth is bad.
const ROWS: usize = 1_500;
const BAD: usize = 100;
/// For all of them, on a slow machine.
const LONG: Duration = Duration::from_secs(600);

pub fn chapter() -> Chapter {
    Chapter::alone(
        "import_csv",
        vec![alone(
            "a_file_with_bad_rows_through_a_kill_and_once_more",
            through_a_kill,
        )],
    )
}

async fn through_a_kill() -> Result<()> {
    let rows = match std::env::var("USHER_E2E_IMPORT_ROWS") {
        Ok(rows) => rows.parse()?,
        Err(_) => ROWS,
    };
    let mut usher = Usher::start("import-csv").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("import-csv")?;
    let told = imported(&mut usher, &chromium, &album, rows).await;
    chromium.close().await?;
    told?;
    usher.stop().await
}

/// What the page calls so many.
fn grouped(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

/// Puts a file into the form, as if it had been chosen: some rows have no address, some an unknown type, some come twice.
async fn choose_file(tab: &Tab, rows: usize) -> Result<()> {
    let script = format!(
        "(() => {{
            const every = {rows} / {BAD};
            const lines = ['E-Mail;Telegram;Customer type'];
            let bad = 0;
            for (let row = 0; row < {rows}; row += 1) {{
                if (bad < {BAD} && row >= every * bad + every / 2) {{
                    lines.push([';;Individual', `person-${{row}}@example.com;;Zoo`, 'Person-0@Example.com;;Individual'][bad % 3]);
                    bad += 1;
                }} else lines.push(`person-${{row}}@example.com;;Individual`);
            }}
            const files = new DataTransfer();
            files.items.add(new File([lines.join('\\r\\n')], 'prospects.csv', {{ type: 'text/csv' }}));
            document.getElementById('file').files = files.files;
            return bad;
        }})()"
    );
    let bad: usize = tab.evaluate(&script).await?;
    ensure!(bad == BAD, "{bad} bad rows");
    Ok(())
}

async fn signed_in(usher: &Usher, chromium: &Chromium) -> Result<Tab> {
    let ready = usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let panel = chromium.tab(&ready.admin_url).await?;
    panel.field("Email").await?.fill(&operator.email).await?;
    let password = panel.field("Password").await?;
    password.fill(&operator.password).await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;
    Ok(panel)
}

async fn imported(
    usher: &mut Usher,
    chromium: &Chromium,
    album: &Album,
    rows: usize,
) -> Result<()> {
    const CREATED: &str = "SELECT count(*) FROM prospects WHERE email LIKE 'person-%'";
    let good = rows - BAD;
    let panel = signed_in(usher, chromium).await?;
    let root = usher.ready().admin_url.trim_end_matches('/').to_owned();
    panel.go(&format!("{root}/prospects")).await?;
    panel.link("Import CSV").await?.click().await?;
    panel.reads("Up to 10,000 rows", LATER).await?;
    album.look_at(&panel, "upload").await?;
    choose_file(&panel, rows).await?;
    let began = Instant::now();
    panel.click("Preview").await?;
    let can_be = format!(
        "{} prospects can be created, nothing is yet; {BAD} rows have errors.",
        grouped(good)
    );
    panel.reads(&can_be, LATER).await?;
    println!("{rows} rows read and checked in {:?}", began.elapsed());
    for words in [
        "Unknown customer type.",
        "Enter the e-mail address.",
        "The same e-mail address stands in line 2.",
    ] {
        panel.reads(words, LATER).await?;
    }
    album.look_at(&panel, "preview").await?;

    let began = Instant::now();
    panel
        .click(&format!("Import {} prospects", grouped(good)))
        .await?;
    let counts = usher.counts().await?;
    until(
        "a part is created, and seen on the page as it goes on",
        LONG,
        || async {
            let created = counts.number(CREATED).await?;
            ensure!(usize::try_from(created)? > good / 3, "{created}");
            Ok(())
        },
    )
    .await?;
    album.shot(&panel, "running").await?;
    let on_it = panel.text().await?;
    ensure!(on_it.contains("created so far"), "{on_it}");
    drop(counts);
    usher.kill().await?;
    usher.launch().await?;
    let counts = usher.counts().await?;
    println!(
        "killed with {} of {good} created",
        counts.number(CREATED).await?
    );
    let root = usher.ready().admin_url.trim_end_matches('/').to_owned();
    panel.go(&format!("{root}/prospects/import/1")).await?;
    let created = format!(
        "{} prospects were created; {BAD} rows have errors.",
        grouped(good)
    );
    panel.reads(&created, LONG).await?;
    println!(
        "{good} prospects created in {:?}, with a kill",
        began.elapsed()
    );
    album.look_at(&panel, "done").await?;
    for (what, expected) in [
        (CREATED, good),
        (
            "SELECT count(DISTINCT email) FROM prospects WHERE email LIKE 'person-%'",
            good,
        ),
        (
            "SELECT count(*) FROM prospect_import_rows WHERE outcome = 'created'",
            good,
        ),
        (
            "SELECT count(*) FROM prospect_events WHERE event_type = 'initialized' AND id IN (SELECT id FROM prospects WHERE email LIKE 'person-%')",
            good,
        ),
        (
            "SELECT count(DISTINCT object) FROM audit_entries WHERE action = 'prospect.create' AND object IN (SELECT 'prospect:' || id FROM prospects WHERE email LIKE 'person-%')",
            good,
        ),
    ] {
        let found = usize::try_from(counts.number(what).await?)?;
        ensure!(found == expected, "{what}: {found}");
    }
    let result: String = panel
        .evaluate(
            "fetch(document.querySelector('a[download]').href).then((answer) => answer.text())",
        )
        .await?;
    let with = |words: &str| result.lines().filter(|line| line.contains(words)).count();
    ensure!(
        result.lines().count() == rows + 1,
        "{} lines",
        result.lines().count()
    );
    ensure!(
        (with(",Created,1"), with(",Error,")) == (good, BAD),
        "{}",
        &result[..2000]
    );

    panel.go(&format!("{root}/prospects/import")).await?;
    choose_file(&panel, rows).await?;
    panel.click("Preview").await?;
    let nothing = format!(
        "There is nothing new in this file; {} rows are already there, {BAD} rows have errors.",
        grouped(good)
    );
    panel.reads(&nothing, LATER).await?;
    album.shot(&panel, "again").await?;
    ensure!(
        counts.number(CREATED).await? == i64::try_from(good)?,
        "nobody new"
    );
    panel.go(&format!("{root}/prospects/import")).await?;
    album.look_at(&panel, "imports").await
}
