//! The simulator's pages: where one plays the applicant.

use anyhow::Result;

use crate::{Page, Window};

/// The simulator of one Usher.
#[derive(Debug, Clone)]
pub struct Simulator {
    window: Window,
}

impl Simulator {
    /// On the development listener.
    ///
    /// # Errors
    /// When the URL is malformed.
    pub fn new(dev_url: &str) -> Result<Self> {
        Ok(Self {
            window: Window::new(dev_url)?,
        })
    }

    /// Opens a permalink, as the applicant does.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub async fn open(&self, permalink: &str) -> Result<Page> {
        self.window.open(permalink).await
    }

    /// Presses a button on the page behind a permalink.
    ///
    /// # Errors
    /// When there is no such button or it is refused.
    pub async fn press(&self, permalink: &str, button: &str) -> Result<Page> {
        let form = self.open(permalink).await?.form(button)?;
        self.window.submit(&form).await?.ok()
    }

    /// The window, for looking at pages.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }
}
