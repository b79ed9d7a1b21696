//! The built-in identity on the real database: what provisioning asks of it, and the portal's door.

use std::{collections::HashSet, time::Duration};

use access::password::WeakPassword;
use futures::future::join_all;
use identity::{
    BuiltInIdentity, ChoosePasswordError, IdentityError, IdentityProvider as _, NewLogin,
    PasswordOutcome, SignIn, TemporaryPassword,
};
use sqlx::PgPool;
use uuid::Uuid;

const CHOSEN: &str = "four words in a row";

fn login(customer_id: Uuid, email: &str) -> NewLogin {
    NewLogin {
        customer_id,
        email: email.to_owned(),
    }
}

/// A customer with a login and a temporary password.
async fn customer(identity: &BuiltInIdentity, email: &str) -> (Uuid, TemporaryPassword) {
    let id = Uuid::now_v7();
    identity
        .ensure_logins(&[login(id, email)], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    let password = temporary(identity, id).await;
    (id, password)
}

async fn temporary(identity: &BuiltInIdentity, id: Uuid) -> TemporaryPassword {
    match identity
        .set_temporary_passwords(&[id], &identity::SoleOwner)
        .await
        .remove(0)
    {
        Ok(PasswordOutcome::Set(password)) => password,
        other => panic!("{other:?}"),
    }
}

async fn count(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM logins")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_language_of_the_database_makes_no_other_login() {
    let database = testkit::database_like(testkit::TURKISH).await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (id, password) = customer(&identity, "IRIS@EXAMPLE.COM").await;
    let signed_in = identity
        .sign_in("iris@example.com", password.expose())
        .await
        .unwrap();
    assert!(
        matches!(signed_in, SignIn::MustChoosePassword { customer_id, .. } if customer_id == id),
        "{signed_in:?}"
    );
    let other = identity
        .ensure_logins(
            &[login(Uuid::now_v7(), "iris@example.com")],
            &identity::SoleOwner,
        )
        .await
        .remove(0);
    assert!(
        matches!(&other, Err(IdentityError::NeedsPerson(words)) if words.contains(&id.to_string())),
        "{other:?}"
    );
}

#[tokio::test]
async fn twenty_at_once_for_one_customer_make_one_login() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let id = Uuid::now_v7();
    let wanted = [login(id, "ann@example.com")];
    let results =
        join_all((0..20).map(|_| identity.ensure_logins(&wanted, &identity::SoleOwner))).await;
    let ids: HashSet<_> = results
        .into_iter()
        .map(|mut one| one.remove(0).unwrap())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(count(&database.pool).await, 1);
}

#[tokio::test]
async fn overlapping_batches_at_once_do_not_lock_each_other_out() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let mut batch: Vec<NewLogin> = (0..100)
        .map(|n| login(Uuid::now_v7(), &format!("c{n}@example.com")))
        .collect();
    let forwards = batch.clone();
    batch.reverse();
    let customers: Vec<Uuid> = batch.iter().map(|new| new.customer_id).collect();
    let reversed: Vec<Uuid> = customers.iter().rev().copied().collect();
    for _ in 0..5 {
        let (one, two) = tokio::join!(
            identity.ensure_logins(&forwards, &identity::SoleOwner),
            identity.ensure_logins(&batch, &identity::SoleOwner)
        );
        assert!(one.iter().chain(&two).all(Result::is_ok));
        let (one, two) = tokio::join!(
            identity.set_temporary_passwords(&customers, &identity::SoleOwner),
            identity.set_temporary_passwords(&reversed, &identity::SoleOwner)
        );
        assert!(
            one.iter()
                .chain(&two)
                .all(|outcome| matches!(outcome, Ok(PasswordOutcome::Set(_))))
        );
    }
    assert_eq!(count(&database.pool).await, 100);
}

#[tokio::test]
async fn a_bad_item_never_fails_its_neighbours() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (owner, _) = customer(&identity, "Taken@Example.com").await;
    let (first, second, third) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let batch = [
        login(first, "first@example.com"),
        login(second, "taken@example.COM"),
        login(Uuid::now_v7(), "nul\0@example.com"),
        login(Uuid::now_v7(), "no address"),
        login(third, "third@example.com"),
        login(first, "first@example.com"),
        login(Uuid::now_v7(), "THIRD@example.com"),
    ];
    let results = identity.ensure_logins(&batch, &identity::SoleOwner).await;
    assert!(results[0].is_ok() && results[4].is_ok());
    assert_eq!(results[5], results[0], "asked twice, one login");
    let Err(IdentityError::NeedsPerson(words)) = &results[1] else {
        unreachable!("{:?}", results[1])
    };
    assert!(
        words.contains(&owner.to_string()) && !words.to_lowercase().contains("example"),
        "{words}"
    );
    for bad in [2, 3, 6] {
        assert!(
            matches!(results[bad], Err(IdentityError::NeedsPerson(_))),
            "{bad}"
        );
    }
    assert_eq!(count(&database.pool).await, 3);

    let outcomes = identity
        .set_temporary_passwords(&[first, second, third], &identity::SoleOwner)
        .await;
    assert!(matches!(outcomes[0], Ok(PasswordOutcome::Set(_))));
    assert!(matches!(outcomes[1], Err(IdentityError::NeedsPerson(_))));
    assert!(matches!(outcomes[2], Ok(PasswordOutcome::Set(_))));
}

