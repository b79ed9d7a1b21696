//! The domain service that every door calls: panel, portal, programs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use access::{Access, Permission, Subject};
use chrono::Utc;
use futures::{Stream, StreamExt as _};
use sqlx::PgPool;
use sumsub::{Client, LinkRequest};
use uuid::Uuid;

use crate::{
    callback_log::drain::Drain,
    counts::StageCounts,
    customer::{Customer, Customers},
    error::OnboardingError,
    event::Outbox,
    input::{CheckedInput, ProspectInput, parse},
    kyc::Rules,
    levels::Levels,
    primitives::{CustomerId, ProspectId, PublicId, Stage},
    prospect::{LinkRecord, NewProspect, Prospect, Prospects},
    taken::{self, Taken},
};

/// The bank's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which Sumsub level a customer type goes through.
    pub levels: Levels,
    /// How callbacks are judged.
    pub rules: Rules,
    /// How long a verification link lives.
    pub link_ttl: Duration,
}

/// A prospect or customer changed; look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The UUID that a prospect and its customer share.
    pub id: Uuid,
}

/// The domain service. Checks permissions, keeps the rules, writes events.
#[derive(Clone)]
pub struct Onboarding {
    pub(crate) pool: PgPool,
    access: Access,
    outbox: Outbox,
    prospects: Prospects,
    customers: Customers,
    sumsub: Client,
    settings: Settings,
    counts: Arc<StageCounts>,
}

impl Onboarding {
    /// Wires the service. `outbox` is the one that everything publishes to.
    #[must_use]
    pub fn new(
        pool: PgPool,
        outbox: Outbox,
        access: Access,
        sumsub: Client,
        settings: Settings,
    ) -> Self {
        Self {
            prospects: Prospects::new(pool.clone(), outbox.clone()),
            customers: Customers::new(pool.clone(), outbox.clone()),
            pool,
            access,
            outbox,
            sumsub,
            settings,
            counts: Arc::default(),
        }
    }

    /// The processing of the callback log, for a claim loop.
    #[must_use]
    pub fn drain(&self) -> Drain {
        Drain {
            pool: self.pool.clone(),
            outbox: self.outbox.clone(),
            prospects: self.prospects.clone(),
            customers: self.customers.clone(),
            levels: self.settings.levels.clone(),
            rules: self.settings.rules,
        }
    }

