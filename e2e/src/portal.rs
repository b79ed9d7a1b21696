//! The customer portal, used by its pages alone.

use anyhow::Result;

use crate::{Page, Window, admin};

/// Someone at the portal.
#[derive(Debug, Clone)]
pub struct Portal {
    window: Window,
}

impl Portal {
    /// In a fresh window.
    ///
    /// # Errors
    /// When the URL is malformed.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self {
            window: Window::new(url)?,
        })
    }

    /// The window, for looking at pages.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Fills in the sign-in form; gives the page that follows, whatever it is.
    ///
    /// # Errors
    /// When there is no such form.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Page> {
        admin::sign_in(&self.window, "/login", email, password).await
    }

    /// Signs in with the temporary password and chooses one's own.
    ///
    /// # Errors
    /// When the portal refuses it or asks for something else.
    pub async fn first_sign_in(&self, email: &str, temporary: &str, chosen: &str) -> Result<Page> {
        let page = self.sign_in(email, temporary).await?.ok()?;
        let form = page
            .form("Save password")?
            .fill("New password", chosen)?
            .fill("Repeat new password", chosen)?;
        self.window.submit(&form).await?.ok()
    }
}