#[tokio::test]
async fn the_newest_temporary_password_leads_to_one_of_ones_own() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (id, first) = customer(&identity, "Ann@example.com").await;
    let second = temporary(&identity, id).await;

    let enter = async |password: &str| {
        identity
            .sign_in(" ann@EXAMPLE.com", password)
            .await
            .unwrap()
    };
    assert_eq!(
        enter(first.expose()).await,
        SignIn::Refused,
        "only the newest counts"
    );
    let login = identity.login_of(id).await.unwrap().unwrap();
    let must_choose = SignIn::MustChoosePassword {
        customer_id: id,
        sessions_valid_from: login.sessions_valid_from,
    };
    assert_eq!(enter(second.expose()).await, must_choose);
    assert_eq!(
        enter(&second.expose().to_lowercase().replace('-', " ")).await,
        must_choose
    );

    identity.choose_password(id, CHOSEN).await.unwrap();
    assert_eq!(enter(second.expose()).await, SignIn::Refused);
    assert!(matches!(enter(CHOSEN).await, SignIn::Ok { customer_id, .. } if customer_id == id));
    assert_eq!(enter("four words in a rov").await, SignIn::Refused);
    let login = identity.login_of(id).await.unwrap().unwrap();
    assert!(
        login.last_login_at.is_some()
            && login.password_chosen_at.is_some()
            && login.temporary_until.is_none()
    );
}

#[tokio::test]
async fn a_chosen_password_is_never_reset() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (id, _) = customer(&identity, "ann@example.com").await;
    let (other, _) = customer(&identity, "bob@example.com").await;
    identity.choose_password(id, CHOSEN).await.unwrap();

    let outcomes = identity
        .set_temporary_passwords(&[id, other], &identity::SoleOwner)
        .await;
    assert_eq!(outcomes[0], Ok(PasswordOutcome::AlreadyChosen));
    assert!(matches!(outcomes[1], Ok(PasswordOutcome::Set(_))));
    assert!(
        matches!(identity.sign_in("ann@example.com", CHOSEN).await.unwrap(), SignIn::Ok { customer_id, .. } if customer_id == id)
    );
    // Nor by somebody who still has a page open that the temporary password led to.
    let again = identity.choose_password(id, "another four words").await;
    assert_eq!(again, Err(ChoosePasswordError::AlreadyChosen));
}

#[tokio::test]
async fn of_many_who_choose_at_once_one_wins() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (id, _) = customer(&identity, "ann@example.com").await;
    let choices: Vec<String> = (0..6).map(|n| format!("four words in row {n}")).collect();
    let taken = join_all(
        choices
            .iter()
            .map(|choice| identity.choose_password(id, choice)),
    )
    .await;
    assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 1);
    let winner = taken.iter().position(Result::is_ok).unwrap();
    let entered = identity
        .sign_in("ann@example.com", &choices[winner])
        .await
        .unwrap();
    assert!(matches!(entered, SignIn::Ok { customer_id, .. } if customer_id == id));
}

#[tokio::test]
async fn an_unused_temporary_password_ends() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone()).with_temporary_for(Duration::ZERO);
    let (id, password) = customer(&identity, "ann@example.com").await;
    sqlx::query("UPDATE logins SET temporary_until = temporary_until - interval '1 second'")
        .execute(&database.pool)
        .await
        .unwrap();
    let entered = identity
        .sign_in("ann@example.com", password.expose())
        .await
        .unwrap();
    assert_eq!(entered, SignIn::Expired { customer_id: id });
    let guess = TemporaryPassword::generate();
    let entered = identity
        .sign_in("ann@example.com", guess.expose())
        .await
        .unwrap();
    assert_eq!(
        entered,
        SignIn::Refused,
        "only who has the password hears why"
    );
}

#[tokio::test]
async fn a_weak_password_is_refused_in_words() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (id, temporary) = customer(&identity, "Annabel@example.com").await;
    let typed_otherwise = temporary.expose().to_lowercase().replace('-', "");
    for (password, why) in [
        ("elevenchars".to_owned(), WeakPassword::TooShort.into()),
        ("é".repeat(11), WeakPassword::TooShort.into()),
        ("x".repeat(129), WeakPassword::TooLong.into()),
        ("é".repeat(12), WeakPassword::Repetitive.into()),
        (
            "four words\u{200b} in a row".to_owned(),
            WeakPassword::Invisible.into(),
        ),
        ("1q2w3e4r5t6y".to_owned(), WeakPassword::Common.into()),
        (
            temporary.expose().to_owned(),
            ChoosePasswordError::SameAsTemporary,
        ),
        (typed_otherwise, ChoosePasswordError::SameAsTemporary),
        (
            "my ANNABEL 1234".to_owned(),
            WeakPassword::ContainsLogin.into(),
        ),
    ] {
        assert_eq!(
            identity.choose_password(id, &password).await,
            Err(why),
            "{password}"
        );
    }
    let nobody = identity.choose_password(Uuid::now_v7(), CHOSEN).await;
    assert_eq!(nobody, Err(ChoosePasswordError::NotOpen));

    // Two letters are inside too many good passwords.
    let (short, _) = customer(&identity, "jo@example.com").await;
    identity
        .choose_password(short, "enjoy the long walk")
        .await
        .unwrap();
    identity
        .choose_password(id, "höhere Brücken im Nebel")
        .await
        .unwrap();
}

