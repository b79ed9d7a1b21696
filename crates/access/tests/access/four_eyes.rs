//! Who counts as whose second pair of eyes.

use std::{sync::Arc, time::Duration};

use access::{
    AccessManagement, ApiTokenId, Eyes, GivenPassword, Invitation, Invitations,
    OperatorDirectory as _, OperatorId, OperatorInput, Operators, Role, Subject, TokenInput,
    eyes_of,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";
const OWN: &str = "lantern over quiet water";

struct Post;

#[async_trait]
impl Invitations for Post {
    fn valid_for(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn send(&self, _: Invitation) -> Result<(), String> {
        Ok(())
    }
}

struct Office {
    pool: PgPool,
    desk: AccessManagement,
    operators: Operators,
}

impl Office {
    async fn open() -> Self {
        let pool = testkit::database().await.pool;
        Self {
            desk: AccessManagement::new(pool.clone()).inviting_by(Arc::new(Post)),
            operators: Operators::new(pool.clone()),
            pool,
        }
    }

    /// An admin who has worked here for long.
    async fn admin(&self, email: &str) -> Subject {
        let id = self.operators.add(email, PASSWORD, Role::Admin).await;
        of(id.unwrap())
    }

    /// An admin whom `by` adds.
    async fn added_by(&self, by: &Subject, email: &str) -> Subject {
        let id = Uuid::now_v7().into();
        let input = OperatorInput {
            email: email.to_owned(),
            role: "admin".to_owned(),
        };
        self.desk.add_operator(by, id, &input).await.unwrap();
        of(id)
    }

    async fn token_of(&self, by: &Subject) -> Subject {
        let id = ApiTokenId::from(Uuid::now_v7());
        let input = TokenInput {
            name: "x".to_owned(),
            role: "admin".to_owned(),
            days: "1".to_owned(),
        };
        self.desk.create_token(by, id, &input).await.unwrap();
        Subject::ApiToken {
            id,
            role: Role::Admin,
        }
    }

    async fn chooses(&self, who: &Subject) {
        let operator = self.operators.find(id(who)).await.unwrap().unwrap();
        let chosen = self.operators.choose_password(&operator, OWN).await;
        chosen.unwrap();
    }

    /// Whether they are one, in whichever order they act.
    async fn one(&self, one: &Subject, other: &Subject) -> bool {
        let now = Utc::now() + chrono::TimeDelta::seconds(1);
        let there = self.one_since(one, other, now).await;
        assert_eq!(there, self.one_since(other, one, now).await);
        there
    }

    async fn one_since(&self, confirms: &Subject, began: &Subject, at: DateTime<Utc>) -> bool {
        let eyes = eyes_of(&self.pool, confirms, &began.as_text(), at)
            .await
            .unwrap();
        let own = (confirms == began).then_some(Eyes::Own);
        assert!(own.is_none_or(|own| own == eyes), "{eyes:?}");
        eyes != Eyes::Two
    }

    /// Puts everything that was done to logins so far into the past.
    async fn later(&self, by: &str) {
        sqlx::query("UPDATE operator_credentials SET at = at - $1::interval")
            .bind(by)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("UPDATE api_tokens SET created_at = created_at - $1::interval")
            .bind(by)
            .execute(&self.pool)
            .await
            .unwrap();
    }
}

fn of(id: OperatorId) -> Subject {
    Subject::Operator {
        id,
        role: Role::Admin,
    }
}

fn id(who: &Subject) -> OperatorId {
    match who {
        Subject::Operator { id, .. } => *id,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_login_is_its_makers_until_its_owner_has_set_a_password() {
    let office = Office::open().await;
    let (ann, carol) = (
        office.admin("ann@usher.test").await,
        office.admin("carol@usher.test").await,
    );
    assert!(!office.one(&ann, &carol).await);
    assert!(office.one(&ann, &ann).await);
    let bob = office.added_by(&ann, "bob@usher.test").await;
    let dan = office.added_by(&ann, "dan@usher.test").await;
    assert!(office.one(&ann, &bob).await);
    assert!(office.one(&bob, &dan).await, "two logins of one maker");
    assert!(!office.one(&carol, &bob).await);
    // However long it takes.
    office.later("3 days").await;
    assert!(office.one(&ann, &bob).await);
    office.chooses(&bob).await;
    assert!(!office.one(&ann, &bob).await);
    assert!(!office.one(&bob, &dan).await);

    // And the same again, by who resets it, also through a token.
    let robot = office.token_of(&ann).await;
    office.desk.reset_password(&robot, id(&bob)).await.unwrap();
    assert!(office.one(&ann, &bob).await);
    assert!(office.one(&robot, &bob).await);
    assert!(!office.one(&carol, &bob).await);
    office.chooses(&bob).await;
    assert!(!office.one(&ann, &bob).await);
}

#[tokio::test]
async fn what_a_login_was_made_for_stays_so() {
    let office = Office::open().await;
    let (ann, carol) = (
        office.admin("ann@usher.test").await,
        office.admin("carol@usher.test").await,
    );
    let began = Utc::now();
    let bob = office.added_by(&ann, "bob@usher.test").await;
    let token = office.token_of(&bob).await;
    let in_between = Utc::now();
    office.chooses(&bob).await;
    assert!(!office.one(&ann, &bob).await);
    assert!(
        office.one(&ann, &token).await,
        "ann may have kept the token"
    );
    assert!(!office.one(&carol, &token).await);
    // What bob's login began while it was ann's, ann doesn't confirm; what it began with bob's own password, she does.
    assert!(office.one_since(&ann, &bob, in_between).await);
    assert!(!office.one_since(&ann, &bob, began).await);
    let fresh = office.token_of(&bob).await;
    assert!(!office.one(&ann, &fresh).await);
}

#[tokio::test]
async fn who_saw_the_password_waits_a_day_more() {
    let office = Office::open().await;
    let ann = office.admin("ann@usher.test").await;
    let cli = Subject::system("cli");
    let given = GivenPassword {
        password: PASSWORD,
        by: &cli,
        known: true,
        temporary_for: Some(Duration::from_secs(3600)),
    };
    let bob = office
        .operators
        .add_given("bob@usher.test", Role::Admin, &given)
        .await;
    let bob = of(bob.unwrap());
    assert!(
        office.one(&ann, &bob).await,
        "anybody may sit at the command line"
    );
    office.chooses(&bob).await;
    assert!(
        office.one(&ann, &bob).await,
        "who saw it could have chosen it"
    );
    office.later("23 hours").await;
    assert!(office.one(&ann, &bob).await);
    office.later("2 hours").await;
    assert!(!office.one(&ann, &bob).await);
    // Not by waiting alone.
    office
        .operators
        .reset_password(id(&bob), &given)
        .await
        .unwrap();
    office.later("30 hours").await;
    assert!(office.one(&ann, &bob).await);
}

#[tokio::test]
async fn a_second_factor_that_was_taken_away_counts_as_a_reset() {
    let office = Office::open().await;
    let (ann, bob) = (
        office.admin("ann@usher.test").await,
        office.admin("bob@usher.test").await,
    );
    sqlx::query("INSERT INTO operator_second_factors VALUES ($1, '\\x00', 0)")
        .bind(Uuid::from(id(&bob)))
        .execute(&office.pool)
        .await
        .unwrap();
    office
        .desk
        .remove_second_factor(&ann, id(&bob))
        .await
        .unwrap();
    assert!(office.one(&ann, &bob).await);
    let operator = office.operators.find(id(&bob)).await.unwrap().unwrap();
    office
        .operators
        .change_password(&operator, PASSWORD, OWN)
        .await
        .unwrap();
    assert!(!office.one(&ann, &bob).await);
    let nothing_left = office.desk.remove_second_factor(&ann, id(&bob)).await;
    assert!(nothing_left.is_err());
}
