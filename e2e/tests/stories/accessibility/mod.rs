//! Every page for everybody: what axe-core finds on it, light and dark, on a telephone and on a desk; and the panel used
//! by keyboard alone. Screenshots of each page are left in `target/accessibility/`.

mod still;
mod widths;

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, anyhow, ensure};
use e2e::{
    Callback, Chapter, Story, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    browser::{Chromium, Tab},
    until,
    usher::target_folder,
    wait::{LATER, SOON},
};

const WIDTHS: [i64; 2] = [360, 1280];
const SCHEMES: [&str; 2] = ["light", "dark"];
const PASSWORD: &str = "a long way to the harbour";

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "accessibility",
        vec![
            Story::new("axe_core_finds_nothing_on_any_page", every_page),
            Story::new("the_panel_is_used_by_keyboard_alone", by_keyboard),
            Story::new("what_happens_appears_without_a_reload", live),
            Story::new("nothing_is_squeezed_at_any_width", widths::every_width),
            Story::new("a_live_update_moves_nothing", still::live_updates),
            Story::new("an_act_leaves_the_page_where_it_was", still::acts),
        ],
    )
}

/// Looks at pages, and keeps what is wrong with them and their pictures.
struct Looks {
    folder: PathBuf,
    wrong: Vec<String>,
}

impl Looks {
    fn new() -> Result<Self> {
        let folder = target_folder()?.join("accessibility");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            wrong: Vec::new(),
        })
    }

    /// What the tab shows now, which it can't be sent to.
    async fn as_it_is(&mut self, tab: &Tab, name: &str) -> Result<()> {
        for width in WIDTHS {
            for scheme in SCHEMES {
                tab.wear(width, scheme).await?;
                let look = format!("{name}-{width}-{scheme}");
                let found = tab.violations().await.with_context(|| look.clone())?;
                tab.screenshot(&self.folder.join(format!("{look}.png")))
                    .await?;
                self.wrong
                    .extend(found.into_iter().map(|found| format!("{look}: {found}")));
            }
        }
        Ok(())
    }

    /// In all sizes and colours; `then` is clicked on first.
    async fn at(&mut self, tab: &Tab, name: &str, url: &str, then: Option<&str>) -> Result<()> {
        for width in WIDTHS {
            for scheme in SCHEMES {
                tab.wear(width, scheme).await?;
                tab.go(url).await?;
                if let Some(button) = then {
                    tab.click(button).await?;
                    tab.button("Back").await?;
                }
                let look = format!("{name}-{width}-{scheme}");
                let found = tab.violations().await.with_context(|| look.clone())?;
                tab.screenshot(&self.folder.join(format!("{look}.png")))
                    .await?;
                self.wrong
                    .extend(found.into_iter().map(|found| format!("{look}: {found}")));
            }
        }
        Ok(())
    }
}

/// Signs in at the panel.
async fn at_the_panel(usher: &Usher, chromium: &Chromium, role: &str) -> Result<Tab> {
    let ready = usher.ready();
    let operator = ready.operator(role)?;
    let tab = chromium.tab(&ready.admin_url).await?;
    tab.field("Email").await?.fill(&operator.email).await?;
    tab.field("Password")
        .await?
        .fill(&operator.password)
        .await?;
    tab.click("Sign in").await?;
    tab.path_where(|path| path != "/login").await?;
    Ok(tab)
}

async fn made(usher: &Usher, who: &str) -> Result<Prospect> {
    let new = NewProspect::individual(&fresh_email(who));
    usher.admin()?.create(&new).await
}

/// A customer whose provisioning is done.
async fn active(usher: &Usher, who: &str) -> Result<Prospect> {
    let prospect = made(usher, who).await?;
    usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id))
        .await?;
    let admin = usher.admin()?;
    until("an active customer", LATER, || async {
        let text = admin.customer(&prospect.public_id).await?.text();
        ensure!(text.contains("Status Active"), "{text}");
        Ok(())
    })
    .await?;
    Ok(prospect)
}

/// Where the ledger has a customer's money.
struct Books {
    account: String,
    deposit: String,
    withdrawal: String,
}

