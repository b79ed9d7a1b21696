//! Whose a record is: assigned, taken away, kept by the customer, and told in the history.

use access::{OperatorId, Operators, Role, Subject};
use customer::{history, primitives::ProspectId};
use kernel::Error;
use serde_json::json;
use uuid::Uuid;

use crate::common::{Log, green, officer};

struct Bank {
    log: Log,
    anna: OperatorId,
    ben: OperatorId,
}

impl Bank {
    async fn open() -> Self {
        let log = Log::open().await;
        let operators = Operators::new(log.pool.clone());
        let hire = async |name: &str, role| {
            let email = format!("{name}@bank.example");
            operators
                .ensure(&email, "correct horse battery", role)
                .await
                .unwrap()
        };
        Self {
            anna: hire("anna", Role::OnboardingOfficer).await,
            ben: hire("ben", Role::Admin).await,
            log,
        }
    }

    async fn assigned(&self, id: ProspectId, to: Option<OperatorId>) -> Result<(), Error> {
        self.log.onboarding.assign(&self.by_ben(), id, to).await
    }

    fn by_ben(&self) -> Subject {
        Subject::Operator {
            id: self.ben,
            role: Role::Admin,
        }
    }

    async fn assignees(
        &self,
        id: ProspectId,
    ) -> (Option<OperatorId>, Option<Uuid>, Option<Option<Uuid>>) {
        let prospect = self.log.onboarding.prospect(&officer(), id).await.unwrap();
        let column = |table| {
            let sql = format!("SELECT assignee FROM {table} WHERE id = $1");
            let pool = self.log.pool.clone();
            async move {
                let row: Option<(Option<Uuid>,)> = sqlx::query_as(&sql)
                    .bind(Uuid::from(id))
                    .fetch_optional(&pool)
                    .await
                    .unwrap();
                row.map(|row| row.0)
            }
        };
        let listed = column("prospects").await.unwrap();
        (prospect.assignee, listed, column("customers").await)
    }

    async fn history(&self, id: ProspectId) -> Vec<String> {
        let prospect = self.log.onboarding.prospect(&officer(), id).await.unwrap();
        let name = |who: &str| match who {
            it if it == self.anna.as_actor() => "Anna".to_owned(),
            it if it == self.ben.as_actor() => "Ben".to_owned(),
            other => other.to_owned(),
        };
        history::prospect_history(&prospect)
            .iter()
            .filter(|entry| entry.what.starts_with("Assigned"))
            .map(|entry| {
                format!(
                    "{} by {}",
                    entry.told(name),
                    name(entry.by.as_ref().unwrap())
                )
            })
            .collect()
    }
}

#[tokio::test]
async fn a_record_is_assigned_and_the_customer_keeps_it() {
    let bank = Bank::open().await;
    let id = bank.log.prospect("ada@example.com").await;
    assert_eq!(bank.assignees(id).await, (None, None, None));
    bank.assigned(id, Some(bank.anna)).await.unwrap();
    // The same again records nothing.
    bank.assigned(id, Some(bank.anna)).await.unwrap();
    let anna = Some(Uuid::from(bank.anna));
    assert_eq!(bank.assignees(id).await, (Some(bank.anna), anna, None));
    bank.log.receives(&green(id, 5)).await;
    assert_eq!(
        bank.assignees(id).await,
        (Some(bank.anna), anna, Some(anna))
    );
    bank.log
        .onboarding
        .assign_to_me(&bank.by_ben(), id)
        .await
        .unwrap();
    bank.assigned(id, None).await.unwrap();
    assert_eq!(bank.assignees(id).await, (None, None, Some(None)));
    assert_eq!(
        bank.history(id).await,
        [
            "Assigned to Anna by Ben",
            "Assigned to Ben by Ben",
            "Assigned to nobody by Ben"
        ]
    );
    let told: Vec<serde_json::Value> = sqlx::query_scalar(
        "SELECT payload FROM outbox_events WHERE payload ->> 'type' = 'ProspectAssigned' ORDER BY turn, number",
    )
    .fetch_all(&bank.log.pool)
    .await
    .unwrap();
    let told: Vec<_> = told.iter().map(|event| event["assignee"].clone()).collect();
    assert_eq!(told, [json!(bank.anna), json!(bank.ben), json!(null)]);
}

#[tokio::test]
async fn only_who_may_change_records_can_be_given_one() {
    let bank = Bank::open().await;
    let id = bank.log.prospect("ada@example.com").await;
    let operators = Operators::new(bank.log.pool.clone());
    let auditor = operators
        .ensure("eve@bank.example", "correct horse battery", Role::Auditor)
        .await
        .unwrap();
    bank.assigned(id, Some(bank.anna)).await.unwrap();
    operators.disable("anna@bank.example").await.unwrap();
    for nobody in [auditor, OperatorId::from(Uuid::now_v7())] {
        let refused = bank.assigned(id, Some(nobody)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    // What she had stays hers; nothing new comes to her.
    bank.assigned(id, Some(bank.anna)).await.unwrap();
    let other = bank.log.prospect("bob@example.com").await;
    let refused = bank.assigned(other, Some(bank.anna)).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let colleagues = bank.log.onboarding.colleagues().await.unwrap();
    let colleagues: Vec<_> = colleagues.iter().map(|it| it.email.as_str()).collect();
    assert_eq!(colleagues, ["ben@bank.example"]);
    let eve = Subject::Operator {
        id: auditor,
        role: Role::Auditor,
    };
    let refused = bank.log.onboarding.assign_to_me(&eve, id).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = bank.log.onboarding.assign_to_me(&officer(), id).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}
