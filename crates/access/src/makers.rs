//! What a token may is bounded by what its maker may.

use std::collections::{HashMap, hash_map::Entry};

use uuid::Uuid;

use crate::{AccessError, ApiTokens, OperatorId, Role};

/// A token, or one by which it was made.
struct Link {
    role: Role,
    made_by: Option<String>,
    revoked: bool,
}

impl ApiTokens {
    /// Which of these tokens allow what their makers may not do now.
    pub(crate) async fn beyond_their_makers(&self, ids: &[Uuid]) -> Result<Vec<Uuid>, AccessError> {
        let rows = sqlx::query!(
            r#"WITH RECURSIVE chain AS (
                   SELECT id AS token, 0 AS depth, role, made_by, FALSE AS revoked FROM api_tokens WHERE id = ANY($1)
                   UNION ALL
                   SELECT c.token, c.depth + 1, t.role, t.made_by, t.revoked_at IS NOT NULL
                   FROM chain c
                   JOIN api_tokens t ON t.id = CASE WHEN starts_with(c.made_by, 'api-token:') THEN substr(c.made_by, 11)::uuid END
               )
               SELECT token AS "token!", role AS "role!", made_by, revoked AS "revoked!" FROM chain ORDER BY token, depth"#,
            ids,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut chains: HashMap<Uuid, Vec<Link>> = HashMap::new();
        for row in rows {
            chains.entry(row.token).or_default().push(Link {
                role: row.role.parse()?,
                made_by: row.made_by,
                revoked: row.revoked,
            });
        }
        let mut roles: HashMap<OperatorId, Option<Role>> = HashMap::new();
        let mut beyond = Vec::new();
        for (token, chain) in chains {
            let tokens_fit = chain.windows(2).all(|pair| {
                let [made, by] = pair else { return true };
                !by.revoked && made.role.is_within(by.role)
            });
            let maker = chain
                .last()
                .and_then(|link| operator_of(link.made_by.as_deref()?));
            let fits = match (chain.last(), maker) {
                (Some(link), Some(maker)) => {
                    let role = match roles.entry(maker) {
                        Entry::Occupied(known) => *known.get(),
                        Entry::Vacant(unknown) => *unknown.insert(self.role_of(maker).await?),
                    };
                    role.is_some_and(|role| link.role.is_within(role))
                }
                _ => true,
            };
            if !(tokens_fit && fits) {
                beyond.push(token);
            }
        }
        Ok(beyond)
    }

    /// What an operator may do now.
    async fn role_of(&self, id: OperatorId) -> Result<Option<Role>, AccessError> {
        let operator = self.makers.find(id).await?;
        Ok(operator
            .filter(|operator| operator.disabled_at.is_none())
            .map(|operator| operator.role))
    }
}

/// Which operator the audit log names so.
fn operator_of(subject: &str) -> Option<OperatorId> {
    let id = subject.strip_prefix("operator:")?;
    Some(OperatorId::from(id.parse::<Uuid>().ok()?))
}
