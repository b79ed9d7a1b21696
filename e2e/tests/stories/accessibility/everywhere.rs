//! Every page, furnished with what is long, at every width: whether all of it fits, and at a telephone's and a desk's, light and
//! dark, what axe-core finds. A page is loaded once and looked at in all sizes. Pictures are left in `target/accessibility/`.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, anyhow, ensure};
use e2e::{
    Usher,
    admin::fresh_email,
    browser::{Chromium, Tab},
    usher::target_folder,
    wait::SOON,
};

use super::{
    PASSWORD, at_the_panel,
    furnished::{Furnished, furnish},
    pages::{BEFORE_SIGNING_IN, OWN_LOGIN, PANEL, PORTAL, Page},
};

/// Widths, by how many per cent the page is zoomed in, and whether axe-core looks.
const VIEWS: [(i64, i64, bool); 12] = [
    (360, 100, true),
    (480, 100, false),
    (768, 100, false),
    (960, 100, false),
    (1024, 100, false),
    (1150, 100, false),
    (1280, 100, true),
    (1920, 100, false),
    (2560, 100, false),
    (1280, 125, false),
    (1280, 200, false),
    (1920, 200, false),
];
const SCHEMES: [&str; 2] = ["dark", "light"];
/// Up to this width one uses a finger.
const TELEPHONE: i64 = 480;

/// Uploads a file of prospects, with long addresses and with errors; answers with the path of its preview.
const UPLOAD: &str = r#"(async () => {
    const rows = ['email,telegram,customer type', 'maximiliane-wilhelmine.von-der-schulenburg-wolfsburg@bank.example,,Individual',
        'nonsense,@handle,Individual', 'Константин@пример.example,,Rindfleischetikettierungsüberwachungsgesellschaft'];
    const form = new FormData();
    form.append('file', new File([rows.join('\n')], 'prospects-of-the-branch-in-altenhausen-2026-11-30.csv', { type: 'text/csv' }));
    const answer = await fetch('/prospects/import', { method: 'POST', body: form });
    return new URL(answer.url).pathname;
})()"#;

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

    /// What the tab shows now, in all sizes and colours.
    async fn here(&mut self, tab: &Tab, name: &str) -> Result<()> {
        for (width, zoom, all_of_it) in VIEWS {
            tab.zoom(width, zoom).await?;
            let look = format!("{name} at {width} px and {zoom} %");
            let mut found = tab.crowded().await.with_context(|| look.clone())?;
            if width <= TELEPHONE {
                found.extend(tab.small_targets().await?);
            }
            self.note(&look, found);
            if !all_of_it {
                continue;
            }
            for scheme in SCHEMES {
                tab.wear(width, scheme).await?;
                let look = format!("{name}-{width}-{scheme}");
                let found = tab.violations().await.with_context(|| look.clone())?;
                tab.screenshot(&self.folder.join(format!("{look}.png")))
                    .await?;
                self.note(&look, found);
            }
        }
        Ok(())
    }

    fn note(&mut self, look: &str, found: Vec<String>) {
        self.wrong
            .extend(found.into_iter().map(|found| format!("{look}: {found}")));
    }

    async fn at(&mut self, tab: &Tab, name: &str, url: &str) -> Result<()> {
        tab.go(url).await?;
        self.here(tab, name).await
    }

    async fn at_all(
        &mut self,
        tab: &Tab,
        url: &str,
        pages: &[Page],
        there: &Furnished,
    ) -> Result<()> {
        for (name, _, path) in pages {
            let path = there.path(path)?;
            // A link in a mail is a whole address.
            let url = if path.starts_with("http") {
                path
            } else {
                format!("{url}{path}")
            };
            self.at(tab, name, &url).await?;
        }
        Ok(())
    }
}

pub async fn every_page(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = pages(&usher, &chromium).await;
    chromium.close().await?;
    told
}

