//! An element of a page: clicked on, typed into, read.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use chromiumoxide::{
    cdp::{
        browser_protocol::{
            accessibility::{AxNode, AxValue},
            dom::{
                BackendNodeId, FocusParams, GetContentQuadsParams, ResolveNodeParams,
                ScrollIntoViewIfNeededParams,
            },
            input::InsertTextParams,
        },
        js_protocol::runtime::{CallArgument, CallFunctionOnParams, RemoteObjectId},
    },
    layout::Point,
};

use super::Tab;

/// An element of a page, found by role and name.
#[derive(Clone)]
pub struct Element<'tab> {
    tab: &'tab Tab,
    node: BackendNodeId,
    /// As the accessibility tree has it.
    pub role: String,
    /// The accessible name, as a screen reader says it.
    pub name: String,
}

impl<'tab> Element<'tab> {
    /// From a node of the accessibility tree; `None` for what is hidden from it or is no element.
    pub(super) fn from_node(tab: &'tab Tab, node: &AxNode) -> Option<Self> {
        let node_id = node.backend_dom_node_id.filter(|_| !node.ignored)?;
        Some(Self {
            tab,
            node: node_id,
            role: text_of(node.role.as_ref()),
            name: text_of(node.name.as_ref()),
        })
    }
}

impl Element<'_> {
    /// Clicks in its middle with the mouse.
    ///
    /// # Errors
    /// When it can't be seen.
    pub async fn click(&self) -> Result<()> {
        let page = self.tab.page();
        let scroll = ScrollIntoViewIfNeededParams::builder()
            .backend_node_id(self.node)
            .build();
        page.execute(scroll)
            .await
            .with_context(|| format!("\"{}\" can't be brought into view", self.name))?;
        let quads = page
            .execute(
                GetContentQuadsParams::builder()
                    .backend_node_id(self.node)
                    .build(),
            )
            .await?;
        let quad = quads
            .quads
            .first()
            .with_context(|| format!("\"{}\" has no place on the page", self.name))?;
        let corners = quad.inner();
        ensure!(corners.len() == 8, "a quad has four corners");
        let middle = |offset: usize| corners.iter().skip(offset).step_by(2).sum::<f64>() / 4.0;
        page.click(Point::new(middle(0), middle(1))).await?;
        Ok(())
    }

    /// Types into the field, after what stands there was taken out.
    ///
    /// # Errors
    /// When it takes no text.
    pub async fn fill(&self, text: &str) -> Result<()> {
        self.tab
            .page()
            .execute(FocusParams::builder().backend_node_id(self.node).build())
            .await?;
        self.ask("function () { this.select && this.select() }")
            .await?;
        self.tab.page().execute(InsertTextParams::new(text)).await?;
        let value = self.ask("function () { return this.value }").await?;
        ensure!(
            value == serde_json::json!(text),
            "\"{}\" holds {value} after typing",
            self.name
        );
        Ok(())
    }

    /// Chooses an option of a list by its label.
    ///
    /// # Errors
    /// When there is no such option.
    pub async fn choose(&self, label: &str) -> Result<()> {
        const CHOOSE: &str = "function (label) {
            const option = [...this.options].find(option => option.text.trim() === label);
            if (!option) return [...this.options].map(option => option.text).join(', ');
            this.value = option.value;
            this.dispatchEvent(new Event('input', { bubbles: true }));
            this.dispatchEvent(new Event('change', { bubbles: true }));
            return true;
        }";
        let answer = self.ask_with(CHOOSE, Some(label)).await?;
        if answer != serde_json::Value::Bool(true) {
            bail!("\"{}\" has no option \"{label}\", only {answer}", self.name);
        }
        Ok(())
    }

    /// What one reads in it.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn text(&self) -> Result<String> {
        let text = self.ask("function () { return this.innerText }").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// What the field holds, or where the link leads.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn value(&self) -> Result<String> {
        let value = self
            .ask("function () { return this.value ?? this.href ?? '' }")
            .await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    pub(super) async fn ask(&self, function: &str) -> Result<serde_json::Value> {
        self.ask_with(function, None).await
    }

    async fn ask_with(&self, function: &str, argument: Option<&str>) -> Result<serde_json::Value> {
        let mut call = CallFunctionOnParams::builder()
            .object_id(self.object().await?)
            .function_declaration(function)
            .return_by_value(true);
        if let Some(argument) = argument {
            call = call.argument(CallArgument::builder().value(argument).build());
        }
        let answer = self
            .tab
            .page()
            .execute(call.build().map_err(|error| anyhow!(error))?)
            .await?;
        if let Some(thrown) = &answer.exception_details {
            bail!("\"{}\": {thrown}", self.name);
        }
        Ok(answer.result.result.value.clone().unwrap_or_default())
    }

    async fn object(&self) -> Result<RemoteObjectId> {
        let resolved = self
            .tab
            .page()
            .execute(
                ResolveNodeParams::builder()
                    .backend_node_id(self.node)
                    .build(),
            )
            .await?;
        resolved
            .object
            .object_id
            .clone()
            .context("the element is gone")
    }
}

fn text_of(value: Option<&AxValue>) -> String {
    value
        .and_then(|value| value.value.as_ref())
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
