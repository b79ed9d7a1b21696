//! Real Chromium over CDP. Things are found as a screen reader finds them: by role and name in the accessibility tree.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use chromiumoxide::{
    Browser, BrowserConfig, Page,
    cdp::{
        browser_protocol::{
            accessibility::{AxNode, QueryAxTreeParams},
            dom::{
                BackendNodeId, FocusParams, GetContentQuadsParams, GetDocumentParams,
                ResolveNodeParams, ScrollIntoViewIfNeededParams,
            },
            input::InsertTextParams,
            page::CaptureScreenshotFormat,
            target::CreateTargetParams,
        },
        js_protocol::runtime::{
            CallArgument, CallFunctionOnParams, EventExceptionThrown, RemoteObjectId,
        },
    },
    handler::viewport::Viewport,
    layout::Point,
    page::ScreenshotParams,
};
use futures::StreamExt as _;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{until, wait::SOON};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 900;
/// The rows of a table, a line each.
const ROWS: &str = "function () { return [...this.rows].map(row => row.innerText.replace(/\\s+/g, ' ')).join('\\n') }";

/// A running Chromium with a profile of its own.
pub struct Chromium {
    browser: Browser,
    handler: JoinHandle<()>,
    _profile: TempDir,
}

/// One tab of it.
pub struct Tab {
    page: Page,
    /// What its scripts threw.
    thrown: Arc<Mutex<Vec<String>>>,
    listener: JoinHandle<()>,
}

/// Something on a page that was found by role and name.
#[derive(Clone)]
pub struct Thing<'tab> {
    tab: &'tab Tab,
    node: BackendNodeId,
    /// As the accessibility tree has it.
    pub role: String,
    pub name: String,
}

impl Chromium {
    /// Starts it without a window (flags: `CONTRIBUTING.md`; as root it can't sandbox).
    ///
    /// # Errors
    /// When Chromium is missing or doesn't come up.
    pub async fn start() -> Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix("usher-chromium-")
            .tempdir()?;
        let mut config = BrowserConfig::builder()
            .chrome_executable(executable()?)
            .user_data_dir(profile.path())
            .launch_timeout(Duration::from_secs(60))
            .request_timeout(Duration::from_secs(30))
            .window_size(WIDTH, HEIGHT)
            .viewport(Viewport {
                width: WIDTH,
                height: HEIGHT,
                ..Viewport::default()
            })
            .disable_https_first()
            .args([
                "disable-gpu",
                "disable-quic",
                "no-first-run",
                "disable-component-update",
                "disable-sync",
            ])
            .arg("disable-background-networking");
        if nix::unistd::geteuid().is_root() {
            config = config.no_sandbox();
        }
        let (browser, mut handler) =
            Browser::launch(config.build().map_err(|error| anyhow!(error))?).await?;
        let handler = tokio::spawn(async move {
            // Messages of a newer Chromium that the library doesn't know are errors here; they don't matter.
            while handler.next().await.is_some() {}
        });
        Ok(Self {
            browser,
            handler,
            _profile: profile,
        })
    }

    /// Opens a tab.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn tab(&self, url: &str) -> Result<Tab> {
        // In a window of its own: a tab behind another is not drawn, and does not answer what needs a layout.
        let target = CreateTargetParams::builder()
            .url("about:blank")
            .new_window(true)
            .width(WIDTH)
            .height(HEIGHT)
            .build()
            .map_err(|error| anyhow!(error))?;
        let page = self.browser.new_page(target).await?;
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
        let tab = Tab {
            page,
            thrown,
            listener,
        };
        tab.go(url).await?;
        Ok(tab)
    }

    /// Ends it and waits for its processes.
    ///
    /// # Errors
    /// When it doesn't go.
    pub async fn close(mut self) -> Result<()> {
        self.browser.close().await?;
        let ended = tokio::time::timeout(Duration::from_secs(20), self.browser.wait()).await;
        if ended.is_err() {
            self.browser.kill().await;
        }
        self.handler.abort();
        Ok(())
    }
}

