use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use uuid::Uuid;

/// An error with the body that Sumsub gives it. Codes and names: <https://docs.sumsub.com/reference/error-codes-description>.
#[derive(Debug)]
pub(super) struct RestError {
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

    pub(super) fn unauthorized(code: u16, name: &'static str, description: &str) -> Self {
        Self {
            named: Some((code, name)),
            ..Self::new(StatusCode::UNAUTHORIZED, description)
        }
    }

    pub(super) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, description)
    }

    pub(super) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, description)
    }

    pub(super) fn not_found(description: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, description)
    }

    pub(super) fn too_many() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests, please slow down",
        )
    }

    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
    }

    pub(super) fn timeout() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "The gateway got no answer in time",
        )
    }

    pub(super) fn conflict(description: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, description)
    }
}

impl From<sqlx::Error> for RestError {
    fn from(error: sqlx::Error) -> Self {
        // Deleted between the look-up and the event.
        if matches!(error, sqlx::Error::RowNotFound) {
            return Self::not_found("Applicant not found");
        }
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
