//! Another password of one's own.

use ::access::OwnLoginError;
use axum::{
    Extension,
    extract::{Request, State},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{Beside, PasswordSignIn, Problems, render, with_own_password};
use crate::{
    admin::login::read, error_page::PageError, layout::Viewer, session, throttle::Throttled,
};

/// Said beside the second of two that differ.
pub const DIFFER: &str = "The two passwords differ. Type both again.";

#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeated: String,
}

/// "Change password". The current one is guessed at as slowly as at sign-in.
pub async fn change(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, new) = match read::<NewPassword>(request).await {
        Ok(read) => read,
        Err(rejection) => return Ok(rejection),
    };
    let operator = with_own_password(&sign_in, &viewer).await?;
    if new.password != new.repeated {
        let problems = Problems {
            repeated: Some(DIFFER.to_owned()),
            ..Problems::default()
        };
        return render(&sign_in, &viewer, &session, Beside::wrong(problems)).await;
    }
    let attempt = sign_in.attempt(&parts, &operator.email).await?;
    sign_in
        .throttle
        .attempt(&attempt)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    let changed = sign_in
        .operators
        .change_password(&operator, &new.current, &new.password)
        .await;
    if let Ok(_) | Err(OwnLoginError::TheSame | OwnLoginError::Weak(_)) = changed {
        sign_in.throttle.succeeded(&attempt);
    }
    let problems = match changed {
        Ok(sessions_valid_from) => {
            session::go_on(&session, sessions_valid_from).await?;
            tracing::info!(operator = %operator.id, "an operator changed their password");
            return Ok(Redirect::to("/me?done=password").into_response());
        }
        Err(error @ OwnLoginError::NotTheCurrentOne) => Problems {
            current: Some(error.to_string()),
            ..Problems::default()
        },
        Err(error @ (OwnLoginError::TheSame | OwnLoginError::Weak(_))) => Problems {
            new: Some(error.to_string()),
            ..Problems::default()
        },
        Err(error) => return Err(error.into()),
    };
    render(&sign_in, &viewer, &session, Beside::wrong(problems)).await
}
