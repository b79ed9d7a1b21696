//! The time zone in which the panel tells an operator times.

use ::access::{Preference, Preferences};
use axum::{
    Extension, Form, Router,
    extract::{FromRef, State},
    response::Redirect,
    routing::{get, post},
};
use serde::Deserialize;

use super::{HERE, to_the_page};
use crate::{
    admin::AdminState,
    error_page::PageError,
    layout::{Layout, Viewer},
    zone::Zone,
};

/// What the page's address says of it.
pub const NAME: &str = "time-zone";
/// Why nothing was changed.
pub const NO_SUCH_ZONE: &str =
    "There is no such time zone. Choose one of the list, for example Europe/Berlin, or UTC.";

/// Saving it, wherever operators sign in.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    AdminState: FromRef<S>,
{
    Router::new().route("/me/time-zone", get(to_the_page).merge(post(save)))
}

/// The zone in which to tell the viewer times. It is no reason to fail: UTC is right for everybody.
pub async fn of(state: &AdminState, viewer: &Viewer) -> Zone {
    let preferences = Preferences::new(state.pool.clone());
    let chosen = preferences.word(&viewer.subject, Preference::TimeZone);
    match chosen.await {
        Ok(name) => name.and_then(|name| Zone::named(&name)).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "an operator's time zone could not be read");
            Zone::default()
        }
    }
}

impl Layout {
    /// The zone in which the page tells times; an error page tells none.
    pub(crate) fn zone(&self) -> Option<String> {
        Zone::is_known().then(|| Zone::of_viewer().name().to_owned())
    }
}

/// What there is to choose from, and what is chosen.
pub struct ZoneChoice {
    pub chosen: String,
    pub names: Vec<String>,
    /// This moment there.
    pub now: String,
}

impl ZoneChoice {
    /// For who looks at the page.
    pub fn of_viewer() -> Self {
        let zone = Zone::of_viewer();
        Self {
            now: zone.exact(clock::now()),
            chosen: zone.name().to_owned(),
            names: Zone::names().collect(),
        }
    }
}

#[derive(Deserialize)]
pub struct Typed {
    zone: String,
}

async fn save(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(typed): Form<Typed>,
) -> Result<Redirect, PageError> {
    let Some(zone) = Zone::named(&typed.zone) else {
        return Ok(Redirect::to(&format!("{HERE}?problem={NAME}")));
    };
    Preferences::new(state.pool.clone())
        .remember_word(&viewer.subject, Preference::TimeZone, zone.name())
        .await?;
    Ok(Redirect::to(&format!("{HERE}?done={NAME}")))
}
