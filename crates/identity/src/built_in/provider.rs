use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use uuid::Uuid;

use super::BuiltInIdentity;
use crate::{
    DesiredLogin, IdentityError, IdentityProvider, LinkError, LoginId, NewLogin, Ownership,
    PasswordOutcome, TemporaryPassword,
    address::{is_address, no_address, no_login},
    port::{each, while_owned},
};

#[async_trait]
impl IdentityProvider for BuiltInIdentity {
    async fn ensure_logins(
        &self,
        customers: &[NewLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<LoginId, IdentityError>> {
        while_owned(
            ownership,
            customers,
            |new| new.customer_id,
            async |held| each(held.len(), self.ensure(held).await),
        )
        .await
    }

    async fn set_temporary_passwords(
        &self,
        customers: &[Uuid],
        ownership: &dyn Ownership,
    ) -> Vec<Result<PasswordOutcome, IdentityError>> {
        while_owned(
            ownership,
            customers,
            |customer| *customer,
            async |held| each(held.len(), self.set_temporary(held).await),
        )
        .await
    }

    async fn sync_logins(
        &self,
        wanted: &[DesiredLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<(), IdentityError>> {
        each(wanted.len(), self.sync(wanted, ownership).await)
    }

    async fn passwords_chosen(&self, customers: &[Uuid]) -> Vec<Result<bool, IdentityError>> {
        let chosen = sqlx::query_scalar!(
            "SELECT customer_id FROM logins WHERE customer_id = ANY($1) AND password_chosen_at IS NOT NULL",
            customers,
        )
        .fetch_all(&self.pool)
        .await;
        let chosen =
            chosen.map(|chosen| customers.iter().map(|id| Ok(chosen.contains(id))).collect());
        each(customers.len(), chosen)
    }

    async fn end_sessions(&self, customer: Uuid) -> Result<(), IdentityError> {
        sqlx::query!(
            "UPDATE logins
             SET sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             WHERE customer_id = $1",
            customer,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn link_existing(&self, _: &NewLogin) -> Result<LoginId, LinkError> {
        // Every login here was made for a customer.
        Err(LinkError::NoSuchLogin)
    }

    async fn probe(&self) -> Result<(), IdentityError> {
        sqlx::query_scalar!("SELECT EXISTS (SELECT FROM logins)")
            .fetch_one(&self.pool)
            .await?;
        Ok(())
    }
}

impl BuiltInIdentity {
    /// Two statements, whatever the size of the batch: insert what is new, then look who has what.
    async fn ensure(
        &self,
        customers: &[NewLogin],
    ) -> Result<Vec<Result<LoginId, IdentityError>>, sqlx::Error> {
        // Something that PostgreSQL refuses would fail the whole statement, and so the neighbours.
        let usable: Vec<&NewLogin> = customers
            .iter()
            .filter(|new| is_address(&new.email))
            .collect();
        let customer_ids: Vec<Uuid> = usable.iter().map(|new| new.customer_id).collect();
        let emails: Vec<String> = usable
            .iter()
            .map(|new| new.email.trim().to_owned())
            .collect();
        let ids: Vec<Uuid> = usable.iter().map(|_| Uuid::now_v7()).collect();

        // In one order everywhere, so that two batches with the same customers wait for each other instead of
        // locking each other out.
        sqlx::query!(
            "INSERT INTO logins (id, customer_id, email)
             SELECT id, customer_id, email
             FROM UNNEST($1::uuid[], $2::uuid[], $3::text[]) AS new (id, customer_id, email)
             ORDER BY customer_id
             ON CONFLICT DO NOTHING",
            &ids,
            &customer_ids,
            &emails,
        )
        .execute(&self.pool)
        .await?;

        // A statement of its own: it sees what a concurrent one has just committed.
        let there = sqlx::query!(
            r#"SELECT new.email AS "asked!", new.customer_id AS "customer_id!",
                      own.id AS "own?", other.customer_id AS "other?"
               FROM UNNEST($1::uuid[], $2::text[]) AS new (customer_id, email)
               LEFT JOIN logins own ON own.customer_id = new.customer_id
               LEFT JOIN logins other ON lower(other.email COLLATE "C") = lower(new.email COLLATE "C")"#,
            &customer_ids,
            &emails,
        )
        .fetch_all(&self.pool)
        .await?;
        let own: HashMap<Uuid, LoginId> = there
            .iter()
            .filter_map(|row| Some((row.customer_id, row.own?.into())))
            .collect();
        let taken: HashMap<&str, Uuid> = there
            .iter()
            .filter_map(|row| Some((row.asked.as_str(), row.other?)))
            .collect();

        Ok(customers
            .iter()
            .map(|new| {
                if !is_address(&new.email) {
                    return Err(no_address());
                }
                if let Some(id) = own.get(&new.customer_id) {
                    return Ok(*id);
                }
                match taken.get(new.email.trim()) {
                    Some(other) => Err(taken_by(*other)),
                    None => Err(IdentityError::Unavailable(
                        "somebody else took the e-mail and gave it up again just now".to_owned(),
                    )),
                }
            })
            .collect())
    }

    /// One statement; a second only when some customer has no login or a password of their own.
    async fn set_temporary(
        &self,
        asked: &[Uuid],
    ) -> Result<Vec<Result<PasswordOutcome, IdentityError>>, sqlx::Error> {
        // A customer who is named twice gets one password.
        let passwords: HashMap<Uuid, TemporaryPassword> = asked
            .iter()
            .map(|customer| (*customer, TemporaryPassword::generate()))
            .collect();
        let customers: Vec<Uuid> = passwords.keys().copied().collect();
        let digests: Vec<Vec<u8>> = passwords
            .values()
            .map(|password| password.digest().to_vec())
            .collect();
        // Rows are locked in one order everywhere, so that two batches never lock each other out.
        let set: HashSet<Uuid> = sqlx::query_scalar!(
            "WITH mine AS (
                 SELECT logins.id, new.digest
                 FROM logins JOIN UNNEST($1::uuid[], $2::bytea[]) AS new (customer_id, digest) USING (customer_id)
                 ORDER BY logins.id FOR UPDATE OF logins
             )
             UPDATE logins
             SET temporary_hash = mine.digest,
                 temporary_until = now() + make_interval(secs => $3),
                 sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             FROM mine
             WHERE logins.id = mine.id AND password_chosen_at IS NULL
             RETURNING customer_id",
            &customers,
            &digests,
            self.temporary_for.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .collect();
        let rest: Vec<Uuid> = customers
            .into_iter()
            .filter(|id| !set.contains(id))
            .collect();
        let chosen: HashSet<Uuid> = if rest.is_empty() {
            HashSet::new()
        } else {
            sqlx::query_scalar!(
                "SELECT customer_id FROM logins WHERE customer_id = ANY($1)",
                &rest
            )
            .fetch_all(&self.pool)
            .await?
            .into_iter()
            .collect()
        };
        Ok(asked
            .iter()
            .map(|customer| {
                if let Some(password) = passwords.get(customer).filter(|_| set.contains(customer)) {
                    Ok(PasswordOutcome::Set(password.clone()))
                } else if chosen.contains(customer) {
                    Ok(PasswordOutcome::AlreadyChosen)
                } else {
                    Err(no_login())
                }
            })
            .collect())
    }
}

pub(super) fn taken_by(other: Uuid) -> IdentityError {
    IdentityError::NeedsPerson(format!(
        "the e-mail is the login of another customer ({other}); \
         change one of the two addresses, then retry"
    ))
}
