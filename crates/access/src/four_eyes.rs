//! Whether two subjects count as two people, where a second pair of eyes is wanted.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::Subject;

/// How many pairs of eyes two subjects are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// Two different people stand behind the two.
    Two,
    /// The same person stands behind both.
    Own,
    /// Perhaps the same person stands behind both: the login of one of them was made or reset by the other, or by who knows whom.
    PerhapsOne,
}

/// Whether one person may stand behind this subject now and behind `by` (as the audit log names subjects) when that one acted,
/// `at`. Where two are wanted, these don't count as two:
///
/// - An API token is whoever made it, and two of one maker's are one.
/// - An operator's login is also whoever added it, reset its password or took its second factor away, until the operator has set a
///   password (or, after the last, a second factor) of their own. Where the other one saw the password, and so could have set that
///   "own" one, 24 hours have to pass as well.
/// - What was done on the command line may have been done by anybody, so such a login counts as nobody's second until then.
/// - A token that was made in such a time stays what it was then.
///
/// # Errors
/// When the database does not answer.
pub async fn eyes_of(
    executor: impl PgExecutor<'_>,
    subject: &Subject,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Eyes, sqlx::Error> {
    let found = sqlx::query!(
        r#"WITH RECURSIVE behind (side, who, at, by_login) AS (
                   SELECT side, who, at, FALSE
                   FROM (VALUES (1, $1::text, clock_timestamp()), (2, $2::text, $3::timestamptz)) AS given (side, who, at)
                   UNION
                   SELECT b.side, known.who, known.at, b.by_login OR known.by_login
                   FROM behind b CROSS JOIN LATERAL (
                       SELECT t.made_by AS who, t.created_at AS at, FALSE AS by_login
                       FROM api_tokens t
                       WHERE b.who = 'api-token:' || t.id::text AND t.made_by IS NOT NULL
                       UNION ALL
                       SELECT g.by, g.at, TRUE
                       FROM operator_credentials g
                       WHERE b.who = 'operator:' || g.operator_id::text AND g.at <= b.at
                           AND g.what IN ('added', 'password_reset', 'second_factor_removed')
                           AND (
                               NOT EXISTS (
                                   SELECT FROM operator_credentials own
                                   WHERE own.operator_id = g.operator_id AND own.at > g.at AND own.at <= b.at
                                       AND (own.what = 'own_password'
                                            OR own.what = 'own_second_factor' AND g.what = 'second_factor_removed')
                               )
                               OR g.known AND b.at < g.at + interval '24 hours'
                           )
                   ) known
               )
               SELECT coalesce(bool_or(NOT a.by_login AND NOT b.by_login), FALSE) AS "own!",
                      count(*) > 0 OR EXISTS (SELECT FROM behind WHERE who = 'system:cli') AS "shared!"
               FROM behind a JOIN behind b ON b.who = a.who
               WHERE a.side = 1 AND b.side = 2"#,
        subject.as_text(),
        by,
        at,
    )
    .fetch_one(executor)
    .await?;
    Ok(match (found.own, found.shared) {
        (true, _) => Eyes::Own,
        (false, true) => Eyes::PerhapsOne,
        (false, false) => Eyes::Two,
    })
}
