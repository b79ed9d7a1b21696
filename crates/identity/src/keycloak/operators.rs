//! Who works at the bank, by Keycloak's internal realm.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use access::{AccessError, Operator, OperatorDirectory, OperatorId, Role};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::{KeycloakConfig, PANEL_CLIENT, call::CallError, http, realm::Realm};

/// What was read so recently is not read again.
const FRESH: Duration = Duration::from_secs(20);
/// That somebody has no role is not believed for long: who was just given one comes right back.
const NOBODY_FRESH: Duration = Duration::from_secs(2);
/// What is older is waited for: a role that was taken away works no longer than a minute.
const STALE: Duration = Duration::from_secs(45);
/// Nobody waits longer than this: while Keycloak is away nobody can take a role away either.
const WAIT_AT_MOST: Duration = Duration::from_secs(2);

/// The operators of Keycloak's internal realm: the realm's roles `admin`, `onboarding-officer`, `auditor` and `event-reader` say what each
/// may do; of several the first counts. A program's service account with such a role is one, too.
#[derive(Clone)]
pub struct KeycloakOperators(Arc<Shared>);

struct Shared {
    realm: Realm,
    pool: PgPool,
    seen: Mutex<HashMap<OperatorId, Seen>>,
}

#[derive(Clone)]
struct Seen {
    operator: Option<Operator>,
    at: Instant,
    /// Somebody reads it anew at this moment.
    reading: bool,
}

impl Seen {
    fn fresh_for(&self) -> Duration {
        if self.operator.is_some() {
            FRESH
        } else {
            NOBODY_FRESH
        }
    }
}

impl KeycloakOperators {
    /// The operators of `config`'s internal realm. Asks Keycloak nothing yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(config: &KeycloakConfig, pool: PgPool) -> Result<Self, reqwest::Error> {
        let realm = Realm::new(
            config,
            &config.internal_realm,
            PANEL_CLIENT,
            &config.panel_secret,
            http(config.timeout)?,
        );
        Ok(Self(Arc::new(Shared {
            realm,
            pool,
            seen: Mutex::default(),
        })))
    }
}

#[async_trait]
impl OperatorDirectory for KeycloakOperators {
    async fn find(&self, id: OperatorId) -> Result<Option<Operator>, AccessError> {
        let seen = self.0.seen(id);
        match seen {
            Some(seen) if seen.at.elapsed() < seen.fresh_for() => Ok(seen.operator),
            Some(Seen {
                operator: Some(operator),
                at,
                ..
            }) if at.elapsed() < STALE => {
                if self.0.begin_reading(id) {
                    let shared = Arc::clone(&self.0);
                    tokio::spawn(async move { shared.read(id).await });
                }
                Ok(Some(operator))
            }
            seen => {
                let shared = Arc::clone(&self.0);
                // A task of its own: it goes on when nobody waits for it any more.
                let reading = tokio::spawn(async move { shared.read(id).await });
                match tokio::time::timeout(WAIT_AT_MOST, reading).await {
                    Ok(Ok(Ok(operator))) => Ok(operator),
                    _ => self.0.last_known(id, seen).await,
                }
            }
        }
    }

    async fn everybody(&self) -> Result<Vec<(OperatorId, String)>, AccessError> {
        let rows = sqlx::query!(
            "SELECT id, name FROM keycloak_operators
             ORDER BY role IS NULL OR disabled_at IS NOT NULL, lower(name COLLATE \"C\")"
        )
        .fetch_all(&self.0.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id.into(), row.name))
            .collect())
    }

    async fn at_work(&self) -> Result<Vec<Operator>, AccessError> {
        let rows = sqlx::query!(
            r#"SELECT id, name, role AS "role!" FROM keycloak_operators
               WHERE role IS NOT NULL AND disabled_at IS NULL ORDER BY lower(name COLLATE "C")"#
        )
        .fetch_all(&self.0.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Operator {
                    id: row.id.into(),
                    email: row.name,
                    role: row.role.parse()?,
                    disabled_at: None,
                    login: None,
                })
            })
            .collect()
    }
}

impl Shared {
    fn seen(&self, id: OperatorId) -> Option<Seen> {
        self.seen.lock().ok()?.get(&id).cloned()
    }