/// An officer records a deposit, starts a withdrawal that waits, and proposes credit.
async fn with_money(usher: &Usher, chromium: &Chromium, customer: &Prospect) -> Result<Books> {
    let officer = at_the_panel(usher, chromium, "onboarding-officer").await?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let record = format!("{url}/customers/{}", customer.public_id);
    officer.go(&record).await?;
    for (button, fields, told) in [
        (
            "Record deposit",
            [("Amount", "1,250.00"), ("Reference", "WIRE-2026-0117")],
            "The deposit was recorded.",
        ),
        (
            "Start withdrawal",
            [("Amount", "99.95"), ("Reference", "")],
            "The withdrawal was started; it waits to be confirmed.",
        ),
        (
            "Propose credit",
            [
                ("Amount", "50,000"),
                ("Purpose", "A solar roof for the shop"),
            ],
            "The proposal was made; it waits for the customer.",
        ),
    ] {
        officer.click(button).await?;
        for (field, value) in fields {
            officer.field(field).await?.fill(value).await?;
        }
        officer.click("Confirm").await?;
        officer.reads(told, SOON).await?;
    }
    let link = |kind: &str| {
        let script =
            format!("document.querySelector('a[href^=\"/ledger/{kind}/\"]').getAttribute('href')");
        let officer = &officer;
        async move { officer.evaluate::<String>(&script).await }
    };
    let books = Books {
        account: link("accounts").await?,
        deposit: link("deposits").await?,
        withdrawal: link("withdrawals").await?,
    };
    // The browser has one session for all tabs.
    officer.click("Sign out").await?;
    officer.path_where(|path| path == "/login").await?;
    Ok(books)
}

/// An invited operator chooses a password, sets up a second factor and signs in with both; the browser has one session for all
/// tabs, so whoever was signed in is out.
async fn own_login(usher: &Usher, panel: &Tab, looks: &mut Looks) -> Result<()> {
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let email = fresh_email("invited");
    panel.go(&format!("{url}/access/operators/new")).await?;
    panel.field("Email").await?.fill(&email).await?;
    panel.field("Role").await?.choose("Auditor").await?;
    panel.click("Review").await?;
    panel.click("Confirm").await?;
    panel.reads("on its way to them", SOON).await?;
    let mail = usher.mailbox()?.wait_for(&email).await?;
    panel.click("Sign out").await?;
    panel.path_where(|path| path == "/login").await?;
    let sign_in = async |password: &str| {
        panel.field("Email").await?.fill(&email).await?;
        panel.field("Password").await?.fill(password).await?;
        panel.click("Sign in").await
    };
    sign_in(&mail.temporary_password()?).await?;
    panel.heading("Choose a new password").await?;
    looks
        .at(panel, "choose-password", &format!("{url}/password"), None)
        .await?;
    panel.field("New password").await?.fill(PASSWORD).await?;
    panel
        .field("Repeat new password")
        .await?
        .fill(PASSWORD)
        .await?;
    panel.click("Save password").await?;
    panel.heading("Overview").await?;
    let enrol = format!("{url}/me/second-factor");
    looks.at(panel, "second-factor", &enrol, None).await?;
    let key: String = panel
        .evaluate("document.querySelector('#key').value.replaceAll(' ', '')")
        .await?;
    panel
        .field("Current password")
        .await?
        .fill(PASSWORD)
        .await?;
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&key).map_err(|error| anyhow!("{error}"))?)
        .build()
        .map_err(|error| anyhow!("{error}"))?;
    let now = u64::try_from(chrono::Utc::now().timestamp())?;
    let code = totp.generate(now).to_string();
    panel.field("Code of the app").await?.fill(&code).await?;
    panel.click("Switch it on").await?;
    panel.heading("Your recovery codes").await?;
    looks.as_it_is(panel, "recovery-codes").await?;
    looks
        .at(
            panel,
            "my-account-with-a-second-factor",
            &format!("{url}/me"),
            None,
        )
        .await?;
    panel.click("Sign out").await?;
    panel.path_where(|path| path == "/login").await?;
    sign_in(PASSWORD).await?;
    panel.heading("Enter your code").await?;
    looks
        .at(panel, "login-code", &format!("{url}/login/code"), None)
        .await
}

async fn every_page(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = pages(&usher, &chromium).await;
    chromium.close().await?;
    told
}

