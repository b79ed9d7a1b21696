//! How many prospects and customers stand where, and with which labels Sumsub ever declined: what the lists offer to choose from.

use std::{collections::HashMap, hash::Hash, str::FromStr, sync::Arc};

use sqlx::PgPool;

use super::counting::uncounted;
use crate::primitives::{Activity, CustomerType, Stage};

/// How many prospects stand at each stage, by type.
pub(crate) type Standing = HashMap<(Stage, CustomerType), i64>;

/// How many stand at each stage, by type.
pub(super) async fn standing(pool: &PgPool) -> Result<Standing, sqlx::Error> {
    if uncounted(pool).await? {
        let counts = sqlx::query!(
            r#"SELECT stage, customer_type, count(*) AS "count!" FROM prospects GROUP BY stage, customer_type"#
        )
        .fetch_all(pool)
        .await?;
        let counts = counts.into_iter();
        return Ok(of_each(
            counts.map(|row| (row.stage, row.customer_type, row.count)),
        ));
    }
    let sums = sqlx::query!(
        r#"
        SELECT name AS "name!", customer_type AS "customer_type!", sum(n)::bigint AS "n!" FROM (
            SELECT name, customer_type, n FROM statistics WHERE figure = 'standing'
            UNION ALL SELECT name, customer_type, n FROM statistics_changes WHERE figure = 'standing'
        ) AS standing GROUP BY name, customer_type HAVING sum(n) > 0
        "#
    )
    .fetch_all(pool)
    .await?;
    let sums = sums.into_iter();
    Ok(of_each(
        sums.map(|row| (row.name, row.customer_type, row.n)),
    ))
}

/// What only a newer version knows is left out.
fn of_each<S: FromStr + Eq + Hash>(
    counts: impl Iterator<Item = (String, String, i64)>,
) -> HashMap<(S, CustomerType), i64> {
    counts
        .filter_map(|(state, customer_type, n)| {
            Some(((state.parse().ok()?, customer_type.parse().ok()?), n))
        })
        .collect()
}

/// How many customers there are with each activity, by type.
pub(crate) type Customers = HashMap<(Activity, CustomerType), i64>;

/// How many there are with each activity, by type.
pub(super) async fn customers(pool: &PgPool) -> Result<Customers, sqlx::Error> {
    let sums = sqlx::query!(
        r#"
        SELECT activity AS "activity!", customer_type AS "customer_type!", sum(n)::bigint AS "n!" FROM (
            SELECT activity, customer_type, n FROM customer_counts
            UNION ALL SELECT activity, customer_type, n FROM customer_count_changes
        ) AS counts GROUP BY activity, customer_type HAVING sum(n) > 0
        "#
    )
    .fetch_all(pool)
    .await?;
    Ok(of_each(
        sums.into_iter()
            .map(|row| (row.activity, row.customer_type, row.n)),
    ))
}

/// Every label that there ever was: from one to the next by the index over them, however many answers had it.
pub(super) async fn reasons(pool: &PgPool) -> Result<Arc<[String]>, sqlx::Error> {
    let labels = sqlx::query_scalar!(
        r#"
        WITH RECURSIVE label AS (
            (SELECT name FROM statistics WHERE figure = 'reason' ORDER BY name LIMIT 1)
            UNION ALL
            SELECT (SELECT next.name FROM statistics AS next WHERE next.figure = 'reason' AND next.name > label.name
                    ORDER BY next.name LIMIT 1)
            FROM label WHERE label.name IS NOT NULL
        )
        SELECT name AS "name!" FROM label WHERE name IS NOT NULL
        UNION SELECT name FROM statistics_changes WHERE figure = 'reason'
        ORDER BY 1
        "#
    )
    .fetch_all(pool)
    .await?;
    Ok(labels.into())
}