#[tokio::test]
async fn nobody_comes_in_with_nothing() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    identity
        .ensure_logins(
            &[login(Uuid::now_v7(), "ann@example.com")],
            &identity::SoleOwner,
        )
        .await
        .remove(0)
        .unwrap();
    // A login without any password yet, no login, and what PostgreSQL would not take.
    for (email, password) in [
        ("ann@example.com", ""),
        ("ann@example.com", "x"),
        ("bob@example.com", "x"),
        ("", ""),
        ("a\0b@example.com", "\0"),
    ] {
        let entered = identity.sign_in(email, password).await.unwrap();
        assert_eq!(entered, SignIn::Refused, "{email:?} {password:?}");
    }
}

#[tokio::test]
async fn a_batch_of_a_hundred_is_one_insert_and_one_update() {
    let database = testkit::database().await;
    sqlx::raw_sql(
        "CREATE TABLE statements (what TEXT);
         CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO statements VALUES (TG_OP); RETURN NULL; END $$;
         CREATE TRIGGER counted AFTER INSERT OR UPDATE ON logins
             FOR EACH STATEMENT EXECUTE FUNCTION count_statement();",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    let identity = BuiltInIdentity::new(database.pool.clone());
    let batch: Vec<NewLogin> = (0..100)
        .map(|n| login(Uuid::now_v7(), &format!("c{n}@example.com")))
        .collect();
    let customers: Vec<Uuid> = batch.iter().map(|new| new.customer_id).collect();
    assert!(
        identity
            .ensure_logins(&batch, &identity::SoleOwner)
            .await
            .iter()
            .all(Result::is_ok)
    );
    assert!(
        identity
            .set_temporary_passwords(&customers, &identity::SoleOwner)
            .await
            .iter()
            .all(Result::is_ok)
    );
    let statements: Vec<String> = sqlx::query_scalar("SELECT what FROM statements")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert_eq!(statements, ["INSERT", "UPDATE"]);
}

#[tokio::test]
async fn a_database_that_is_away_is_worth_a_retry() {
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    identity.probe().await.unwrap();
    database.pool.close().await;
    assert!(matches!(
        identity.probe().await,
        Err(IdentityError::Unavailable(_))
    ));
    let results = identity
        .ensure_logins(
            &[
                login(Uuid::now_v7(), "a@b.c"),
                login(Uuid::now_v7(), "b@b.c"),
            ],
            &identity::SoleOwner,
        )
        .await;
    assert_eq!(results.len(), 2);
    assert!(
        results
            .iter()
            .all(|one| matches!(one, Err(IdentityError::Unavailable(_))))
    );
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_ends_every_session() {
    use identity::ChangePasswordError as Error;
    const OTHER: &str = "quite another four words";
    let database = testkit::database().await;
    let identity = BuiltInIdentity::new(database.pool.clone());
    let (id, _) = customer(&identity, "ann@example.com").await;
    assert_eq!(
        identity.change_password(id, "", OTHER).await,
        Err(Error::NotOpen),
        "a temporary password is not changed but replaced"
    );
    identity.choose_password(id, CHOSEN).await.unwrap();
    let before = identity.login_of(id).await.unwrap().unwrap();
    for (current, new, refused) in [
        ("something else", "short", Error::NotTheCurrentOne),
        (CHOSEN, CHOSEN, Error::TheSame),
        (CHOSEN, "short", Error::NotTaken(WeakPassword::TooShort)),
        (
            CHOSEN,
            "ann@example.com!",
            Error::NotTaken(WeakPassword::ContainsLogin),
        ),
    ] {
        assert_eq!(
            identity.change_password(id, current, new).await,
            Err(refused),
            "{new}"
        );
    }
    assert_eq!(identity.login_of(id).await.unwrap().unwrap(), before);
    let valid_from = identity.change_password(id, CHOSEN, OTHER).await.unwrap();
    let after = identity.login_of(id).await.unwrap().unwrap();
    assert_eq!(after.sessions_valid_from, valid_from);
    assert!(after.sessions_valid_from > before.sessions_valid_from);
    let sign_in = |password: &'static str| identity.sign_in("ann@example.com", password);
    assert_eq!(sign_in(CHOSEN).await.unwrap(), SignIn::Refused);
    assert!(
        matches!(sign_in(OTHER).await.unwrap(), SignIn::Ok { customer_id, .. } if customer_id == id)
    );
    identity.end_sessions(id).await.unwrap();
    let ended = identity.login_of(id).await.unwrap().unwrap();
    assert!(ended.sessions_valid_from > after.sessions_valid_from);
    assert!(ended.enabled);
}
