use askama::Template;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

/// Mails on the list page: it is for looking at what has just come.
const LISTED: i64 = 200;

/// No script runs, nothing is loaded from elsewhere; the mail's own inline styles may count.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

pub(super) fn router(pool: PgPool) -> Router {
    Router::new()
        .route("/mail", get(list))
        .route("/mail/messages", get(messages).delete(empty))
        .route("/mail/{id}", get(one))
        .with_state(pool)
}

/// A mail as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: Uuid,
    to: Vec<String>,
    from: String,
    subject: String,
    /// When it arrived.
    date: DateTime<Utc>,
    message_id: String,
    text: String,
    html: String,
}

#[derive(Deserialize)]
struct Filter {
    to: Option<String>,
}

async fn messages(
    State(pool): State<PgPool>,
    Query(filter): Query<Filter>,
) -> Result<Response, WebError> {
    let messages = sqlx::query_as!(
        Message,
        r#"SELECT id, recipients AS "to", sender AS "from", subject, received_at AS date, message_id,
                  body_text AS text, body_html AS html
           FROM dev_mail.messages
           WHERE $1::text IS NULL OR EXISTS (SELECT FROM UNNEST(recipients) AS one WHERE lower(one COLLATE "C") = lower($1 COLLATE "C"))
           ORDER BY id DESC"#,
        filter.to.map(|to| to.replace('\0', "")),
    )
    .fetch_all(&pool)
    .await?;
    Ok(Json(messages).into_response())
}

async fn empty(State(pool): State<PgPool>) -> Result<StatusCode, WebError> {
    sqlx::query!("DELETE FROM dev_mail.messages")
        .execute(&pool)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

struct Row {
    id: Uuid,
    recipients: Vec<String>,
    sender: String,
    subject: String,
    received_at: DateTime<Utc>,
}

impl Row {
    fn to(&self) -> String {
        self.recipients.join(", ")
    }
    fn shown_subject(&self) -> &str {
        if self.subject.is_empty() {
            "(no subject)"
        } else {
            &self.subject
        }
    }
    fn ago(&self) -> String {
        ago(clock::now(), self.received_at)
    }
    fn exact(&self) -> String {
        exact(self.received_at)
    }
}

#[derive(Template)]
#[template(path = "mailbox_list.html")]
struct ListPage {
    rows: Vec<Row>,
    total: i64,
}

async fn list(State(pool): State<PgPool>) -> Result<Response, WebError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, recipients, sender, subject, received_at FROM dev_mail.messages ORDER BY id DESC LIMIT $1",
        LISTED,
    )
    .fetch_all(&pool)
    .await?;
    let total = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM dev_mail.messages"#)
        .fetch_one(&pool)
        .await?;
    page(StatusCode::OK, &ListPage { rows, total })
}

#[derive(Template)]
#[template(path = "mailbox_mail.html")]
struct MailPage {
    to: String,
    from: String,
    subject: String,
    ago: String,
    exact: String,
    message_id: String,
    text: String,
    html: String,
}

async fn one(State(pool): State<PgPool>, Path(id): Path<String>) -> Result<Response, WebError> {
    let Ok(id) = id.parse::<Uuid>() else {
        return page(StatusCode::NOT_FOUND, &NotFoundPage);
    };
    let mail = sqlx::query!(
        "SELECT recipients, sender, subject, received_at, message_id, body_text, body_html
         FROM dev_mail.messages WHERE id = $1",
        id,
    )
    .fetch_optional(&pool)
    .await?;
    let Some(mail) = mail else {
        return page(StatusCode::NOT_FOUND, &NotFoundPage);
    };
    let shown = MailPage {
        to: mail.recipients.join(", "),
        from: mail.sender,
        subject: if mail.subject.is_empty() {
            "(no subject)".to_owned()
        } else {
            mail.subject
        },
        ago: ago(clock::now(), mail.received_at),
        exact: exact(mail.received_at),
        message_id: mail.message_id,
        text: mail.body_text,
        html: with_links_in_new_tabs(&mail.body_html),
    };
    page(StatusCode::OK, &shown)
}

/// The sandbox keeps a mail from leading its frame anywhere else, so that its links need a tab of their own.
fn with_links_in_new_tabs(html: &str) -> String {
    html.replacen("<head>", "<head><base target=\"_blank\">", 1)
}

#[derive(Template)]
#[template(path = "mailbox_not_found.html")]
struct NotFoundPage;

fn page(status: StatusCode, template: &impl Template) -> Result<Response, WebError> {
    let body = Html(template.render()?);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn ago(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    match (now - then).num_seconds() {
        ..60 => "just now".to_owned(),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

fn exact(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What went wrong behind a page.
#[derive(Debug, thiserror::Error)]
enum WebError {
    #[error("the database of the mailbox does not answer ({0})")]
    Database(#[from] sqlx::Error),
    #[error("the page could not be written ({0})")]
    Page(#[from] askama::Error),
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        tracing::warn!(error = %self, "a page of the mailbox failed");
        let status = match self {
            WebError::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, format!("{self}; reload the page in a moment\n")).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_say_them() {
        let now = clock::now();
        for (seconds, words) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (7_199, "1 h ago"),
            (172_800, "2 d ago"),
        ] {
            assert_eq!(ago(now, now - chrono::TimeDelta::seconds(seconds)), words);
        }
    }
}