async fn pages(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let sumsub = usher.sumsub()?;
    let admin = usher.admin()?;
    let new = made(usher, "new").await?;
    admin.generate_link(&new.public_id).await?;
    let declined = made(usher, "declined").await?;
    sumsub.deliver(&Callback::red(declined.id, "RETRY")).await?;
    let verified = active(usher, "verified").await?;
    let rejected = active(usher, "rejected").await?;
    sumsub
        .deliver(&Callback::red(rejected.id, "FINAL").in_ms(500))
        .await?;
    let panel_url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let mut looks = Looks::new()?;

    let stranger = chromium.tab(&panel_url).await?;
    looks
        .at(&stranger, "login", &format!("{panel_url}/login"), None)
        .await?;
    let books = with_money(usher, chromium, &verified).await?;
    let panel = at_the_panel(usher, chromium, "admin").await?;
    let prospect = |prospect: &Prospect| format!("/prospects/{}", prospect.public_id);
    let customer = |prospect: &Prospect| format!("/customers/{}", prospect.public_id);
    for (name, path, then) in [
        ("overview", "/".to_owned(), None),
        ("resolve", "/".to_owned(), Some("Resolve")),
        ("overview-90-days", "/?days=90".to_owned(), None),
        ("needs-a-person", "/needs-a-person".to_owned(), None),
        ("resolved", "/needs-a-person?show=resolved".to_owned(), None),
        (
            "needs-a-person-resolve",
            "/needs-a-person?cause=late_red".to_owned(),
            Some("Resolve"),
        ),
        (
            "needs-a-person-nothing",
            "/needs-a-person?age=30d".to_owned(),
            None,
        ),
        ("prospects", "/prospects".to_owned(), None),
        ("nothing-found", "/prospects?q=nobody".to_owned(), None),
        ("new-prospect", "/prospects/new".to_owned(), None),
        ("import-csv", "/prospects/import".to_owned(), None),
        ("prospect", prospect(&new), None),
        ("prospect-declined", prospect(&declined), None),
        ("prospect-converted", prospect(&verified), None),
        ("change-email", prospect(&new), Some("Change e-mail")),
        ("change-type", prospect(&new), Some("Change type")),
        // It has one: another asks first.
        ("link", prospect(&new), Some("Generate verification link")),
        ("close", prospect(&new), Some("Close")),
        ("customers", "/customers".to_owned(), None),
        ("customer", customer(&verified), None),
        ("customer-rejected", customer(&rejected), None),
        ("deactivate", customer(&verified), Some("Deactivate")),
        (
            "record-deposit",
            customer(&verified),
            Some("Record deposit"),
        ),
        ("confirm-withdrawal", customer(&verified), Some("Confirm")),
        (
            "propose-credit",
            customer(&verified),
            Some("Propose credit"),
        ),
        (
            "confirm-withdrawal",
            books.withdrawal.clone(),
            Some("Confirm"),
        ),
        ("ledger", "/ledger".to_owned(), None),
        ("ledger-set", "/ledger/sets/individual".to_owned(), None),
        ("ledger-empty-set", "/ledger/sets/bank".to_owned(), None),
        ("ledger-omnibus", "/ledger/omnibus".to_owned(), None),
        ("ledger-account", books.account, None),
        ("ledger-deposit", books.deposit, None),
        ("ledger-withdrawal", books.withdrawal, None),
        ("withdrawals", "/withdrawals".to_owned(), None),
        (
            "withdrawals-wrong",
            "/withdrawals?least=ten".to_owned(),
            None,
        ),
        ("deposits", "/deposits".to_owned(), None),
        ("credit-proposals", "/credit-proposals".to_owned(), None),
        ("callbacks", "/callbacks".to_owned(), None),
        ("callback", "/callbacks/1".to_owned(), None),
        ("provisioning", "/provisioning".to_owned(), None),
        ("access", "/access".to_owned(), None),
        ("revoke", "/access".to_owned(), Some("Revoke")),
        ("new-token", "/access/tokens/new".to_owned(), None),
        ("new-operator", "/access/operators/new".to_owned(), None),
        ("audit", "/audit".to_owned(), None),
        ("my-account", "/me".to_owned(), None),
        ("not-found", "/nowhere".to_owned(), None),
    ] {
        looks
            .at(&panel, name, &format!("{panel_url}{path}"), then)
            .await?;
    }
    own_login(usher, &panel, &mut looks).await?;
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );

    let portal_url = usher.ready().public_url.clone();
    let portal = chromium.tab(&portal_url).await?;
    looks.at(&portal, "portal-login", &portal_url, None).await?;
    let mail = usher.mailbox()?.wait_for(&verified.email).await?;
    portal.field("Email").await?.fill(&verified.email).await?;
    portal
        .field("Password")
        .await?
        .fill(&mail.temporary_password()?)
        .await?;
    portal.click("Sign in").await?;
    portal.field("New password").await?;
    looks
        .at(&portal, "portal-password", &portal_url, None)
        .await?;
    portal.field("New password").await?.fill(PASSWORD).await?;
    portal
        .field("Repeat new password")
        .await?
        .fill(PASSWORD)
        .await?;
    portal.click("Save password").await?;
    portal.heading("Your account").await?;
    looks.at(&portal, "portal-home", &portal_url, None).await?;
    let own = portal_url.trim_end_matches('/');
    let proposal = "document.querySelector('a[href^=\"/proposals/\"]').getAttribute('href')";
    let proposal: String = portal.evaluate(proposal).await?;
    for (name, path, then) in [
        ("portal-entries", "/entries", None),
        ("portal-statement", "/statement", None),
        (
            "portal-bad-day",
            "/statement?from=2026-02-30&to=2026-03-01",
            None,
        ),
        ("portal-proposals", "/proposals", None),
        ("portal-proposal", proposal.as_str(), None),
        ("portal-accept", proposal.as_str(), Some("Accept")),
        ("portal-security", "/security", None),
    ] {
        looks
            .at(&portal, name, &format!("{own}{path}"), then)
            .await?;
    }

    ensure!(
        looks.wrong.is_empty(),
        "what is wrong:\n{}",
        looks.wrong.join("\n")
    );
    Ok(())
}

