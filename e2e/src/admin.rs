//! The panel, used by its pages alone.

use anyhow::{Context as _, Result, anyhow, ensure};
use uuid::Uuid;

use crate::{Form, Page, Window, until, wait::SOON};

/// What an operator types into the create form.
#[derive(Debug, Clone)]
pub struct NewProspect {
    /// The e-mail address as it is typed.
    pub email: String,
    /// The Telegram handle as it is typed; empty for none.
    pub telegram: String,
    /// The label of the customer type.
    pub customer_type: String,
}

impl NewProspect {
    /// An individual with this e-mail and no Telegram handle.
    #[must_use]
    pub fn individual(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            telegram: String::new(),
            customer_type: "Individual".to_owned(),
        }
    }

    /// With a Telegram handle.
    #[must_use]
    pub fn telegram(mut self, handle: &str) -> Self {
        handle.clone_into(&mut self.telegram);
        self
    }

    /// Of another customer type.
    #[must_use]
    pub fn of_type(mut self, label: &str) -> Self {
        label.clone_into(&mut self.customer_type);
        self
    }
}

/// A prospect as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prospect {
    /// The prospect's UUID.
    pub id: Uuid,
    /// The short number.
    pub public_id: String,
    /// The e-mail address.
    pub email: String,
}

/// An e-mail address that nobody else in this run uses.
#[must_use]
pub fn fresh_email(who: &str) -> String {
    format!(
        "{who}.{}@example.test",
        &Uuid::new_v4().simple().to_string()[..10]
    )
}

/// A Telegram handle that nobody else in this run uses.
#[must_use]
pub fn fresh_handle() -> String {
    format!("u{}", &Uuid::new_v4().simple().to_string()[..10])
}

/// Someone at the panel.
#[derive(Debug, Clone)]
pub struct Admin {
    window: Window,
}

impl Admin {
    /// A program with a bearer token.
    ///
    /// # Errors
    /// When the URL is malformed.
    pub fn with_token(url: &str, token: &str) -> Result<Self> {
        Ok(Self {
            window: Window::with_token(url, token)?,
        })
    }

    /// A person who signs in.
    ///
    /// # Errors
    /// When the panel refuses it.
    pub async fn sign_in(url: &str, email: &str, password: &str) -> Result<Self> {
        let admin = Self {
            window: Window::new(url)?,
        };
        let page = admin.try_sign_in(email, password).await?.ok()?;
        ensure!(
            page.url.path() != "/login",
            "signing in led back to the login: {}",
            page.text()
        );
        Ok(admin)
    }

    /// In a window that was opened before.
    #[must_use]
    pub fn in_window(window: Window) -> Self {
        Self { window }
    }

    /// Fills in the sign-in form; gives the page that follows, whatever it is.
    ///
    /// # Errors
    /// When there is no such form.
    pub async fn try_sign_in(&self, email: &str, password: &str) -> Result<Page> {
        sign_in(&self.window, "/login", email, password).await
    }

    /// The window, for looking at pages.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The create form, filled in and not yet sent.
    ///
    /// # Errors
    /// When the page or one of its fields is missing.
    pub async fn create_form(&self, new: &NewProspect) -> Result<Form> {
        self.window
            .open("/prospects/new")
            .await?
            .form("Review")?
            .fill("Email", &new.email)?
            .fill("Telegram ID", &new.telegram)?
            .fill("Customer type", &new.customer_type)
    }

    /// The form in the dialog that follows "Review".
    ///
    /// # Errors
    /// When what was typed is refused.
    pub async fn confirm_form(&self, new: &NewProspect) -> Result<Form> {
        let form = self.create_form(new).await?;
        let page = self.window.submit(&form).await?.ok()?;
        ensure!(
            page.html.region("Confirm prospect").is_some(),
            "\"Review\" did not open \"Confirm prospect\": {}",
            page.text()
        );
        page.form("Confirm")
    }

