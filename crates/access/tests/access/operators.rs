//! Operators, their door, API tokens and the audit log, on the real database.

use std::time::Duration;

use access::{
    Access, AccessError, ApiTokens, AuditAction, ObjectKind, OperatorDirectory as _, Operators,
    Permission, Role, Subject, password::WeakPassword,
};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_language_of_the_database_makes_no_other_operator() {
    let database = testkit::database_like(testkit::TURKISH).await;
    let operators = Operators::new(database.pool.clone());
    let id = operators
        .add("IRIS.JÜRGEN@BANK.EXAMPLE", PASSWORD, Role::Auditor)
        .await
        .unwrap();
    let taken = operators
        .add("iris.jürgen@bank.example", PASSWORD, Role::Admin)
        .await;
    assert!(matches!(taken, Err(AccessError::EmailTaken)), "{taken:?}");
    let known = operators
        .verify("iris.jürgen@bank.example", PASSWORD)
        .await
        .unwrap();
    assert_eq!(known.map(|operator| operator.id), Some(id));
    assert_eq!(
        operators.disable("Iris.Jürgen@bank.example").await.unwrap(),
        id
    );
}

#[tokio::test]
async fn an_operator_signs_in_whatever_the_case_of_the_email_until_disabled() {
    let database = testkit::database().await;
    let operators = Operators::new(database.pool.clone());
    let id = operators
        .add(" Ann@Usher.Test ", PASSWORD, Role::OnboardingOfficer)
        .await
        .unwrap();

    let known = operators
        .verify("ann@usher.TEST", PASSWORD)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (known.id, known.role, known.email.as_str()),
        (id, Role::OnboardingOfficer, "Ann@Usher.Test")
    );
    assert_eq!(operators.find(id).await.unwrap(), Some(known));
    assert_eq!(
        operators
            .verify("ann@usher.test", "wrong horse battery")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        operators.verify("bob@usher.test", PASSWORD).await.unwrap(),
        None
    );
    assert_eq!(
        operators
            .verify("ann@usher.test\0", PASSWORD)
            .await
            .unwrap(),
        None
    );

    operators.disable("ANN@usher.test").await.unwrap();
    assert_eq!(
        operators.verify("ann@usher.test", PASSWORD).await.unwrap(),
        None
    );
    let disabled_at = operators.find(id).await.unwrap().unwrap().disabled_at;
    assert!(disabled_at.is_some());
    operators.disable("ann@usher.test").await.unwrap();
    assert_eq!(
        operators.find(id).await.unwrap().unwrap().disabled_at,
        disabled_at,
        "disabled when first asked"
    );
    let bob = operators
        .add("bob@usher.test", PASSWORD, Role::Auditor)
        .await
        .unwrap();
    assert_eq!(
        operators.everybody().await.unwrap(),
        [
            (bob, "bob@usher.test".to_owned()),
            (id, "Ann@Usher.Test".to_owned())
        ],
        "who works here no longer comes last, but is still named"
    );
    assert!(matches!(
        operators.disable("eve@usher.test").await,
        Err(AccessError::NoSuchOperator)
    ));
}

/// A panel session asks `find` and a program's token `verify` on each request: nothing is remembered in between.
#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_at_the_next_request() {
    let database = testkit::database().await;
    let operators = Operators::new(database.pool.clone());
    let id = operators
        .add("ann@usher.test", PASSWORD, Role::Admin)
        .await
        .unwrap();
    // Another process, such as the command line.
    let elsewhere = Operators::new(PgPool::connect(&database.url).await.unwrap());
    for role in [Role::Auditor, Role::OnboardingOfficer, Role::Admin] {
        assert_eq!(
            elsewhere.set_role("ANN@usher.test", role).await.unwrap(),
            id
        );
        assert_eq!(operators.find(id).await.unwrap().unwrap().role, role);
        let signed_in = operators.verify("ann@usher.test", PASSWORD).await.unwrap();
        assert_eq!(signed_in.unwrap().role, role);
    }
    assert!(matches!(
        operators.set_role("bob@usher.test", Role::Admin).await,
        Err(AccessError::NoSuchOperator)
    ));
    // What only programs can be, no person becomes.
    for refused in [
        operators
            .set_role("ann@usher.test", Role::EventReader)
            .await,
        operators
            .add("bob@usher.test", PASSWORD, Role::EventReader)
            .await,
    ] {
        let Err(AccessError::Invalid(fields)) = refused else {
            panic!("{refused:?}");
        };
        assert!(fields[0].message.contains("is for programs"), "{fields:?}");
    }

    let tokens = ApiTokens::new(database.pool.clone());
    let (id, token) = tokens
        .mint("robot", Role::Admin, Duration::from_secs(60))
        .await
        .unwrap();
    assert!(tokens.verify(&token).await.unwrap().is_some());
    sqlx::query("UPDATE api_tokens SET role = 'auditor' WHERE id = $1")
        .bind(Uuid::from(id))
        .execute(&database.pool)
        .await
        .unwrap();
    let subject = tokens.verify(&token).await.unwrap().unwrap();
    assert!(!subject.may(Permission::AccessManage));
}

