//! How a tab looks at a page: how wide it is, light or dark; and what axe-core finds there.

use anyhow::Result;
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};

use super::Tab;

const AXE: &str = "axe-core-4.14.1/axe.min.js";
/// Every rule of axe-core, best practices too; a violation in a line.
const LOOK: &str = "axe.run().then(found => found.violations.map(violation =>
    `${violation.id} (${violation.help}): ` + violation.nodes.map(node => node.html.slice(0, 200)).join(' | ')))";

impl Tab {
    /// Makes the tab this wide, by a system that is light or dark.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn wear(&self, width: i64, scheme: &str) -> Result<()> {
        let page = self.page();
        page.execute(SetDeviceMetricsOverrideParams::new(width, 900, 1.0, false))
            .await?;
        let scheme = MediaFeature::new("prefers-color-scheme", scheme);
        page.execute(SetEmulatedMediaParams::builder().feature(scheme).build())
            .await?;
        Ok(())
    }

    /// What is wrong with the page: axe-core's violations, and when one has to scroll sideways. Where npm can't be
    /// reached there is no axe-core: that is said, and the rest is looked at.
    ///
    /// # Errors
    /// When axe-core does not run.
    pub async fn violations(&self) -> Result<Vec<String>> {
        let page = self.page();
        let mut found: Vec<String> = if self.load(AXE).await? {
            page.evaluate(LOOK).await?.into_value()?
        } else {
            Vec::new()
        };
        let wide: bool = page
            .evaluate("document.documentElement.scrollWidth > innerWidth")
            .await?
            .into_value()?;
        if wide {
            found.push("the page is wider than the window".to_owned());
        }
        Ok(found)
    }

    /// Presses a key where the focus is, as the keyboard does.
    ///
    /// # Errors
    /// When nothing has the focus.
    pub async fn press_here(&self, key: &str) -> Result<()> {
        self.page()
            .find_element(":focus")
            .await?
            .press_key(key)
            .await?;
        Ok(())
    }

    /// The words of what has the focus: a button's, or a field's label.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn focused(&self) -> Result<String> {
        Ok(self
            .page()
            .evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()",
            )
            .await?
            .into_value()?)
    }
}