    /// Creates a prospect as a person does: fill in, review, confirm.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn create(&self, new: &NewProspect) -> Result<Prospect> {
        let form = self.confirm_form(new).await?;
        let page = self.window.submit(&form).await?.ok()?;
        prospect_on(&page)
    }

    /// Many individuals, a few at a time.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn create_many(&self, who: &str, count: usize) -> Result<Vec<Prospect>> {
        use futures::{StreamExt as _, TryStreamExt as _};
        futures::stream::iter(0..count)
            .map(|number| async move {
                self.create(&NewProspect::individual(&fresh_email(&format!(
                    "{who}{number}"
                ))))
                .await
            })
            .buffered(4)
            .try_collect()
            .await
    }

    /// A prospect's page.
    ///
    /// # Errors
    /// When it isn't there.
    pub async fn prospect(&self, public_id: &str) -> Result<Page> {
        self.window.open(&format!("/prospects/{public_id}")).await
    }

    /// A customer's page.
    ///
    /// # Errors
    /// When it isn't there.
    pub async fn customer(&self, public_id: &str) -> Result<Page> {
        self.window.open(&format!("/customers/{public_id}")).await
    }

    /// Waits until the prospect's page shows this stage.
    ///
    /// # Errors
    /// When it doesn't; what it shows is in the error.
    pub async fn stage_becomes(&self, prospect: &Prospect, stage: &str) -> Result<()> {
        until(&format!("the stage {stage}"), SOON, || async {
            // The word alone says nothing: the line of progress names every stage.
            let text = self.prospect(&prospect.public_id).await?.text();
            ensure!(text.contains(&format!("Stage {stage}")), "{text}");
            Ok(())
        })
        .await
    }

    /// The form behind `button` on a record's page: the dialog's that "Confirm" sends, or its own where nothing is asked.
    ///
    /// # Errors
    /// When there is no such button.
    pub async fn asked(&self, path: &str, button: &str) -> Result<Form> {
        let opening = self.window.open(path).await?.form(button)?;
        if opening.is_post() {
            return Ok(opening);
        }
        self.window.submit(&opening).await?.ok()?.form("Confirm")
    }

    /// Presses `button` on a record's page, fills in what the dialog asks for, and confirms.
    ///
    /// # Errors
    /// When there is no such button or field, or it is refused.
    pub async fn act(&self, path: &str, button: &str, field: Option<(&str, &str)>) -> Result<Page> {
        let mut form = self.asked(path, button).await?;
        if let Some((label, value)) = field {
            form = form.fill(label, value)?;
        }
        self.window.submit(&form).await?.ok()
    }

    /// Presses "Generate verification link", confirms where that is asked, and gives the link.
    ///
    /// # Errors
    /// When no link appears.
    pub async fn generate_link(&self, public_id: &str) -> Result<String> {
        let path = format!("/prospects/{public_id}");
        let page = self.act(&path, "Generate verification link", None).await?;
        verification_link(&page)
    }
}

/// The link that a prospect's page shows.
///
/// # Errors
/// When it shows none.
pub fn verification_link(page: &Page) -> Result<String> {
    if let Some(field) = page.html.field("Verification link") {
        return Ok(field.value());
    }
    let kyc = page
        .html
        .region("KYC")
        .context("the page has no region \"KYC\"")?;
    kyc.all("a")
        .into_iter()
        .filter_map(|link| link.attr("href"))
        .find(|href| href.starts_with("http"))
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("no verification link in: {}", kyc.text()))
}

/// Reads ids off a prospect's page.
///
/// # Errors
/// When the page is another one.
pub fn prospect_on(page: &Page) -> Result<Prospect> {
    let path = page.url.path();
    let public_id = path
        .strip_prefix("/prospects/")
        .filter(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| anyhow!("{path} is not a prospect's page: {}", page.text()))?;
    let id = page
        .text()
        .split(|letter: char| !(letter.is_ascii_hexdigit() || letter == '-'))
        .find_map(|word| {
            (word.len() == 36)
                .then(|| word.parse::<Uuid>().ok())
                .flatten()
        })
        .ok_or_else(|| anyhow!("no UUID on {path}: {}", page.text()))?;
    Ok(Prospect {
        id,
        public_id: public_id.to_owned(),
        email: page.html.heading(),
    })
}

/// Fills in a sign-in form.
///
/// # Errors
/// When there is no such form.
pub async fn sign_in(window: &Window, path: &str, email: &str, password: &str) -> Result<Page> {
    let form = window
        .open(path)
        .await?
        .form("Sign in")?
        .fill("Email", email)?
        .fill("Password", password)?;
    window.submit(&form).await
}
