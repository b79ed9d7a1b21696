use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use uuid::Uuid;

/// An error with the body that Sumsub gives it. Codes and names: <https://docs.sumsub.com/reference/error-codes-description>.
#[derive(Debug)]
pub(crate) struct RestError {
    status: StatusCode,
    /// Sumsub's number and name for it; many errors have none.
    named: Option<(u16, &'static str)>,
    description: String,
}

impl RestError {
    fn new(status: StatusCode, description: impl Into<String>) -> Self {
        Self {
            status,
            named: None,
            description: description.into(),
        }
    }

    pub(crate) fn unauthorized(code: u16, name: &'static str, description: &str) -> Self {
        Self {
            named: Some((code, name)),
            ..Self::new(StatusCode::UNAUTHORIZED, description)
        }
    }

    pub(crate) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, description)
    }

    pub(crate) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, description)
    }

    pub(crate) fn not_found(description: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, description)
    }

    pub(crate) fn conflict(description: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, description)
    }
}

impl From<sqlx::Error> for RestError {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the Sumsub simulator's database failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error: the simulator's database does not answer",
        )
    }
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "code": self.status.as_u16(),
            "correlationId": format!("req-{}", Uuid::new_v4()),
            "description": self.description,
        });
        if let Some((code, name)) = self.named {
            body["errorCode"] = code.into();
            body["errorName"] = name.into();
        }
        (self.status, Json(body)).into_response()
    }
}
