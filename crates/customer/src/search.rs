//! Finding people and companies by whatever is known of them.

use std::collections::HashMap;

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use kernel::{Error, Sought};
use uuid::Uuid;

use crate::{
    list::search::SearchPatterns,
    onboarding::Onboarding,
    primitives::{Activity, CustomerType, Stage},
};

/// Somebody who was found.
#[derive(Debug, Clone)]
pub struct Person {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// What the person or company is called; none until Sumsub has told it, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
    /// Who is being onboarded.
    pub customer_type: CustomerType,
    /// Where the prospect stands.
    pub stage: Stage,
    /// Whether the customer can act; none while it is a prospect.
    pub activity: Option<Activity>,
    /// Only a note about them has the words.
    pub by_note: bool,
}

/// What the query takes: what it could be is some, the rest none.
#[derive(Default)]
struct Wanted {
    id: Option<Uuid>,
    applicant: Option<String>,
    patterns: SearchPatterns,
}

impl Wanted {
    fn of(sought: &Sought) -> Self {
        let patterns = |text: &String| SearchPatterns::parse(Some(text));
        match sought {
            Sought::Nothing => Self::default(),
            Sought::Id(id) => Self {
                id: Some(*id),
                ..Self::default()
            },
            Sought::Applicant(id) => Self {
                applicant: Some(id.clone()),
                ..Self::default()
            },
            Sought::Contact(text) => Self {
                patterns: SearchPatterns {
                    names: Default::default(),
                    ..patterns(text)
                },
                ..Self::default()
            },
            Sought::Number(text) | Sought::Words(text) => Self {
                patterns: patterns(text),
                ..Self::default()
            },
        }
    }
}