#[tokio::test]
async fn what_can_not_be_an_operator_is_refused_in_words() {
    let database = testkit::database().await;
    let operators = Operators::new(database.pool.clone());
    operators
        .add("ann@usher.test", PASSWORD, Role::Admin)
        .await
        .unwrap();

    let twice = operators
        .add("ANN@usher.test", PASSWORD, Role::Auditor)
        .await;
    assert!(matches!(twice, Err(AccessError::EmailTaken)));
    let short = operators
        .add("bob@usher.test", "short", Role::Auditor)
        .await;
    assert!(matches!(
        short,
        Err(AccessError::WeakPassword(WeakPassword::TooShort))
    ));
    let common = operators
        .add("bob@usher.test", "Password2026!", Role::Auditor)
        .await;
    assert!(
        matches!(common, Err(AccessError::WeakPassword(_))),
        "{common:?}"
    );
    let too_long = format!("{}@usher.test", "x".repeat(250));
    for email in [
        "",
        "ann",
        "@usher.test",
        "ann@",
        "a b@usher.test",
        "a@b@c",
        "a@b\0",
        too_long.as_str(),
    ] {
        let added = operators.add(email, PASSWORD, Role::Auditor).await;
        assert!(matches!(added, Err(AccessError::InvalidEmail)), "{email:?}");
    }
    assert_eq!(operators.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn seeding_is_repeatable_and_respects_what_was_changed_since() {
    let database = testkit::database().await;
    let operators = Operators::new(database.pool.clone());
    let seeded = (0..8).map(|_| {
        let operators = operators.clone();
        tokio::spawn(async move {
            operators
                .ensure("admin@usher.test", PASSWORD, Role::Admin)
                .await
                .unwrap()
        })
    });
    let mut ids = Vec::new();
    for task in seeded.collect::<Vec<_>>() {
        ids.push(task.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "eight at once make one operator");

    operators
        .ensure("admin@usher.test", "another password", Role::Admin)
        .await
        .unwrap();
    assert!(
        operators
            .verify("admin@usher.test", "another password")
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        operators
            .verify("admin@usher.test", PASSWORD)
            .await
            .unwrap()
            .is_none()
    );

    operators.disable("admin@usher.test").await.unwrap();
    operators
        .ensure("admin@usher.test", "another password", Role::Admin)
        .await
        .unwrap();
    assert!(
        operators
            .verify("admin@usher.test", "another password")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_token_speaks_for_its_role_until_it_ends_or_is_revoked() {
    let database = testkit::database().await;
    let tokens = ApiTokens::new(database.pool.clone());
    let hour = Duration::from_secs(3600);
    let (id, token) = tokens.mint("robot", Role::Auditor, hour).await.unwrap();
    assert!(token.starts_with("usher_") && token.len() > 40);
    assert_eq!(
        tokens.verify(&token).await.unwrap(),
        Some(Subject::ApiToken {
            id,
            role: Role::Auditor
        })
    );
    let stored: Vec<u8> = sqlx::query("SELECT token_hash FROM api_tokens")
        .fetch_one(&database.pool)
        .await
        .unwrap()
        .get(0);
    assert!(stored.len() == 32, "only a digest is kept");

    for wrong in [
        "",
        "usher_",
        &token[..token.len() - 1],
        "other_token",
        &token.to_uppercase(),
    ] {
        assert_eq!(tokens.verify(wrong).await.unwrap(), None, "{wrong}");
    }
    let (_, ended) = tokens
        .mint("yesterday", Role::Admin, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(tokens.verify(&ended).await.unwrap(), None);

    assert!(tokens.revoke(id).await.unwrap());
    assert!(!tokens.revoke(id).await.unwrap());
    assert_eq!(tokens.verify(&token).await.unwrap(), None);
    assert_eq!(
        tokens.name(id).await.unwrap().as_deref(),
        Some("robot"),
        "the audit log still has to name it"
    );
    assert_eq!(tokens.name(Uuid::nil().into()).await.unwrap(), None);
}

#[tokio::test]
async fn every_decision_is_written_down_also_the_refusals() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    let id = Uuid::now_v7();
    let auditor = Subject::Operator {
        id: id.into(),
        role: Role::Auditor,
    };
    let object = ObjectKind::Prospect.id(Uuid::now_v7());

    access
        .authorize(
            &auditor,
            Permission::CustomerRead,
            AuditAction::ProspectRead,
            object,
        )
        .await
        .unwrap();
    let refused = access
        .authorize(
            &auditor,
            Permission::CustomerCreate,
            AuditAction::ProspectCreate,
            object,
        )
        .await;
    assert!(matches!(
        refused,
        Err(AccessError::Forbidden {
            permission: Permission::CustomerCreate
        })
    ));
    access
        .record(
            &Subject::Customer { id },
            AuditAction::CustomerChangePassword,
            ObjectKind::Customer.number(1),
            true,
        )
        .await
        .unwrap();

    assert_eq!(
        audit(&database.pool).await,
        [
            (
                format!("operator:{id}"),
                "prospect.read".to_owned(),
                object.to_string(),
                true
            ),
            (
                format!("operator:{id}"),
                "prospect.create".to_owned(),
                object.to_string(),
                false
            ),
            (
                format!("customer:{id}"),
                "customer.change_password".to_owned(),
                "customer:1".to_owned(),
                true
            ),
        ]
    );
}

#[tokio::test]
async fn nothing_is_allowed_that_could_not_be_written_down() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    database.pool.close().await;
    let answer = access
        .authorize(
            &Subject::system("test"),
            Permission::CustomerRead,
            AuditAction::ProspectRead,
            ObjectKind::Prospect.number(1),
        )
        .await;
    assert!(matches!(answer, Err(AccessError::Database(_))));
}

async fn audit(pool: &PgPool) -> Vec<(String, String, String, bool)> {
    sqlx::query("SELECT subject, action, object, authorized FROM audit_entries ORDER BY id")
        .fetch_all(pool)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect()
}
