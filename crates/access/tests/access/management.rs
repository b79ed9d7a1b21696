//! Managing operators and tokens: what is allowed, what is refused, and that either is written down.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{
    AccessError, AccessManagement, ApiTokenId, ApiTokens, Invitation, Invitations, OperatorId,
    OperatorInput, Operators, Role, Subject, TokenInput, TokenState,
};
use async_trait::async_trait;
use sqlx::PgPool;
use uuid::Uuid;

/// Keeps what was sent, or loses it.
#[derive(Default)]
struct Letters {
    sent: Mutex<Vec<Invitation>>,
    away: Mutex<bool>,
}

#[async_trait]
impl Invitations for Letters {
    fn valid_for(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn send(&self, invitation: Invitation) -> Result<(), String> {
        if *self.away.lock().unwrap() {
            return Err("the mail server does not answer".to_owned());
        }
        self.sent.lock().unwrap().push(invitation);
        Ok(())
    }
}

struct Office {
    pool: PgPool,
    letters: Arc<Letters>,
    desk: AccessManagement,
    operators: Operators,
    tokens: ApiTokens,
}

impl Office {
    async fn open() -> Self {
        let pool = testkit::database().await.pool;
        let letters = Arc::new(Letters::default());
        Self {
            desk: AccessManagement::new(pool.clone()).inviting_by(letters.clone()),
            letters,
            operators: Operators::new(pool.clone()),
            tokens: ApiTokens::new(pool.clone()),
            pool,
        }
    }

    async fn operator(&self, email: &str, role: Role) -> (OperatorId, Subject) {
        let id = self
            .operators
            .add(email, "correct horse battery", role)
            .await
            .unwrap();
        (id, Subject::Operator { id, role })
    }

    /// The password in the newest letter to this address.
    fn password_of(&self, email: &str) -> String {
        let sent = self.letters.sent.lock().unwrap();
        let letter = sent.iter().rev().find(|letter| letter.email == email);
        letter.unwrap().password.clone()
    }

    async fn set_role(&self, email: &str, role: Role) {
        self.operators.set_role(email, role).await.unwrap();
    }

