//! Another password of one's own.

use ::access::OwnLoginError;
use axum::{
    Extension,
    extract::{Request, State},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{Beside, PasswordDoor, Problems, render, with_own_password};
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

/// "Change password". The current one is guessed at as slowly as at the door.
pub async fn change(
    State(door): State<PasswordDoor>,
    Extension(viewer): Extension<Viewer>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, new) = match read::<NewPassword>(request).await {
        Ok(read) => read,
        Err(rejection) => return Ok(rejection),
    };
    let operator = with_own_password(&door, &viewer).await?;
    if new.password != new.repeated {
        let problems = Problems {
            repeated: Some(DIFFER.to_owned()),
            ..Problems::default()
        };
        return render(&door, &viewer, &session, Beside::wrong(problems)).await;
    }
    let attempt = door.attempt(&parts, &operator.email).await?;
    door.throttle
        .attempt(&attempt)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    let changed = door
        .operators
        .change_password(&operator, &new.current, &new.password)
        .await;
    if let Ok(_) | Err(OwnLoginError::TheSame | OwnLoginError::Weak(_)) = changed {
        door.throttle.succeeded(&attempt);
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
    render(&door, &viewer, &session, Beside::wrong(problems)).await
}