async fn by_keyboard(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = keys(&usher, &chromium).await;
    chromium.close().await?;
    told
}

/// Tabs on until the focus is on what has these words.
async fn tab_to(tab: &Tab, words: &str) -> Result<()> {
    let mut seen = Vec::new();
    for _ in 0..60 {
        let focused = tab.focused().await?;
        if focused == words {
            return Ok(());
        }
        seen.push(focused);
        tab.press_here("Tab").await?;
    }
    anyhow::bail!("the focus never comes to \"{words}\", only to {seen:?}")
}

async fn keys(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let prospect = made(usher, "keys").await?;
    let panel = at_the_panel(usher, chromium, "onboarding-officer").await?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();

    panel.go(&format!("{url}/callbacks")).await?;
    panel.press("/").await?;
    panel.focus_is_in("Find anyone").await?;
    panel.press_here("Escape").await?;
    // The first of what is found, by Enter alone.
    panel.press("/").await?;
    panel
        .field("Find anyone")
        .await?
        .fill(&prospect.public_id)
        .await?;
    panel.press_here("Enter").await?;
    let record = format!("/prospects/{}", prospect.public_id);
    panel.path_where(|path| path == record).await?;

    panel
        .go(&format!("{url}/prospects/{}", prospect.public_id))
        .await?;
    panel.press("Tab").await?;
    tab_to(&panel, "More").await?;
    panel.press_here("Enter").await?;
    tab_to(&panel, "Close").await?;
    // Esc shuts the menu and the focus comes back to it.
    panel.press_here("Escape").await?;
    until("the focus on \"More\"", SOON, || async {
        let focused = panel.focused().await?;
        ensure!(focused == "More", "it is on {focused:?}");
        Ok(())
    })
    .await?;
    panel.press_here("Enter").await?;
    tab_to(&panel, "Close").await?;
    panel.press_here("Enter").await?;
    panel.dialog("Close prospect").await?;
    panel.focus_is_in("Reason").await?;
    // Esc shuts it and the focus comes back to where it was.
    panel.press_here("Escape").await?;
    until("the focus on \"Close\"", SOON, || async {
        let focused = panel.focused().await?;
        ensure!(focused == "Close", "it is on {focused:?}");
        Ok(())
    })
    .await?;
    // Without a reason the field says so and keeps the focus.
    panel.press_here("Enter").await?;
    panel.focus_is_in("Reason").await?;
    tab_to(&panel, "Confirm").await?;
    panel.press_here("Enter").await?;
    panel.reads("Enter the reason", SOON).await?;
    panel.focus_is_in("Reason").await?;
    panel.field("Reason").await?.fill("A double").await?;
    tab_to(&panel, "Confirm").await?;
    panel.press_here("Enter").await?;
    panel.reads("The prospect was closed.", SOON).await?;
    panel
        .region_reads("Prospect", "Status Closed", SOON)
        .await?;
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(())
}

async fn live(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = appearing(&usher, &chromium).await;
    chromium.close().await?;
    told
}

async fn appearing(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let customer = active(usher, "live").await?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let overview = at_the_panel(usher, chromium, "auditor").await?;
    overview.go(&format!("{url}/")).await?;
    overview.region("Needs a person").await?;
    let callbacks = chromium.tab(&format!("{url}/callbacks")).await?;
    callbacks.heading("Callbacks").await?;

    let sumsub = usher.sumsub()?;
    // One that no event tells of: nobody has this id.
    sumsub
        .deliver(&Callback::pending(uuid::Uuid::now_v7()))
        .await?;
    callbacks
        .row_reads("Callbacks", &["applicantPending", "Ignored"], SOON)
        .await?;
    sumsub
        .deliver(&Callback::red(customer.id, "FINAL").in_ms(500))
        .await?;
    overview
        .region_reads("Needs a person", &customer.email, SOON)
        .await?;
    Ok(())
}
