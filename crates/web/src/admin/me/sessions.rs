//! An operator's own sessions.

use ::access::{Access, Operator};
use access::AuditAction;
use axum::{
    Extension, Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{PasswordSignIn, me, sessions_of};
use crate::{error_page::PageError, format::Time, layout::Viewer};

/// A row of the list.
pub struct SessionRow {
    pub handle: String,
    pub browser: String,
    pub address: String,
    pub since: Time,
    pub seen: Time,
    pub is_this: bool,
}

/// The rows of the list: none that a change of the login or time has ended.
pub async fn rows(
    sign_in: &PasswordSignIn,
    operator: &Operator,
    session: &Session,
) -> Result<Vec<SessionRow>, PageError> {
    let sessions = sessions_of(sign_in)
        .of_person(operator.id.into(), session.id())
        .await?;
    let valid_from = operator
        .login
        .as_ref()
        .map(|login| login.sessions_valid_from);
    let longest = sign_in.state.config.admin_session_max;
    let lives = |since: chrono::DateTime<chrono::Utc>| {
        (clock::now() - since).to_std().unwrap_or_default() <= longest
    };
    Ok(sessions
        .into_iter()
        .filter(|own| own.who.sessions_valid_from == valid_from && lives(own.who.since))
        .map(|own| {
            let (browser, address) = own.who.client.map_or_else(Default::default, |client| {
                (client.browser, client.address.to_string())
            });
            SessionRow {
                handle: own.handle,
                browser: browser_words(&browser),
                address,
                since: Time::of(own.who.since),
                seen: Time::of(own.seen),
                is_this: own.is_this,
            }
        })
        .collect())
}

/// "Firefox on Linux", as far as what a browser calls itself says so.
fn browser_words(name: &str) -> String {
    let first = |among: &[(&str, &'static str)]| {
        let found = among.iter().find(|(mark, _)| name.contains(mark));
        found.map(|(_, words)| *words)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if name.is_empty() => "Unknown browser".to_owned(),
        _ => name.chars().take(40).collect(),
    }
}

#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    session: String,
}

/// "End" beside one of them.
pub async fn end_one(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    Form(which): Form<Which>,
) -> Result<Response, PageError> {
    let operator = me(&sign_in, &viewer).await?;
    write_down(&sign_in, &operator, AuditAction::OperatorEndSession).await?;
    sessions_of(&sign_in)
        .end_one(operator.id.into(), &which.session)
        .await?;
    Ok(Redirect::to("/me?done=session").into_response())
}

/// "End all others".
pub async fn end_others(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    session: Session,
) -> Result<Response, PageError> {
    let operator = me(&sign_in, &viewer).await?;
    write_down(&sign_in, &operator, AuditAction::OperatorEndOtherSessions).await?;
    sessions_of(&sign_in)
        .end_others(operator.id.into(), session.id())
        .await?;
    Ok(Redirect::to("/me?done=sessions").into_response())
}

async fn write_down(
    sign_in: &PasswordSignIn,
    operator: &Operator,
    action: AuditAction,
) -> Result<(), PageError> {
    let own = operator.subject();
    Access::new(sign_in.state.pool.clone())
        .record(&own, action, operator.object(), true)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::browser_words;

    #[test]
    fn browsers_as_people_call_them() {
        for (name, words) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(browser_words(name), words);
        }
    }
}
