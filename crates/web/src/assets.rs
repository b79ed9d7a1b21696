//! The style sheet, the script and the icon, compiled in. Their addresses carry a hash of what is in them, so that browsers
//! may keep them for ever.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use sha2::{Digest as _, Sha256};

struct Asset {
    path: String,
    content_type: &'static str,
    body: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, body: &'static str) -> Self {
        let hash = hex::encode(&Sha256::digest(body)[..8]);
        Self {
            path: format!("/assets/{stem}-{hash}.{extension}"),
            content_type,
            body,
        }
    }
}

static CSS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "usher",
        "css",
        "text/css; charset=utf-8",
        // One style sheet; of two rules that say the same of a thing the later one holds, so their order matters.
        concat!(
            include_str!("../assets/css/scale.css"),
            include_str!("../assets/css/ground.css"),
            include_str!("../assets/css/house.css"),
            include_str!("../assets/css/cards.css"),
            include_str!("../assets/css/fields.css"),
            include_str!("../assets/css/tables.css"),
            include_str!("../assets/css/lists.css"),
            include_str!("../assets/css/figures.css"),
            include_str!("../assets/css/money.css"),
            include_str!("../assets/css/acts.css"),
            include_str!("../assets/css/together.css"),
            include_str!("../assets/css/portal.css"),
            include_str!("../assets/css/help.css"),
            include_str!("../assets/css/fingers.css"),
            include_str!("../assets/css/paper.css"),
            include_str!("../assets/css/file.css"),
        ),
    )
});
static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "usher",
        "js",
        "text/javascript; charset=utf-8",
        // One script; what is run when it is there comes last.
        concat!(
            include_str!("../assets/js/morph.js"),
            include_str!("../assets/js/dialogs.js"),
            include_str!("../assets/js/live.js"),
            include_str!("../assets/js/find.js"),
            include_str!("../assets/js/times_and_keys.js"),
        ),
    )
});
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "usher",
        "svg",
        "image/svg+xml",
        include_str!("../assets/usher.svg"),
    )
});

/// Where the style sheet is.
#[must_use]
pub fn css() -> &'static str {
    &CSS.path
}

/// Where the script is.
#[must_use]
pub fn js() -> &'static str {
    &JS.path
}

/// Where the icon is.
#[must_use]
pub fn icon() -> &'static str {
    &ICON.path
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve))
}

async fn serve(Path(file): Path<String>) -> Response {
    let path = format!("/assets/{file}");
    let Some(asset) = [&CSS, &JS, &ICON]
        .into_iter()
        .find(|asset| asset.path == path)
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(asset.content_type),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, asset.body).into_response()
}
