//! What is taken: an e-mail or handle belongs to one open prospect or customer.

use es_entity::AtomicOperation;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    error::{Field, FieldError},
    input::CheckedInput,
};

/// The answer of [`take`].
pub(crate) enum Taken {
    /// All of it was free and is now the owner's.
    Now,
    /// Something of it is somebody's already: roll back.
    BySomeone,
}

/// Takes what is in `input` for `owner`, in the caller's transaction.
pub(crate) async fn take(
    op: &mut impl AtomicOperation,
    owner: Uuid,
    input: &CheckedInput,
) -> Result<Taken, sqlx::Error> {
    let mut wanted = vec![("email", input.email.key())];
    wanted.extend(
        input
            .telegram_handle
            .iter()
            .map(|handle| ("telegram", handle.key())),
    );
    for (kind, value) in wanted {
        let inserted = sqlx::query!(
            "INSERT INTO taken (kind, value, owner) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            kind,
            value,
            owner,
        )
        .execute(op.as_executor())
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(Taken::BySomeone);
        }
    }
    Ok(Taken::Now)
}

/// Which fields are somebody's, and whose.
pub(crate) async fn look(
    pool: &PgPool,
    input: &CheckedInput,
) -> Result<Vec<FieldError>, sqlx::Error> {
    let email = input.email.key();
    let handle = input.telegram_handle.as_ref().map(|handle| handle.key());
    let rows = sqlx::query!(
        r#"
        SELECT taken.kind, prospects.public_id FROM taken JOIN prospects ON prospects.id = taken.owner
        WHERE (kind = 'email' AND value = $1) OR (kind = 'telegram' AND value = $2)
        ORDER BY kind
        "#,
        email,
        handle,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (field, what) = match row.kind.as_str() {
                "email" => (Field::Email, "e-mail address"),
                _ => (Field::TelegramHandle, "Telegram handle"),
            };
            FieldError {
                field,
                message: format!("This {what} is taken by {}.", row.public_id),
                taken_by: Some(row.public_id),
            }
        })
        .collect())
}
