//! A hand that counts what it does: each click and each key that is no typed text, on what is in view without a scroll.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result, ensure};
use chromiumoxide::cdp::browser_protocol::{
    emulation::SetDeviceMetricsOverrideParams, input::InsertTextParams,
};

use super::Tab;
use crate::{until, wait::SOON};

/// The window of a small desk.
const WIDTH: i64 = 1280;
const HEIGHT: i64 = 800;

/// Whether an element is wholly in view.
const IN_VIEW: &str = "function () {
    const box = this.getBoundingClientRect();
    return box.height > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
}";

/// Whether words are in view.
const WORDS_IN_VIEW: &str = "(words => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walk.nextNode()) {
        const node = walk.currentNode;
        const at = node.nodeValue.indexOf(words);
        if (at < 0 || !node.parentElement.checkVisibility()) continue;
        range.setStart(node, at);
        range.setEnd(node, at + words.length);
        const box = range.getBoundingClientRect();
        if (box.height > 0 && box.top >= 0 && box.bottom <= innerHeight) return true;
    }
    return false;
})";

/// What a job took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acts {
    /// Clicks with the mouse.
    pub clicks: usize,
    /// Keys, but for what is text.
    pub keys: usize,
}

impl Acts {
    /// All of it.
    #[must_use]
    pub fn sum(self) -> usize {
        self.clicks + self.keys
    }
}

impl fmt::Display for Acts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6} {:>6}", self.clicks, self.keys)
    }
}

/// A hand at the mouse and the keyboard of a tab.
pub struct Hand<'tab> {
    tab: &'tab Tab,
    clicks: AtomicUsize,
    keys: AtomicUsize,
}

impl<'tab> Hand<'tab> {
    /// Begins to count, at a small desk's window.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn at(tab: &'tab Tab) -> Result<Self> {
        let window = SetDeviceMetricsOverrideParams::new(WIDTH, HEIGHT, 1.0, false);
        tab.page().execute(window).await?;
        Ok(Self {
            tab,
            clicks: AtomicUsize::new(0),
            keys: AtomicUsize::new(0),
        })
    }

    /// Clicks on the button or link with this name.
    ///
    /// # Errors
    /// When there is none, or one would have to scroll or to open something first.
    pub async fn click(&self, name: &str) -> Result<()> {
        until(&format!("\"{name}\" in view"), SOON, || async {
            let found = self.tab.look(&["button", "link"], name).await?;
            let element = found.first().context("there is none")?;
            let seen = element.ask(IN_VIEW).await?;
            ensure!(seen == serde_json::Value::Bool(true), "it is out of view");
            element.click().await
        })
        .await?;
        self.clicks.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Presses a key where the focus is.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn press(&self, key: &str) -> Result<()> {
        self.keys.fetch_add(1, Ordering::Relaxed);
        let focused = self.tab.page().find_element(":focus").await;
        match focused {
            Ok(element) => {
                element.press_key(key).await?;
                Ok(())
            }
            Err(_) => self.tab.press(key).await,
        }
    }

    /// Types where the focus is: a field with this name has to have it by itself.
    ///
    /// # Errors
    /// When it doesn't get the focus.
    pub async fn types(&self, field: &str, text: &str) -> Result<()> {
        self.tab.focus_is_in(field).await?;
        self.tab.page().execute(InsertTextParams::new(text)).await?;
        Ok(())
    }

    /// Waits until the focus is on the button with these words.
    ///
    /// # Errors
    /// When it doesn't get there by itself.
    pub async fn rests_on(&self, button: &str) -> Result<()> {
        until(&format!("the focus on \"{button}\""), SOON, || async {
            let focused = self.tab.focused().await?;
            ensure!(focused == button, "it is on \"{focused}\"");
            Ok(())
        })
        .await
    }

    /// Waits until one sees these words without a scroll.
    ///
    /// # Errors
    /// When they are out of view.
    pub async fn sees(&self, words: &str) -> Result<()> {
        let script = format!("{WORDS_IN_VIEW}({})", serde_json::Value::from(words));
        until(&format!("\"{words}\" in view"), SOON, || async {
            let seen: bool = self.tab.evaluate(&script).await?;
            ensure!(seen, "one doesn't see it");
            Ok(())
        })
        .await
    }

    /// What it took until now.
    #[must_use]
    pub fn acts(&self) -> Acts {
        Acts {
            clicks: self.clicks.load(Ordering::Relaxed),
            keys: self.keys.load(Ordering::Relaxed),
        }
    }
}