impl Onboarding {
    /// Prospects and customers, each once: by UUID, public id, applicant id, words of the name or of a note, a part of the e-mail
    /// address or of the Telegram handle. Whose number it is comes first, then the newest, whom only a note names last; at most `first`. That somebody looked at them is
    /// written down.
    ///
    /// Of a part that very many have, the newest of those that the index tells first: nobody reads all of them.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn find_people(
        &self,
        subject: &Subject,
        sought: &Sought,
        first: i64,
    ) -> Result<Vec<Person>, Error> {
        let look = self
            .look(subject, AuditAction::SearchFind, AuditObject::LIST)
            .await?;
        if *sought == Sought::Nothing {
            return Ok(Vec::new());
        }
        let wanted = Wanted::of(sought);
        let patterns = &wanted.patterns;
        let query = sqlx::query!(
            r#"
            WITH found AS (
                (SELECT id, FALSE AS noted FROM prospects WHERE id = $1)
                UNION (SELECT id, FALSE FROM prospects WHERE public_id = $2)
                UNION (SELECT prospect_id, FALSE FROM applicants WHERE applicant_id = $3)
                UNION (SELECT id, FALSE FROM prospects WHERE name_key LIKE $4 AND name_key LIKE $5 AND name_key LIKE $6 LIMIT 100)
                UNION (SELECT id, FALSE FROM prospects WHERE lower(email COLLATE "C") LIKE $7 LIMIT 100)
                UNION (SELECT id, FALSE FROM prospects WHERE telegram_handle LIKE $8 LIMIT 100)
                UNION (SELECT prospect_id, TRUE FROM notes WHERE body_key LIKE $4 AND body_key LIKE $5 AND body_key LIKE $6 LIMIT 100)
            ), people AS (SELECT id, bool_and(noted) AS noted FROM found GROUP BY id)
            SELECT prospects.id AS "id!", prospects.public_id AS "public_id!", prospects.name, prospects.email,
                   prospects.customer_type AS "customer_type!", stage AS "stage!", customers.activity AS "activity?", noted AS "noted!"
            FROM people JOIN prospects USING (id) LEFT JOIN customers USING (id)
            ORDER BY prospects.public_id = $2 DESC, noted, prospects.created_at DESC, prospects.id DESC LIMIT $9
            "#,
            wanted.id,
            patterns.exact,
            wanted.applicant,
            patterns.names[0],
            patterns.names[1],
            patterns.names[2],
            patterns.email,
            patterns.telegram,
            first,
        );
        let rows = if patterns.are_trigrams() {
            query.fetch_all(&self.pool).await?
        } else {
            query.fetch_all(self.pool.planned()).await?
        };
        let people = rows.into_iter().filter_map(|row| {
            Some(Person {
                id: row.id,
                public_id: row.public_id,
                name: row.name,
                email: row.email,
                customer_type: row.customer_type.parse().ok()?,
                stage: row.stage.parse().ok()?,
                activity: row.activity.and_then(|activity| activity.parse().ok()),
                by_note: row.noted,
            })
        });
        let people: Vec<Person> = people.collect();
        look.at(people.iter().map(|found| match found.activity {
            Some(_) => ObjectKind::Customer.id(found.id),
            None => ObjectKind::Prospect.id(found.id),
        }))
        .await?;
        Ok(people)
    }

    /// The customers who are called so, by UUID, public id, words of the name, a part of the e-mail address or of the Telegram
    /// handle; at most `first`, the newest. Hands out nothing of them.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn customers_called(
        &self,
        subject: &Subject,
        sought: &Sought,
        first: i64,
    ) -> Result<Vec<Uuid>, Error> {
        self.may_read(subject, AuditAction::CustomerList).await?;
        let wanted = Wanted::of(sought);
        let patterns = &wanted.patterns;
        let found = sqlx::query_scalar!(
            r#"
            WITH found AS (
                (SELECT id FROM customers WHERE id = $1)
                UNION (SELECT id FROM customers WHERE public_id = $2)
                UNION (SELECT id FROM customers WHERE name_key LIKE $3 AND name_key LIKE $4 AND name_key LIKE $5 LIMIT $8)
                UNION (SELECT id FROM customers WHERE lower(email COLLATE "C") LIKE $6 LIMIT $8)
                UNION (SELECT id FROM customers WHERE telegram_handle LIKE $7 LIMIT $8)
            )
            SELECT customers.id AS "id!" FROM found JOIN customers USING (id) ORDER BY created_at DESC, id DESC LIMIT $8
            "#,
            wanted.id,
            patterns.exact,
            patterns.names[0],
            patterns.names[1],
            patterns.names[2],
            patterns.email,
            patterns.telegram,
            first,
        )
        .fetch_all(self.pool.planned())
        .await?;
        Ok(found)
    }

    /// What these customers are called, to be shown beside what is theirs. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn names_of(
        &self,
        subject: &Subject,
        customers: &[Uuid],
    ) -> Result<HashMap<Uuid, Called>, Error> {
        let look = self
            .look(subject, AuditAction::CustomerList, AuditObject::LIST)
            .await?;
        let rows = sqlx::query!(
            "SELECT id, public_id, name, email FROM customers WHERE id = ANY($1)",
            customers
        )
        .fetch_all(&self.pool)
        .await?;
        look.at(rows.iter().map(|row| ObjectKind::Customer.id(row.id)))
            .await?;
        let called = rows.into_iter().map(|row| {
            let called = Called {
                public_id: row.public_id,
                name: row.name,
                email: row.email,
            };
            (row.id, called)
        });
        Ok(called.collect())
    }
}

/// What a customer is called.
#[derive(Debug, Clone)]
pub struct Called {
    /// The short number that people quote.
    pub public_id: String,
    /// As Sumsub told it; none until it did, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
}

impl Called {
    /// As people speak of it: the name, else the e-mail address, else the number.
    #[must_use]
    pub fn words(&self) -> String {
        let known = self.name.clone().or_else(|| self.email.clone());
        known.unwrap_or_else(|| format!("customer {}", self.public_id))
    }
}
