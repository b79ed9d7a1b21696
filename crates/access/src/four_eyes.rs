use sqlx::PgExecutor;

use crate::Subject;

/// Whether one person stands behind this subject and behind `by` (as the audit log names subjects), where two are wanted. An
/// API token counts as whoever made it, and two of one maker's as one: otherwise an operator with two tokens had four eyes.
///
/// # Errors
/// When the database does not answer.
pub async fn is_one_person(
    executor: impl PgExecutor<'_>,
    subject: &Subject,
    by: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"WITH RECURSIVE behind (start, who) AS (
                   SELECT start, start FROM UNNEST(ARRAY[$1::text, $2::text]) AS given (start)
                   UNION
                   SELECT b.start, t.made_by FROM behind b
                   JOIN api_tokens t ON b.who = 'api-token:' || t.id::text
                   WHERE t.made_by IS NOT NULL
               )
               SELECT EXISTS (
                   SELECT FROM behind a JOIN behind b ON b.who = a.who WHERE a.start = $1 AND b.start = $2
               ) AS "shared!""#,
        subject.as_text(),
        by,
    )
    .fetch_one(executor)
    .await
}