    async fn written(&self) -> Vec<(String, String, bool)> {
        sqlx::query_as("SELECT action, object, authorized FROM audit_entries ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}

fn token(name: &str, role: &str, days: &str) -> TokenInput {
    TokenInput {
        name: name.to_owned(),
        role: role.to_owned(),
        days: days.to_owned(),
    }
}

fn operator(email: &str, role: &str) -> OperatorInput {
    OperatorInput {
        email: email.to_owned(),
        role: role.to_owned(),
    }
}

fn new_token() -> ApiTokenId {
    Uuid::now_v7().into()
}

fn wrong(error: AccessError) -> Vec<&'static str> {
    match error {
        AccessError::Invalid(fields) => fields.iter().map(|field| field.field.name()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_made_once_used_and_revoked_and_all_of_it_is_written_down() {
    let office = Office::open().await;
    let (admin_id, admin) = office.operator("ann@usher.test", Role::Admin).await;
    let id = new_token();
    let input = token(" The bank's site ", "onboarding-officer", "30");
    let (made, secret) = office.desk.create_token(&admin, id, &input).await.unwrap();
    assert_eq!((made.name.as_str(), made.days), ("The bank's site", 30));
    let again = office.desk.create_token(&admin, id, &input).await;
    assert!(matches!(again, Err(AccessError::Refused(_))), "{again:?}");

    let listed = office.desk.tokens(&admin).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].made_by.as_deref(), Some(admin.as_text().as_str()));
    assert!(listed[0].last_used_at.is_none());
    assert_eq!((listed[0].ends_at - listed[0].made_at).num_days(), 30);
    let subject = office.tokens.verify(&secret).await.unwrap().unwrap();
    assert_eq!(subject.role(), Some(Role::OnboardingOfficer));
    let used = office.desk.token(&admin, id).await.unwrap();
    assert!(used.last_used_at.is_some());

    // It ends with its maker, and comes back with them.
    let (_, other) = office.operator("bob@usher.test", Role::Admin).await;
    office
        .desk
        .disable_operator(&other, admin_id)
        .await
        .unwrap();
    assert!(office.tokens.verify(&secret).await.unwrap().is_none());
    let gone = office.desk.token(&other, id).await.unwrap();
    assert_eq!(gone.state, TokenState::MakerGone);
    office.desk.enable_operator(&other, admin_id).await.unwrap();
    assert!(office.tokens.verify(&secret).await.unwrap().is_some());

    office.desk.revoke_token(&other, id).await.unwrap();
    office.desk.revoke_token(&other, id).await.unwrap();
    assert!(office.tokens.verify(&secret).await.unwrap().is_none());
    let revoked = office.desk.token(&other, id).await.unwrap();
    assert_eq!(revoked.state, TokenState::Revoked);
    assert!(matches!(
        office.desk.revoke_token(&other, new_token()).await,
        Err(AccessError::NoSuchToken)
    ));
    let about = format!("api-token:{id}");
    let written = office.written().await;
    for action in ["token.create", "token.revoke"] {
        let entry = (action.to_owned(), about.clone(), true);
        assert!(written.contains(&entry), "{action}: {written:?}");
    }
}

#[tokio::test]
async fn what_was_typed_is_checked_field_by_field() {
    let office = Office::open().await;
    let (_, admin) = office.operator("ann@usher.test", Role::Admin).await;
    let long = "x".repeat(101);
    for (input, fields) in [
        (token("", "", ""), vec!["name", "role", "days"]),
        (token(&long, "admin", "1"), vec!["name"]),
        (token("two\nlines", "admin", "365"), vec!["name"]),
        (token("x", "king", "1"), vec!["role"]),
        (token("x", "admin", "0"), vec!["days"]),
        (token("x", "admin", "366"), vec!["days"]),
        (token("x", "admin", "-1"), vec!["days"]),
        (token("x", "admin", "1.5"), vec!["days"]),
    ] {
        let checked = office.desk.check_token(&admin, &input).await;
        assert_eq!(wrong(checked.unwrap_err()), fields, "{input:?}");
        let made = office.desk.create_token(&admin, new_token(), &input).await;
        assert_eq!(wrong(made.unwrap_err()), fields, "{input:?}");
    }
    for (input, fields) in [
        (operator("nobody", "nothing"), vec!["email", "role"]),
        (operator("ANN@usher.test", "admin"), vec!["email"]),
    ] {
        let checked = office.desk.check_operator(&admin, &input).await;
        assert_eq!(wrong(checked.err().unwrap()), fields, "{input:?}");
        let added = office
            .desk
            .add_operator(&admin, Uuid::now_v7().into(), &input)
            .await;
        assert_eq!(wrong(added.err().unwrap()), fields, "{input:?}");
    }
    assert!(office.desk.tokens(&admin).await.unwrap().is_empty());
}

#[tokio::test]
async fn without_the_permission_nothing_is_seen_or_done() {
    let office = Office::open().await;
    let (id, _) = office.operator("ann@usher.test", Role::Admin).await;
    let (_, officer) = office
        .operator("o@usher.test", Role::OnboardingOfficer)
        .await;
    let (_, auditor) = office.operator("a@usher.test", Role::Auditor).await;
    let desk = &office.desk;
    for who in [officer, auditor, Subject::Customer { id: Uuid::now_v7() }] {
        let own = who.role().unwrap_or(Role::Auditor).as_str();
        for answer in [
            desk.tokens(&who).await.err(),
            desk.operators(&who).await.err(),
            desk.check_token(&who, &token("x", own, "1")).await.err(),
            desk.create_token(&who, new_token(), &token("x", own, "1"))
                .await
                .err(),
            desk.create_token(&who, new_token(), &token("x", "admin", "1"))
                .await
                .err(),
            desk.revoke_token(&who, new_token()).await.err(),
            desk.add_operator(&who, Uuid::now_v7().into(), &operator("n@usher.test", own))
                .await
                .err(),
            desk.disable_operator(&who, id).await.err(),
            desk.enable_operator(&who, id).await.err(),
            desk.reset_password(&who, id).await.err(),
            desk.remove_second_factor(&who, id).await.err(),
        ] {
            assert!(
                matches!(answer, Some(AccessError::Forbidden { .. })),
                "{answer:?}"
            );
        }
    }
    let written = office.written().await;
    assert_eq!(written.len(), 33);
    assert!(written.iter().all(|(_, _, authorized)| !authorized));
}

#[tokio::test]
async fn nobody_disables_themselves_or_the_last_admin() {
    let office = Office::open().await;
    let (ann_id, ann) = office.operator("ann@usher.test", Role::Admin).await;
    let desk = &office.desk;
    let own = desk.disable_operator(&ann, ann_id).await;
    assert!(matches!(own, Err(AccessError::Refused(_))), "{own:?}");
    // A program with an admin's token.
    let robot = Subject::ApiToken {
        id: new_token(),
        role: Role::Admin,
    };
    let last = desk.disable_operator(&robot, ann_id).await;
    assert!(matches!(last, Err(AccessError::Refused(_))), "{last:?}");

    let id = OperatorId::from(Uuid::now_v7());
    let bob = operator("bob@usher.test", "admin");
    desk.add_operator(&ann, id, &bob).await.unwrap();
    let password = office.password_of("bob@usher.test");
    let twice = desk.add_operator(&ann, id, &bob).await.err();
    assert!(matches!(twice, Some(AccessError::Refused(_))), "{twice:?}");
    let operators = &office.operators;
    let sign_in = async |password: &str| {
        let known = operators.verify("bob@usher.test", password).await;
        known.unwrap().is_some()
    };
    assert!(sign_in(&password).await);
    let bob = Subject::Operator {
        id,
        role: Role::Admin,
    };
    // Each disables the other, at once: one stays.
    let (one, other) = tokio::join!(
        desk.disable_operator(&ann, id),
        desk.disable_operator(&bob, ann_id)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    desk.enable_operator(&robot, ann_id).await.unwrap();
    desk.enable_operator(&robot, id).await.unwrap();
    assert!(sign_in(&password).await, "with the password of before");
    desk.reset_password(&ann, id).await.unwrap();
    let fresh = office.password_of("bob@usher.test");
    assert!(!sign_in(&password).await);
    assert!(sign_in(&fresh).await);
    assert!(matches!(
        desk.disable_operator(&ann, Uuid::now_v7().into()).await,
        Err(AccessError::NoSuchOperator)
    ));
}

/// A token never allows more than its maker may at that moment, also through tokens that were made with tokens.
#[tokio::test]
async fn a_token_ends_with_the_role_of_whoever_made_it() {
    let office = Office::open().await;
    let (_, ann) = office.operator("ann@usher.test", Role::Admin).await;
    let make = async |who: &Subject, role: &str| {
        let id = new_token();
        let input = token("x", role, "1");
        let (_, secret) = office.desk.create_token(who, id, &input).await.unwrap();
        (id, secret)
    };
    let works = async |secret: &str| office.tokens.verify(secret).await.unwrap().is_some();
    let (first, admins) = make(&ann, "admin").await;
    let (_, officers) = make(&ann, "onboarding-officer").await;
    let (_, auditors) = make(&ann, "auditor").await;
    let robot = office.tokens.verify(&admins).await.unwrap().unwrap();
    let (_, grandchild) = make(&robot, "auditor").await;
    for (role, expected) in [
        (Role::Admin, [true, true, true, true]),
        (Role::OnboardingOfficer, [false, true, false, false]),
        (Role::Auditor, [false, false, true, false]),
        (Role::Admin, [true, true, true, true]),
    ] {
        office.set_role("ann@usher.test", role).await;
        for (secret, expected) in [&admins, &officers, &auditors, &grandchild]
            .into_iter()
            .zip(expected)
        {
            assert_eq!(works(secret).await, expected, "{role}");
        }
    }
    // Programs renew their tokens, so an old one that is over takes none along; one that was revoked does.
    sqlx::query("UPDATE api_tokens SET expires_at = now() WHERE id = $1")
        .bind(Uuid::from(first))
        .execute(&office.pool)
        .await
        .unwrap();
    assert!(!works(&admins).await && works(&grandchild).await);
    sqlx::query("UPDATE api_tokens SET expires_at = now() + interval '1 day' WHERE id = $1")
        .bind(Uuid::from(first))
        .execute(&office.pool)
        .await
        .unwrap();
    office.desk.revoke_token(&ann, first).await.unwrap();
    assert!(!works(&grandchild).await);
    // Of a maker whom nobody knows nothing is left.
    let stranger = Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    };
    let (_, strangers) = make(&stranger, "auditor").await;
    assert!(!works(&strangers).await);
}

#[tokio::test]
async fn a_password_goes_to_the_operator_and_to_nobody_else() {
    let office = Office::open().await;
    let (ann_id, ann) = office.operator("ann@usher.test", Role::Admin).await;
    let id = OperatorId::from(Uuid::now_v7());
    let bob = operator("bob@usher.test", "admin");
    let invited = office.desk.add_operator(&ann, id, &bob).await.unwrap();
    assert_eq!(
        (invited.email.as_str(), invited.not_sent),
        ("bob@usher.test", None)
    );
    let letter = office.letters.sent.lock().unwrap()[0].clone();
    assert!(!letter.again && letter.operator == id);
    assert!(!format!("{letter:?}").contains(&letter.password));

    *office.letters.away.lock().unwrap() = true;
    let lost = office.desk.reset_password(&ann, id).await.unwrap();
    assert_eq!(
        lost.not_sent.as_deref(),
        Some("the mail server does not answer")
    );
    let stale = office.operators.verify("bob@usher.test", &letter.password);
    assert!(stale.await.unwrap().is_none(), "the old one has ended");

    // Nothing is added that could not be brought.
    let without = AccessManagement::new(office.pool.clone());
    let carol = operator("carol@usher.test", "admin");
    let refused = without.add_operator(&ann, Uuid::now_v7().into(), &carol);
    assert!(matches!(refused.await, Err(AccessError::Refused(_))));
    assert_eq!(office.operators.list().await.unwrap().len(), 2);
    let own = office.desk.remove_second_factor(&ann, ann_id).await;
    assert!(matches!(own, Err(AccessError::Refused(_))), "{own:?}");
}
