//! What a reader asks for.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use outbox::Cursor;
use url::form_urlencoded;

use super::problem::Problem;

/// Events of a page, when nobody says how many.
const USUAL: i64 = 100;
/// Events of a page at most.
const MOST: i64 = 1000;
/// The cursor that a stream is taken up with again.
const LAST_EVENT_ID: &str = "last-event-id";

/// A request for events.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    /// Behind what; none for the oldest.
    pub after: Option<Cursor>,
    /// How many at most.
    pub limit: i64,
    /// As server-sent events.
    pub stream: bool,
}

impl Asked {
    /// What the request says.
    ///
    /// # Errors
    /// 400 for what can't be understood: nothing is guessed, since who begins anew by mistake does everything again.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        let (mut after, mut limit) = (None, None);
        let query = request.uri().query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let known = match name.as_ref() {
                "after" => &mut after,
                "limit" => &mut limit,
                _ => {
                    return Err(Problem::bad(
                        "There is a parameter that is not known here: use after and limit.",
                    ));
                }
            };
            if known.replace(value.into_owned()).is_some() {
                return Err(Problem::bad("Say each parameter once."));
            }
        }
        let stream = wants_stream(request.headers());
        // Who takes a stream up again asks at the address at which it began.
        if let Some(last) = request.headers().get(LAST_EVENT_ID).filter(|_| stream) {
            after = Some(last.to_str().unwrap_or("?").to_owned())
                .filter(|last| !last.is_empty())
                .or(after);
        }
        Ok(Self {
            after: after
                .filter(|after| !after.is_empty())
                .map(cursor)
                .transpose()?,
            limit: limit.map_or(Ok(USUAL), |limit| number(&limit))?,
            stream,
        })
    }
}

fn cursor(text: String) -> Result<Cursor, Problem> {
    text.parse().map_err(|_| {
        Problem::bad(
            "This is no cursor of ours: send what was in `next` or `cursor` as it was, or leave `after` out to begin with the oldest event.",
        )
    })
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse()
        .ok()
        .filter(|limit| {
            (1..=MOST).contains(limit) && text.bytes().all(|byte| byte.is_ascii_digit())
        })
        .ok_or_else(|| Problem::bad("The limit has to be a whole number from 1 to 1000."))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .flat_map(|accept| accept.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}