    /// Tells of every change from now on, from any server on the database.
    pub fn subscribe(&self) -> impl Stream<Item = Changed> + Send + 'static {
        self.outbox
            .listen_persisted(None)
            .filter_map(|event| async move {
                let event = event.ok()?;
                event.payload.as_ref().map(|payload| Changed {
                    id: payload.subject(),
                })
            })
    }

    /// Whether `input` could become a prospect now: every field that could not, with words for who typed it.
    ///
    /// # Errors
    /// [`OnboardingError::Invalid`] with the fields; or that it could not be found out.
    pub async fn check_input(
        &self,
        subject: &Subject,
        input: &ProspectInput,
    ) -> Result<CheckedInput, OnboardingError> {
        if !subject.may(Permission::CustomerCreate) {
            self.access
                .authorize(
                    subject,
                    Permission::CustomerCreate,
                    "prospect.create",
                    "prospect:new",
                )
                .await?;
        }
        let checked = parse(input)?;
        let taken = taken::look(&self.pool, &checked).await?;
        if taken.is_empty() {
            Ok(checked)
        } else {
            Err(OnboardingError::Invalid(taken))
        }
    }

    /// Creates a prospect: stage New, KYC Not Started. The same `id` again answers the prospect that it made.
    ///
    /// # Errors
    /// [`OnboardingError::Invalid`] with the fields that are refused; nothing is done then.
    pub async fn create_prospect(
        &self,
        subject: &Subject,
        id: ProspectId,
        input: &ProspectInput,
    ) -> Result<Prospect, OnboardingError> {
        let object = format!("prospect:{id}");
        self.access
            .authorize(
                subject,
                Permission::CustomerCreate,
                "prospect.create",
                &object,
            )
            .await?;
        if let Some(made) = self.find_prospect(id).await? {
            return Ok(made);
        }
        let checked = parse(input)?;
        let mut op = self.outbox.begin_op().await?;
        if let Taken::BySomeone = taken::take(&mut op, id.into(), &checked).await? {
            drop(op);
            // Maybe by this very form, sent twice at once.
            if let Some(made) = self.find_prospect(id).await? {
                return Ok(made);
            }
            return Err(OnboardingError::Invalid(
                taken::look(&self.pool, &checked).await?,
            ));
        }
        let number = sqlx::query_scalar!(r#"SELECT nextval('public_id_seq') AS "number!""#)
            .fetch_one(es_entity::AtomicOperation::as_executor(&mut op))
            .await?;
        let new = NewProspect {
            id,
            public_id: PublicId(number.to_string()),
            email: checked.email,
            telegram_handle: checked.telegram_handle,
            customer_type: checked.customer_type,
            created_by: subject.as_text(),
        };
        let prospect = self
            .prospects
            .create_in_op(&mut op, new)
            .await
            .map_err(OnboardingError::entity)?;
        op.commit().await?;
        tracing::info!(prospect = %id, "prospect created");
        Ok(prospect)
    }

    /// Asks Sumsub for a verification link and records it. Nothing is recorded when Sumsub refuses.
    ///
    /// # Errors
    /// Sumsub's own words; or that the prospect's stage does not allow it.
    pub async fn generate_link(
        &self,
        subject: &Subject,
        id: ProspectId,
    ) -> Result<LinkRecord, OnboardingError> {
        let object = format!("prospect:{id}");
        self.access
            .authorize(
                subject,
                Permission::CustomerUpdate,
                "prospect.generate_link",
                &object,
            )
            .await?;
        let prospect = self
            .find_prospect(id)
            .await?
            .ok_or(OnboardingError::NotFound)?;
        may_have_link(&prospect)?;
        let level = self.settings.levels.of(prospect.customer_type).to_owned();
        let ttl = self.settings.link_ttl;
        let created_at = Utc::now();
        let link = self
            .sumsub
            .create_link(&LinkRequest {
                level_name: level.clone(),
                user_id: id.to_string(),
                ttl,
                email: prospect.email(),
                phone: None,
                redirect: None,
            })
            .await?;
        let expires_at =
            created_at + chrono::TimeDelta::from_std(ttl).unwrap_or(chrono::TimeDelta::MAX);
        // Sumsub has been asked outside of any transaction: look again, the prospect may have moved on.
        let mut op = self.outbox.begin_op().await?;
        sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE id = $1 FOR UPDATE",
            Uuid::from(id)
        )
        .fetch_one(es_entity::AtomicOperation::as_executor(&mut op))
        .await?;
        let mut prospect = self
            .prospects
            .find_by_id_in_op(&mut op, id)
            .await
            .map_err(OnboardingError::entity)?;
        may_have_link(&prospect)?;
        let record = LinkRecord {
            url: Some(link.url.to_string()),
            level,
            created_at,
            expires_at,
        };
        prospect.record_link(
            link.url.to_string(),
            record.level.clone(),
            created_at,
            expires_at,
            subject.as_text(),
        );
        self.prospects
            .update_in_op(&mut op, &mut prospect)
            .await
            .map_err(OnboardingError::entity)?;
        op.commit().await?;
        Ok(record)
    }

    /// One prospect, also after conversion. That somebody looked is written down.
    ///
    /// # Errors
    /// [`OnboardingError::NotFound`].
    pub async fn prospect_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Prospect, OnboardingError> {
        let id = sqlx::query_scalar!("SELECT id FROM prospects WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(OnboardingError::NotFound)?;
        let object = format!("prospect:{id}");
        self.access
            .authorize(subject, Permission::CustomerRead, "prospect.read", &object)
            .await?;
        self.find_prospect(id.into())
            .await?
            .ok_or(OnboardingError::NotFound)
    }

    /// One customer. That somebody looked is written down.
    ///
    /// # Errors
    /// [`OnboardingError::NotFound`].
    pub async fn customer_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Customer, OnboardingError> {
        let id = sqlx::query_scalar!("SELECT id FROM customers WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(OnboardingError::NotFound)?;
        let object = format!("customer:{id}");
        self.access
            .authorize(subject, Permission::CustomerRead, "customer.read", &object)
            .await?;
        self.find_customer(id.into())
            .await?
            .ok_or(OnboardingError::NotFound)
    }

    /// The customer that a portal session is for; their own record needs no permission.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn own_record(&self, id: CustomerId) -> Result<Option<Customer>, OnboardingError> {
        self.find_customer(id).await
    }

    /// Locks customers, in the order of their ids, until the transaction ends.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lock_customers_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        mut ids: Vec<Uuid>,
    ) -> Result<(), OnboardingError> {
        ids.sort_unstable();
        ids.dedup();
        sqlx::query!(
            "SELECT id FROM customers WHERE id = ANY($1) ORDER BY id FOR UPDATE",
            &ids
        )
        .fetch_all(es_entity::AtomicOperation::as_executor(op))
        .await?;
        Ok(())
    }

    /// Records what provisioning did. The customers have to be locked.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_progress_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        progress: &[Progress],
    ) -> Result<(), OnboardingError> {
        let ids: Vec<CustomerId> = progress.iter().map(|p| p.customer).collect();
        let mut customers = self
            .customers
            .find_all_in_op::<Customer>(&mut *op, &ids)
            .await
            .map_err(OnboardingError::entity)?;
        for one in progress {
            let Some(customer) = customers.get_mut(&one.customer) else {
                continue;
            };
            customer.step_done(one.step, one.detail.clone());
            if one.completes {
                customer.provisioning_completed();
            }
        }
        let mut changed: Vec<Customer> = customers
            .into_values()
            .filter(Customer::is_changed)
            .collect();
        if !changed.is_empty() {
            self.customers
                .update_all_in_op(op, &mut changed)
                .await
                .map_err(OnboardingError::entity)?;
        }
        Ok(())
    }

    /// How many prospects are at each stage (those at none are missing); may be some seconds old.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn stage_counts(
        &self,
        subject: &Subject,
    ) -> Result<HashMap<Stage, i64>, OnboardingError> {
        self.may_read(subject, "prospect.list").await?;
        Ok(self.counts.get(&self.pool).await?)
    }

    /// Lists show no more than what the role may see anyway: only a refusal is written down.
    pub(crate) async fn may_read(
        &self,
        subject: &Subject,
        action: &str,
    ) -> Result<(), OnboardingError> {
        if !subject.may(Permission::CustomerRead) {
            self.access
                .authorize(subject, Permission::CustomerRead, action, "list")
                .await?;
        }
        Ok(())
    }

    /// Begins a transaction whose events are published when it commits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<es_entity::DbOp<'static>, OnboardingError> {
        Ok(self.outbox.begin_op().await?)
    }

    /// The outbox, for subscribers.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    async fn find_prospect(&self, id: ProspectId) -> Result<Option<Prospect>, OnboardingError> {
        self.prospects
            .maybe_find_by_id(id)
            .await
            .map_err(OnboardingError::entity)
    }

    async fn find_customer(&self, id: CustomerId) -> Result<Option<Customer>, OnboardingError> {
        self.customers
            .maybe_find_by_id(id)
            .await
            .map_err(OnboardingError::entity)
    }
}

/// A step of a customer's provisioning was done.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Whose.
    pub customer: CustomerId,
    /// The step's name.
    pub step: &'static str,
    /// What came of it, never personal data.
    pub detail: Option<String>,
    /// It was the last one.
    pub completes: bool,
}

/// The row *generate link* of `design.md`'s tables.
fn may_have_link(prospect: &Prospect) -> Result<(), OnboardingError> {
    match prospect.kyc.stage {
        stage @ (Stage::Converted | Stage::Closed) => Err(OnboardingError::WrongStage(stage)),
        _ => Ok(()),
    }
}
