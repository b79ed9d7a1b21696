//! Brings logins to what is wanted now.

use std::collections::HashMap;

use uuid::Uuid;

use super::{BuiltInIdentity, provider::taken_by};
use crate::{
    DesiredLogin, IdentityError, LoginState, Ownership,
    address::{is_address, no_address},
};

impl BuiltInIdentity {
    /// A few statements, whatever the size of the batch.
    pub(super) async fn sync(
        &self,
        wanted: &[DesiredLogin],
        ownership: &dyn Ownership,
    ) -> Result<Vec<Result<(), IdentityError>>, sqlx::Error> {
        let ids: Vec<Uuid> = wanted.iter().map(|login| login.customer_id).collect();
        let held = ownership.held(&ids).await;
        let mut failed: HashMap<Uuid, IdentityError> = ids
            .into_iter()
            .zip(held)
            .filter_map(|(id, held)| Some((id, held.err()?)))
            .collect();
        // The same customer twice: the later one counts, as it would have one after the other.
        let newest: HashMap<Uuid, &DesiredLogin> = wanted
            .iter()
            .filter(|login| !failed.contains_key(&login.customer_id))
            .map(|login| (login.customer_id, login))
            .collect();
        let deleted: Vec<Uuid> = newest
            .values()
            .filter(|login| login.state == LoginState::Deleted)
            .map(|login| login.customer_id)
            .collect();
        // First, so that their addresses are free for the others.
        if !deleted.is_empty() {
            let gone = sqlx::query_scalar!(
                "DELETE FROM logins WHERE customer_id = ANY($1) RETURNING customer_id",
                &deleted
            )
            .fetch_all(&self.pool)
            .await?;
            gone.into_iter().for_each(|id| ownership.effect_ended(id));
        }
        let mut rest: Vec<&DesiredLogin> = Vec::new();
        for login in newest.into_values() {
            match login.state {
                LoginState::Deleted => {}
                _ if !is_address(&login.email) => {
                    failed.insert(login.customer_id, no_address());
                }
                LoginState::Enabled | LoginState::Disabled => rest.push(login),
            }
        }
        // Somebody may wait for an address that a neighbour is about to give up: as long as somebody moves, look again.
        while !rest.is_empty() {
            let held = self.held_by_others(&rest).await?;
            let (waiting, free): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|login| held.contains_key(&login.customer_id));
            if free.is_empty() {
                failed.extend(waiting.iter().filter_map(|login| {
                    Some((login.customer_id, taken_by(*held.get(&login.customer_id)?)))
                }));
                break;
            }
            let changed = self.change(&free).await?;
            changed
                .into_iter()
                .for_each(|id| ownership.effect_ended(id));
            rest = waiting;
        }
        Ok(wanted
            .iter()
            .map(|login| {
                failed
                    .get(&login.customer_id)
                    .map_or(Ok(()), |error| Err(error.clone()))
            })
            .collect())
    }

    /// Whose wanted e-mail is another customer's login, and that one's id; or is wanted by an earlier one as well.
    async fn held_by_others(
        &self,
        wanted: &[&DesiredLogin],
    ) -> Result<HashMap<Uuid, Uuid>, sqlx::Error> {
        let (customers, emails) = columns(wanted);
        let rows = sqlx::query!(
            r#"
            WITH wanted AS (
                SELECT w.customer_id, lower(w.email COLLATE "C") AS email
                FROM UNNEST($1::uuid[], $2::text[]) AS w (customer_id, email) JOIN logins USING (customer_id)
            )
            SELECT wanted.customer_id AS "customer_id!", coalesce(other.customer_id, earlier.customer_id) AS "other!"
            FROM wanted
            LEFT JOIN logins other ON lower(other.email COLLATE "C") = wanted.email AND other.customer_id <> wanted.customer_id
            LEFT JOIN wanted earlier ON earlier.email = wanted.email AND earlier.customer_id < wanted.customer_id
            WHERE coalesce(other.customer_id, earlier.customer_id) IS NOT NULL
            "#,
            &customers,
            &emails,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.customer_id, row.other))
            .collect())
    }

    /// Rows are locked in one order everywhere, so that two batches never lock each other out. Answers whose was another.
    async fn change(&self, wanted: &[&DesiredLogin]) -> Result<Vec<Uuid>, sqlx::Error> {
        let (customers, emails) = columns(wanted);
        let enabled: Vec<bool> = wanted
            .iter()
            .map(|login| login.state == LoginState::Enabled)
            .collect();
        sqlx::query_scalar!(
            "WITH mine AS (
                 SELECT logins.id, wanted.email, wanted.enabled, logins.email <> wanted.email AS moved
                 FROM logins
                 JOIN UNNEST($1::uuid[], $2::text[], $3::bool[]) AS wanted (customer_id, email, enabled) USING (customer_id)
                 WHERE logins.email <> wanted.email OR logins.enabled <> wanted.enabled
                 ORDER BY logins.id FOR UPDATE OF logins
             )
             UPDATE logins
             SET email = mine.email, enabled = mine.enabled,
                 temporary_hash = CASE WHEN NOT mine.moved THEN temporary_hash END,
                 temporary_until = CASE WHEN NOT mine.moved THEN temporary_until END,
                 sessions_valid_from =
                     CASE WHEN mine.moved OR NOT mine.enabled
                          THEN greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
                          ELSE sessions_valid_from END
             FROM mine WHERE logins.id = mine.id
             RETURNING customer_id",
            &customers,
            &emails,
            &enabled,
        )
        .fetch_all(&self.pool)
        .await
    }
}

fn columns(wanted: &[&DesiredLogin]) -> (Vec<Uuid>, Vec<String>) {
    wanted
        .iter()
        .map(|login| (login.customer_id, login.email.trim().to_owned()))
        .unzip()
}
