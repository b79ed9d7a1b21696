//! A tab: where it is, what it reads, what it looks like.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use chromiumoxide::{
    Page,
    cdp::browser_protocol::page::{CaptureScreenshotFormat, PrintToPdfParams},
    cdp::js_protocol::runtime::EventExceptionThrown,
    page::ScreenshotParams,
};
use futures::StreamExt as _;
use tokio::task::JoinHandle;

use crate::{until, wait::SOON};

/// The rows of a table, a line each.
const ROWS: &str = "function () { return [...this.rows].map(row => row.innerText.replace(/\\s+/g, ' ')).join('\\n') }";

/// Whether everything is there that the page consists of.
const WHOLE: &str = "document.readyState === 'complete' && document.fonts.status === 'loaded'";

/// One tab of it.
pub struct Tab {
    page: Page,
    /// What its scripts threw.
    thrown: Arc<Mutex<Vec<String>>>,
    listener: JoinHandle<()>,
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Tab {
    pub(super) async fn over(page: Page) -> Result<Self> {
        let thrown = Arc::new(Mutex::new(Vec::new()));
        let mut exceptions = page.event_listener::<EventExceptionThrown>().await?;
        let listener = tokio::spawn({
            let thrown = Arc::clone(&thrown);
            async move {
                while let Some(event) = exceptions.next().await {
                    let words = event.exception_details.to_string();
                    thrown
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(words);
                }
            }
        });
        Ok(Self {
            page,
            thrown,
            listener,
        })
    }

    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// Opens a URL.
    ///
    /// # Errors
    /// When nothing answers there.
    pub async fn go(&self, url: &str) -> Result<()> {
        self.page
            .goto(url)
            .await
            .with_context(|| format!("opening {url}"))?;
        Ok(())
    }

    /// The address that the tab shows.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn url(&self) -> Result<String> {
        Ok(self.page.url().await?.unwrap_or_default())
    }

    /// Waits until the path of the address is as `wanted` likes it; gives the path.
    ///
    /// # Errors
    /// When it never is.
    pub async fn path_where(&self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        until("the right address", SOON, || async {
            let path = url::Url::parse(&self.url().await?)?.path().to_owned();
            ensure!(wanted(&path), "the tab shows {path}");
            Ok(path)
        })
        .await
    }

    /// What one reads on the page.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn text(&self) -> Result<String> {
        Ok(self
            .page
            .evaluate("document.body.innerText")
            .await?
            .into_value::<String>()?)
    }

    /// Waits until the page says something.
    ///
    /// # Errors
    /// When it doesn't within the time; what it says is in the error.
    pub async fn reads(&self, words: &str, within: Duration) -> Result<()> {
        until(&format!("\"{words}\" on the page"), within, || async {
            let text = self.text().await?;
            ensure!(text.contains(words), "the page reads: {text}");
            Ok(())
        })
        .await
    }

    /// Waits until the region called `name` says `words`, white space aside.
    ///
    /// # Errors
    /// When it doesn't within the time; what it says is in the error.
    pub async fn region_reads(&self, name: &str, words: &str, within: Duration) -> Result<()> {
        until(&format!("\"{words}\" in \"{name}\""), within, || async {
            let found = self.look(&["region", "table"], name).await?;
            let text = found
                .first()
                .context("there is no such region")?
                .text()
                .await?;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            ensure!(text.contains(words), "it reads: {text}");
            Ok(())
        })
        .await
    }

    /// Waits until the table called `name` has a row with all these words in it, in this order.
    ///
    /// # Errors
    /// When it has none within the time; what it says is in the error.
    pub async fn row_reads(&self, name: &str, words: &[&str], within: Duration) -> Result<()> {
        until(
            &format!("a row with {words:?} in \"{name}\""),
            within,
            || async {
                let found = self.look(&["table"], name).await?;
                let table = found.first().context("there is no such table")?;
                let text = table.ask(ROWS).await?;
                let text = text.as_str().unwrap_or_default();
                let has = |row: &str| {
                    words
                        .iter()
                        .try_fold(0, |from, word| {
                            row[from..].find(word).map(|at| from + at + word.len())
                        })
                        .is_some()
                };
                ensure!(text.lines().any(has), "it reads: {text}");
                Ok(())
            },
        )
        .await
    }

    /// Presses a key, as the keyboard does (`Escape`, `Enter`, `Tab`).
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn press(&self, key: &str) -> Result<()> {
        self.page.find_element("body").await?.press_key(key).await?;
        Ok(())
    }

    /// Whether the field with this name has the focus.
    ///
    /// # Errors
    /// When there is no such field, or it doesn't get the focus.
    pub async fn focus_is_in(&self, name: &str) -> Result<()> {
        until(&format!("the focus in \"{name}\""), SOON, || async {
            let focused = self
                .field(name)
                .await?
                .ask("function () { return document.activeElement === this }")
                .await?;
            ensure!(focused == serde_json::Value::Bool(true), "it is elsewhere");
            Ok(())
        })
        .await
    }

    /// Saves what the tab shows as a PNG, once frames, pictures and fonts are there.
    ///
    /// # Errors
    /// When they don't come, or the file can't be written.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        until("the whole page", SOON, || async {
            let whole: bool = self.page.evaluate(WHOLE).await?.into_value()?;
            ensure!(whole, "it is still loading");
            Ok(())
        })
        .await?;
        let shot = ScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .build();
        self.page.save_screenshot(shot, file).await?;
        Ok(())
    }

    /// Prints the page into a PDF file; answers how many sheets that takes.
    ///
    /// # Errors
    /// When the browser can't, or the file can't be written.
    pub async fn print(&self, file: &Path) -> Result<usize> {
        let pdf = self
            .page
            .save_pdf(PrintToPdfParams::default(), file)
            .await?;
        // Chromium writes the sheets' descriptions as plain text.
        Ok(String::from_utf8_lossy(&pdf)
            .matches("/Type /Page\n")
            .count())
    }

    /// What the page's scripts threw since the tab was opened.
    #[must_use]
    pub fn thrown(&self) -> Vec<String> {
        self.thrown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
