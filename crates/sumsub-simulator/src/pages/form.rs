use url::form_urlencoded;

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

    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.0
            .iter()
            .filter(move |(key, _)| *key == name)
            .map(|(_, text)| text.as_str())
    }
}
