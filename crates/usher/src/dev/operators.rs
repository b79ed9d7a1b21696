//! The operators and the API token that `usher dev` starts with.

use std::time::Duration;

use access::{ApiTokens, Operators, Role};
use sqlx::PgPool;

use super::{ready_file::ReadyOperator, secrets::DevSecrets};
use crate::failure::Failure;

/// The operators that are there from the start, one for each role.
pub const OPERATORS: [(&str, Role); 3] = [
    ("admin@usher.test", Role::Admin),
    ("officer@usher.test", Role::OnboardingOfficer),
    ("auditor@usher.test", Role::Auditor),
];
/// A token is made at every start; an old one should not last.
const TOKEN_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Sees to it that they are there; answers them and the token.
///
/// # Errors
/// When the database refuses.
pub async fn seed(
    pool: &PgPool,
    secrets: &DevSecrets,
) -> Result<(Vec<ReadyOperator>, String), Failure> {
    let failed = |error: access::AccessError| {
        Failure::other(format!("The operators can't be set up: {error}."))
    };
    let operators = Operators::new(pool.clone());
    let mut seeded = Vec::new();
    for (email, role) in OPERATORS {
        operators
            .ensure(email, &secrets.operator_password, role)
            .await
            .map_err(failed)?;
        seeded.push(ReadyOperator {
            email: email.to_owned(),
            password: secrets.operator_password.clone(),
            role: role.to_string(),
        });
    }
    let (_, token) = ApiTokens::new(pool.clone())
        .mint("usher dev", Role::Admin, TOKEN_LIFE)
        .await
        .map_err(failed)?;
    Ok((seeded, token))
}
