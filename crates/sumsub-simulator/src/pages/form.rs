use axum::response::Redirect;
use url::form_urlencoded;

use crate::simulator::Simulator;

/// Longer texts than this are cut; the forms' fields do not take more.
const LONGEST: usize = 1000;

/// The fields of a form as it was sent.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        let clean = |text: &str| {
            text.trim()
                .chars()
                .filter(|char| *char != '\0')
                .take(LONGEST)
                .collect()
        };
        Self(
            form_urlencoded::parse(body)
                .map(|(name, text)| (name.into_owned(), clean(&text)))
                .collect(),
        )
    }

    /// What was typed, or nothing.
    pub(super) fn text(&self, name: &str) -> String {
        self.all(name).next().unwrap_or_default().to_owned()
    }

    /// What was typed, when it was.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a box was ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.filled(name).is_some()
    }

    /// The words of a list that was typed with commas or blanks between them.
    pub(super) fn words(&self, name: &str) -> impl Iterator<Item = String> {
        let typed = self.text(name);
        let words: Vec<_> = typed
            .split([',', ' ', '\n'])
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.into_iter()
    }

    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.0
            .iter()
            .filter(move |(key, _)| *key == name)
            .map(|(_, text)| text.as_str())
    }

    /// To the page that the form stood on: the link's that it names in `back`, else this link's, else the list.
    pub(super) fn back(&self, simulator: &Simulator, token: Option<&str>) -> Redirect {
        let named = self.filled("back").filter(|token| {
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let prefix = simulator.inner.config.prefix();
        match named.as_deref().or(token) {
            Some(token) => Redirect::to(&format!("{prefix}/link/{token}")),
            None => Redirect::to(prefix),
        }
    }
}