async fn pages(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let mut there = furnish(usher).await?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let mut looks = Looks::new()?;
    let stranger = chromium.tab(&url).await?;
    looks
        .at_all(&stranger, &url, BEFORE_SIGNING_IN, &there)
        .await?;
    let panel = at_the_panel(usher, chromium, "admin").await?;
    there.also("import", panel.evaluate(UPLOAD).await?);
    looks.at_all(&panel, &url, PANEL, &there).await?;
    with_the_menu_open(&panel, &url, &mut looks).await?;
    own_login(usher, &panel, &mut looks).await?;
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    in_the_portal(usher, chromium, &there, &mut looks).await?;
    fs::write(looks.folder.join("wrong.txt"), looks.wrong.join("\n"))?;
    ensure!(
        looks.wrong.is_empty(),
        "{} things are wrong:\n{}",
        looks.wrong.len(),
        looks.wrong.join("\n")
    );
    Ok(())
}

/// What a telephone's button opens.
async fn with_the_menu_open(panel: &Tab, url: &str, looks: &mut Looks) -> Result<()> {
    panel.wear(360, "light").await?;
    panel.go(&format!("{url}/prospects")).await?;
    let menu = "document.querySelector('.sections > summary').click() ?? true";
    panel.evaluate::<bool>(menu).await?;
    panel.link("Callbacks").await?;
    looks.here(panel, "menu-open").await
}

/// An invited operator chooses a password, sets up a second factor and signs in with both; the browser has one session for all
/// tabs, so whoever was signed in is out.
async fn own_login(usher: &Usher, panel: &Tab, looks: &mut Looks) -> Result<()> {
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let email = fresh_email("invited");
    let [password, second_factor, code] = OWN_LOGIN;
    panel.wear(1280, "light").await?;
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
        .at(panel, password.0, &format!("{url}{}", password.2))
        .await?;
    panel.field("New password").await?.fill(PASSWORD).await?;
    panel
        .field("Repeat new password")
        .await?
        .fill(PASSWORD)
        .await?;
    panel.click("Save password").await?;
    panel.heading("Overview").await?;
    let enrol = format!("{url}{}", second_factor.2);
    looks.at(panel, second_factor.0, &enrol).await?;
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
    let six = totp.generate(now).to_string();
    panel.field("Code of the app").await?.fill(&six).await?;
    panel.click("Switch it on").await?;
    panel.heading("Your recovery codes").await?;
    looks.here(panel, "recovery-codes").await?;
    let me = format!("{url}/me");
    looks
        .at(panel, "my-account-with-a-second-factor", &me)
        .await?;
    panel.click("Sign out").await?;
    panel.path_where(|path| path == "/login").await?;
    sign_in(PASSWORD).await?;
    panel.heading("Enter your code").await?;
    looks.at(panel, code.0, &format!("{url}{}", code.2)).await
}

async fn in_the_portal(
    usher: &Usher,
    chromium: &Chromium,
    there: &Furnished,
    looks: &mut Looks,
) -> Result<()> {
    let url = usher.ready().public_url.trim_end_matches('/').to_owned();
    let portal = chromium.tab(&url).await?;
    looks.at(&portal, "portal-login", &url).await?;
    let email = &there.verified.email;
    let mail = usher.mailbox()?.wait_for(email).await?;
    portal.field("Email").await?.fill(email).await?;
    let password = mail.temporary_password()?;
    portal.field("Password").await?.fill(&password).await?;
    portal.click("Sign in").await?;
    portal.field("New password").await?;
    looks.at(&portal, "portal-password", &url).await?;
    portal.field("New password").await?.fill(PASSWORD).await?;
    portal
        .field("Repeat new password")
        .await?
        .fill(PASSWORD)
        .await?;
    portal.click("Save password").await?;
    portal.heading("Your account").await?;
    looks.at_all(&portal, &url, PORTAL, there).await?;
    let today = chrono::Utc::now().format("%Y-%m-%d");
    let statement = format!("{url}/statement?from={today}&to={today}");
    looks
        .at(&portal, "portal-statement-of-today", &statement)
        .await?;
    portal.on_paper().await?;
    looks.note("portal-statement on paper", portal.crowded().await?);
    Ok(())
}
