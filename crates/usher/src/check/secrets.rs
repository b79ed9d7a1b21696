//! Secrets that can't be right, without showing them.

use super::{Findings, Weight};
use crate::config::{Loaded, secrets};

const WHAT: &str = "secrets";

/// How each is written, and what they say of each other.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    let config = &loaded.config;
    let mut all = secrets(config);
    all.extend(
        config
            .database
            .url
            .as_ref()
            .map(|url| ("database.url", url)),
    );
    let mut wrong: Vec<String> = all
        .iter()
        .filter_map(|(name, secret)| {
            let odd = oddity(secret.expose())?;
            Some(format!("{name}, from {}, {odd}", loaded.origin(name)))
        })
        .collect();
    wrong.extend(of_sumsub(loaded));
    findings.all(WHAT, Weight::Wrong, wrong);
    for (name, secret) in all {
        if is_placeholder(secret.expose()) {
            findings.add(
                WHAT,
                Weight::Warning,
                format!(
                    "{name}, from {}, looks like a placeholder: put the real one there",
                    loaded.origin(name)
                ),
            );
        }
    }
    token_and_sandbox(loaded, findings);
}

/// What an editor, a shell or another system puts around a secret.
fn oddity(secret: &str) -> Option<&'static str> {
    if secret.starts_with('\u{feff}') {
        Some("begins with a byte order mark: save it as UTF-8 without one")
    } else if secret.trim_end_matches(['\r', '\n']).contains(['\r', '\n']) {
        Some("holds several lines: it has to be one")
    } else if secret.ends_with(['\r', '\n']) {
        Some("ends with a line break: leave it out (printf instead of echo)")
    } else if secret.trim() != secret {
        Some("begins or ends with a blank: leave it out")
    } else if secret.contains(char::is_control) {
        Some("holds a control character: leave it out")
    } else {
        None
    }
}

fn is_placeholder(secret: &str) -> bool {
    let low = secret.to_ascii_lowercase();
    (low.starts_with('<') && low.ends_with('>'))
        || [
            "changeme",
            "change-me",
            "change_me",
            "your-secret",
            "your_secret",
            "placeholder",
        ]
        .iter()
        .any(|words| low.contains(words))
}

fn of_sumsub(loaded: &Loaded) -> Vec<String> {
    let sumsub = &loaded.config.sumsub;
    let (Some(token), Some(key)) = (&sumsub.app_token, &sumsub.secret_key) else {
        return Vec::new();
    };
    let (token, key) = (token.expose(), key.expose());
    if token == key {
        return vec![
            "sumsub.app_token and sumsub.secret_key are the same: Sumsub's dashboard shows two, set each of them".to_owned(),
        ];
    }
    if is_token(key) && !is_token(token) {
        return vec![
            "sumsub.app_token and sumsub.secret_key are exchanged: the app token begins with prd: or sbx:".to_owned(),
        ];
    }
    Vec::new()
}

fn is_token(text: &str) -> bool {
    text.starts_with("prd:") || text.starts_with("sbx:")
}

/// A token of the sandbox where nothing of the sandbox counts, or the other way round.
fn token_and_sandbox(loaded: &Loaded, findings: &mut Findings) {
    let sumsub = &loaded.config.sumsub;
    let Some(token) = &sumsub.app_token else {
        return;
    };
    let token = token.expose();
    let words = if !is_token(token) {
        "sumsub.app_token begins with neither prd: nor sbx:, as Sumsub's app tokens do: check that it is one"
    } else if token.starts_with("sbx:") && !sumsub.allow_sandbox {
        "sumsub.app_token is one of Sumsub's sandbox, but sumsub.allow_sandbox is false: nothing that it verifies counts; use a \
         production token, or for tests set sumsub.allow_sandbox"
    } else if token.starts_with("prd:") && sumsub.allow_sandbox {
        "sumsub.allow_sandbox is true with a production token: results that anyone can make in the sandbox count; set it to false"
    } else {
        return;
    };
    findings.add("sumsub.app_token", Weight::Warning, words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_secret_is_named() {
        for (secret, words) in [
            ("a\n", "ends with a line break"),
            ("a\r\n", "ends with a line break"),
            ("a\nb", "several lines"),
            ("\u{feff}a", "byte order mark"),
            (" a", "blank"),
            ("a\tb", "control character"),
        ] {
            assert!(oddity(secret).unwrap().contains(words), "{secret:?}");
        }
        assert_eq!(oddity("a b"), None);
        assert!(is_placeholder("<your token>") && is_placeholder("ChangeMe!"));
        assert!(!is_placeholder("a1b2"));
    }
}
