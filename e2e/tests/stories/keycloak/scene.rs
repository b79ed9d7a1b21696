//! What the stories share: one Usher with its realms, and one Chromium.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Callback, Page, Scene, Usher, Window,
    admin::{NewProspect, Prospect, fresh_email},
    browser::Chromium,
    keycloak::{self, Realms},
    until,
    wait::LATER,
};
use tokio::sync::{OnceCell, RwLock};

pub struct KeycloakScene {
    pub usher: Usher,
    pub realms: Realms,
    chromium: OnceCell<Chromium>,
    /// Taken to read while somebody is converted, to write while a story holds provisioning up: a conversion that waits for its
    /// steps would keep that story's own callback waiting behind it.
    pub conversions: RwLock<()>,
}

impl Scene for KeycloakScene {
    async fn open(name: &'static str) -> Result<Self> {
        let (usher, realms) = Usher::start_with_keycloak(name).await?;
        Ok(Self {
            usher,
            realms,
            chromium: OnceCell::new(),
            conversions: RwLock::default(),
        })
    }

    /// The realms go with the Keycloak of the test run.
    async fn close(mut self) -> Result<()> {
        if let Some(chromium) = self.chromium.take() {
            chromium.close().await?;
        }
        self.usher.stop().await
    }
}

impl KeycloakScene {
    pub async fn chromium(&self) -> Result<&Chromium> {
        self.chromium.get_or_try_init(Chromium::start).await
    }

    /// A browser window without JavaScript at the panel.
    pub fn panel(&self) -> Result<Window> {
        Window::new(&self.usher.ready().admin_url)
    }

    /// One at the portal.
    pub fn portal(&self) -> Result<Window> {
        Window::new(&self.usher.ready().public_url)
    }

    /// An Active customer with the password of the welcome e-mail.
    pub async fn customer(&self, who: &str) -> Result<(Prospect, String)> {
        let prospect = self
            .usher
            .admin()?
            .create(&NewProspect::individual(&fresh_email(who)))
            .await?;
        let converting = self.conversions.read().await;
        self.usher
            .sumsub()?
            .deliver(&Callback::green(prospect.id).in_ms(-60_000))
            .await?;
        self.activity_becomes(&prospect, "active").await?;
        drop(converting);
        let mails = self.usher.mailbox()?.to(&prospect.email).await?;
        let mail = mails.first().context("no welcome e-mail")?;
        Ok((prospect, mail.temporary_password()?))
    }

    /// A customer who has chosen a password and is signed in at the portal.
    pub async fn customer_inside(&self, who: &str, chosen: &str) -> Result<(Prospect, Window)> {
        let (prospect, temporary) = self.customer(who).await?;
        let portal = self.portal()?;
        let asked = keycloak::sign_in(&portal, &prospect.email, &temporary).await?;
        let home = keycloak::choose_password(&portal, &asked, chosen)
            .await?
            .ok()?;
        shows_the_account(&home, &prospect)?;
        Ok((prospect, portal))
    }

    pub async fn activity_becomes(&self, prospect: &Prospect, due: &str) -> Result<()> {
        let counts = self.usher.counts().await?;
        until("the customer's activity", LATER, || async {
            let activity: Option<String> =
                sqlx::query_scalar("SELECT activity FROM customers WHERE id = $1")
                    .bind(prospect.id)
                    .fetch_optional(&counts.pool)
                    .await?;
            ensure!(
                activity.as_deref() == Some(due),
                "it is {activity:?}; {}",
                counts.waiting().await?
            );
            Ok(())
        })
        .await
    }
}

pub fn shows_the_account(page: &Page, customer: &Prospect) -> Result<()> {
    says(page, &format!("DEP-{}", customer.public_id))
}

pub fn says(page: &Page, words: &str) -> Result<()> {
    ensure!(
        page.text().contains(words),
        "\"{words}\" is not on {}: {}",
        page.url,
        page.text()
    );
    Ok(())
}

pub fn says_nothing_of(page: &Page, words: &str) -> Result<()> {
    ensure!(
        !page.text().contains(words),
        "\"{words}\" is on {}: {}",
        page.url,
        page.text()
    );
    Ok(())
}
