//! Finding things in a tab, by role and accessible name.

use anyhow::{Context as _, Result, anyhow};
use chromiumoxide::cdp::browser_protocol::{
    accessibility::QueryAxTreeParams, dom::GetDocumentParams,
};

use super::{Element, Tab};
use crate::{until, wait::SOON};

impl Tab {
    /// Everything that has this name and one of these roles, hidden things left out.
    ///
    /// # Errors
    /// When the page is just changing.
    pub(super) async fn look(&self, roles: &[&str], name: &str) -> Result<Vec<Element<'_>>> {
        let document = self.page().execute(GetDocumentParams::default()).await?;
        let query = QueryAxTreeParams::builder()
            .node_id(document.root.node_id)
            .accessible_name(name)
            .build();
        let found = self.page().execute(query).await?;
        Ok(found
            .nodes
            .iter()
            .filter_map(|node| Element::from_node(self, node))
            .filter(|element| roles.contains(&element.role.as_str()))
            .collect())
    }

    /// Waits for the element that has this name and one of these roles.
    ///
    /// # Errors
    /// When there is none; the page's words are in the error.
    pub async fn find(&self, roles: &[&str], name: &str) -> Result<Element<'_>> {
        let found = until(&format!("{roles:?} called \"{name}\""), SOON, || async {
            let found = self.look(roles, name).await?.into_iter().next();
            if found.is_none() && roles.contains(&"button") {
                self.open_menu_of(name).await?;
            }
            found.ok_or_else(|| anyhow!("there is none"))
        })
        .await;
        match found {
            Ok(element) => Ok(element),
            Err(error) => {
                let words = self.text().await.unwrap_or_default();
                Err(error.context(format!(
                    "{} reads: {words}",
                    self.url().await.unwrap_or_default()
                )))
            }
        }
    }

    /// Opens the menu "More", if the button with this name stands in it.
    async fn open_menu_of(&self, name: &str) -> Result<()> {
        let name = serde_json::Value::from(name);
        let script = format!(
            "(() => {{
                for (const menu of document.querySelectorAll('details.more:not([open])')) {{
                    const buttons = [...menu.querySelectorAll('.menu button')];
                    if (buttons.some((button) => button.textContent.trim() === {name})) menu.querySelector('summary').click();
                }}
            }})()"
        );
        self.page().evaluate(script).await?;
        Ok(())
    }

    /// A button, or a link that is made to look like one.
    ///
    /// # Errors
    /// When there is none.
    pub async fn button(&self, name: &str) -> Result<Element<'_>> {
        self.find(&["button", "link"], name).await
    }

    /// Clicks on the button or link with this name; a page that changes just then is no reason to fail.
    ///
    /// # Errors
    /// When there is none that can be clicked on.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.button(name).await?;
        until(&format!("a click on \"{name}\""), SOON, || async {
            let found = self.look(&["button", "link"], name).await?;
            found.first().context("it is gone")?.click().await
        })
        .await
    }

    /// A link.
    ///
    /// # Errors
    /// When there is none.
    pub async fn link(&self, name: &str) -> Result<Element<'_>> {
        self.find(&["link"], name).await
    }

    /// A field that one types into or chooses from.
    ///
    /// # Errors
    /// When there is none.
    pub async fn field(&self, name: &str) -> Result<Element<'_>> {
        self.find(
            &["textbox", "searchbox", "combobox", "listbox", "spinbutton"],
            name,
        )
        .await
    }

    /// A heading.
    ///
    /// # Errors
    /// When there is none.
    pub async fn heading(&self, name: &str) -> Result<Element<'_>> {
        self.find(&["heading"], name).await
    }

    /// An open dialog.
    ///
    /// # Errors
    /// When there is none.
    pub async fn dialog(&self, name: &str) -> Result<Element<'_>> {
        self.find(&["dialog", "alertdialog"], name).await
    }

    /// A region.
    ///
    /// # Errors
    /// When there is none.
    pub async fn region(&self, name: &str) -> Result<Element<'_>> {
        self.find(&["region"], name).await
    }
}