    /// Whether nobody else reads it already.
    fn begin_reading(&self, id: OperatorId) -> bool {
        let Ok(mut seen) = self.seen.lock() else {
            return false;
        };
        seen.get_mut(&id)
            .is_some_and(|seen| !std::mem::replace(&mut seen.reading, true))
    }

    fn remember(&self, id: OperatorId, operator: Option<Operator>) {
        if let Ok(mut seen) = self.seen.lock() {
            // Who hasn't been asked about for long is not kept.
            seen.retain(|_, seen| seen.at.elapsed() < STALE * 10);
            seen.insert(
                id,
                Seen {
                    operator,
                    at: Instant::now(),
                    reading: false,
                },
            );
        }
    }

    async fn read(&self, id: OperatorId) -> Result<Option<Operator>, CallError> {
        match self.ask(id).await {
            Ok(operator) => {
                self.remember(id, operator.clone());
                Ok(operator)
            }
            Err(error) => {
                tracing::debug!(operator = %id, ?error, "could not read an operator's role");
                if let Ok(mut seen) = self.seen.lock()
                    && let Some(seen) = seen.get_mut(&id)
                {
                    seen.reading = false;
                }
                Err(error)
            }
        }
    }

    async fn ask(&self, id: OperatorId) -> Result<Option<Operator>, CallError> {
        let user = self.realm.user(id.into()).await?;
        let operator = match user {
            None => None,
            Some(user) => {
                let roles = self.realm.roles(id.into()).await?;
                let role = Role::ALL
                    .into_iter()
                    .find(|role| roles.iter().any(|name| name == role.as_str()));
                Some((
                    user.email.unwrap_or(user.name),
                    role,
                    (!user.enabled).then(Utc::now),
                ))
            }
        };
        let written = match &operator {
            Some((name, role, disabled_at)) => self.write(id, name, *role, *disabled_at).await,
            None => self.write_gone(id).await,
        };
        if let Err(error) = written {
            tracing::warn!(%error, "could not write down what Keycloak says of an operator");
        }
        Ok(operator.and_then(|(email, role, disabled_at)| {
            Some(Operator {
                id,
                email,
                role: role?,
                disabled_at,
                login: None,
            })
        }))
    }

    /// For an outage, and for the history's names.
    async fn write(
        &self,
        id: OperatorId,
        name: &str,
        role: Option<Role>,
        disabled_at: Option<DateTime<Utc>>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO keycloak_operators AS known (id, name, role, disabled_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET name = $2, role = $3,
                 disabled_at = CASE WHEN $4::timestamptz IS NULL THEN NULL ELSE coalesce(known.disabled_at, $4) END
             WHERE (known.name, known.role, known.disabled_at IS NULL) IS DISTINCT FROM ($2, $3, $4::timestamptz IS NULL)",
            Uuid::from(id),
            name,
            role.map(Role::as_str),
            disabled_at,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Who is gone keeps the name, for what they did, and nothing else.
    async fn write_gone(&self, id: OperatorId) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE keycloak_operators SET role = NULL WHERE id = $1 AND role IS NOT NULL",
            Uuid::from(id)
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Keycloak is away: what it said last counts, by this process or another one. It is read in the background from now on.
    async fn last_known(
        &self,
        id: OperatorId,
        seen: Option<Seen>,
    ) -> Result<Option<Operator>, AccessError> {
        let operator = match seen {
            Some(seen) => seen.operator,
            None => {
                let row = sqlx::query!(
                    "SELECT name, role, disabled_at FROM keycloak_operators WHERE id = $1",
                    Uuid::from(id)
                )
                .fetch_optional(&self.pool)
                .await?;
                match row.and_then(|row| Some((row.name, row.role?, row.disabled_at))) {
                    None => None,
                    Some((email, role, disabled_at)) => Some(Operator {
                        id,
                        email,
                        role: role.parse()?,
                        disabled_at,
                        login: None,
                    }),
                }
            }
        };
        if let Ok(mut all) = self.seen.lock() {
            let aged = Instant::now()
                .checked_sub(FRESH)
                .unwrap_or_else(Instant::now);
            all.insert(
                id,
                Seen {
                    operator: operator.clone(),
                    at: aged,
                    reading: false,
                },
            );
        }
        Ok(operator)
    }
}