fn executable() -> Result<PathBuf> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        return Ok(path.into());
    }
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.is_file())
    .context("Chromium is missing: `apt-get install chromium`, or name it in CHROMIUM")
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Tab {
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

    /// Everything that has this name and one of these roles, hidden things left out.
    ///
    /// # Errors
    /// When the page is just changing.
    async fn look(&self, roles: &[&str], name: &str) -> Result<Vec<Thing<'_>>> {
        let document = self.page.execute(GetDocumentParams::default()).await?;
        let query = QueryAxTreeParams::builder()
            .node_id(document.root.node_id)
            .accessible_name(name)
            .build();
        let found = self.page.execute(query).await?;
        Ok(found
            .nodes
            .iter()
            .filter(|node| !node.ignored)
            .filter_map(|node| {
                let role = text_of(node.role.as_ref());
                let node_id = node.backend_dom_node_id?;
                roles.contains(&role.as_str()).then(|| Thing {
                    tab: self,
                    node: node_id,
                    name: name_of(node),
                    role,
                })
            })
            .collect())
    }

    /// Waits for the thing that has this name and one of these roles.
    ///
    /// # Errors
    /// When there is none; the page's words are in the error.
    pub async fn find(&self, roles: &[&str], name: &str) -> Result<Thing<'_>> {
        let found = until(&format!("{roles:?} called \"{name}\""), SOON, || async {
            self.look(roles, name)
                .await?
                .into_iter()
                .next()
                .ok_or_else(|| anyhow!("there is none"))
        })
        .await;
        match found {
            Ok(thing) => Ok(thing),
            Err(error) => {
                let words = self.text().await.unwrap_or_default();
                Err(error.context(format!(
                    "{} reads: {words}",
                    self.url().await.unwrap_or_default()
                )))
            }
        }
    }

    /// A button, or a link that is made to look like one.
    ///
    /// # Errors
    /// When there is none.
    pub async fn button(&self, name: &str) -> Result<Thing<'_>> {
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
    pub async fn link(&self, name: &str) -> Result<Thing<'_>> {
        self.find(&["link"], name).await
    }

    /// A field that one types into or chooses from.
    ///
    /// # Errors
    /// When there is none.
    pub async fn field(&self, name: &str) -> Result<Thing<'_>> {
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
    pub async fn heading(&self, name: &str) -> Result<Thing<'_>> {
        self.find(&["heading"], name).await
    }

    /// An open dialog.
    ///
    /// # Errors
    /// When there is none.
    pub async fn dialog(&self, name: &str) -> Result<Thing<'_>> {
        self.find(&["dialog", "alertdialog"], name).await
    }

    /// A region.
    ///
    /// # Errors
    /// When there is none.
    pub async fn region(&self, name: &str) -> Result<Thing<'_>> {
        self.find(&["region"], name).await
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

    /// Saves what the tab shows as a PNG.
    ///
    /// # Errors
    /// When the file can't be written.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let shot = ScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .build();
        self.page.save_screenshot(shot, file).await?;
        Ok(())
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

impl Thing<'_> {
    /// Clicks in its middle with the mouse.
    ///
    /// # Errors
    /// When it can't be seen.
    pub async fn click(&self) -> Result<()> {
        let page = &self.tab.page;
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
            .page
            .execute(FocusParams::builder().backend_node_id(self.node).build())
            .await?;
        self.ask("function () { this.select && this.select() }")
            .await?;
        self.tab.page.execute(InsertTextParams::new(text)).await?;
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

    async fn ask(&self, function: &str) -> Result<serde_json::Value> {
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
            .page
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
            .page
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

fn name_of(node: &AxNode) -> String {
    text_of(node.name.as_ref())
}

fn text_of(value: Option<&chromiumoxide::cdp::browser_protocol::accessibility::AxValue>) -> String {
    value
        .and_then(|value| value.value.as_ref())
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
