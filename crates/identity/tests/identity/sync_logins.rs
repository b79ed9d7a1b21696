//! Bringing logins of the built-in identity to what is wanted: let in, locked out, deleted, under another address.

use identity::{
    BuiltInIdentity, ChoosePasswordError, DesiredLogin, IdentityError, IdentityProvider as _,
    Login,
    LoginState::{self, Deleted, Disabled, Enabled},
    NewLogin, PasswordOutcome, SignIn,
};
use sqlx::PgPool;
use uuid::Uuid;

const CHOSEN: &str = "four words in a row";

fn wanted(customer_id: Uuid, email: &str, state: LoginState) -> DesiredLogin {
    DesiredLogin {
        customer_id,
        email: email.to_owned(),
        state,
    }
}

struct Logins {
    identity: BuiltInIdentity,
    pool: PgPool,
}

impl Logins {
    async fn open() -> Self {
        let pool = testkit::database().await.pool;
        Self {
            identity: BuiltInIdentity::new(pool.clone()),
            pool,
        }
    }

    async fn customer(&self, email: &str) -> (Uuid, String) {
        let id = Uuid::now_v7();
        let new = NewLogin {
            customer_id: id,
            email: email.to_owned(),
        };
        self.identity
            .ensure_logins(&[new], &identity::SoleOwner)
            .await
            .remove(0)
            .unwrap();
        match self
            .identity
            .set_temporary_passwords(&[id], &identity::SoleOwner)
            .await
            .remove(0)
        {
            Ok(PasswordOutcome::Set(password)) => (id, password.expose().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    async fn sync(&self, id: Uuid, email: &str, state: LoginState) -> Result<(), IdentityError> {
        self.identity
            .sync_logins(&[wanted(id, email, state)], &identity::SoleOwner)
            .await
            .remove(0)
    }

    async fn sign_in(&self, email: &str, password: &str) -> SignIn {
        self.identity.sign_in(email, password).await.unwrap()
    }

    async fn login(&self, id: Uuid) -> Option<Login> {
        self.identity.login_of(id).await.unwrap()
    }

    async fn email(&self, id: Uuid) -> String {
        sqlx::query_scalar("SELECT email FROM logins WHERE customer_id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_lock_out_says_so_to_the_person_only_and_ends_the_sessions() {
    let logins = Logins::open().await;
    let (id, password) = logins.customer("ann@example.com").await;
    let session_began = logins.login(id).await.unwrap().sessions_valid_from;

    logins.sync(id, "ann@example.com", Disabled).await.unwrap();
    assert_eq!(
        logins.sign_in("ann@example.com", &password).await,
        SignIn::Disabled { customer_id: id }
    );
    assert_eq!(
        logins.sign_in("ann@example.com", "something else").await,
        SignIn::Refused
    );
    assert_eq!(
        logins.identity.choose_password(id, CHOSEN).await,
        Err(ChoosePasswordError::NotOpen)
    );

    logins.sync(id, "ann@example.com", Enabled).await.unwrap();
    let login = logins.login(id).await.unwrap();
    assert!(
        login.enabled && login.sessions_valid_from > session_began,
        "the old sessions stay over"
    );
    logins.identity.choose_password(id, CHOSEN).await.unwrap();
    logins.sync(id, "ann@example.com", Disabled).await.unwrap();
    assert_eq!(
        logins.sign_in("ann@example.com", CHOSEN).await,
        SignIn::Disabled { customer_id: id }
    );
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_no_login_needs_nothing() {
    let logins = Logins::open().await;
    let (id, password) = logins.customer("ann@example.com").await;
    let before = logins.login(id).await;
    logins.sync(id, "ann@example.com", Enabled).await.unwrap();
    assert_eq!(logins.login(id).await, before);
    for state in [Enabled, Disabled, Deleted] {
        logins
            .sync(Uuid::now_v7(), "nobody@example.com", state)
            .await
            .unwrap();
    }
    assert!(
        matches!(logins.sign_in("ann@example.com", &password).await, SignIn::MustChoosePassword { customer_id, .. } if customer_id == id)
    );
}

#[tokio::test]
async fn another_address_ends_the_temporary_password_and_the_sessions_but_no_chosen_one() {
    let logins = Logins::open().await;
    let (id, password) = logins.customer("ann@example.com").await;
    let session_began = logins.login(id).await.unwrap().sessions_valid_from;
    logins.sync(id, "ann@new.example", Enabled).await.unwrap();
    for email in ["ann@example.com", "ann@new.example"] {
        assert_eq!(logins.sign_in(email, &password).await, SignIn::Refused);
    }
    let login = logins.login(id).await.unwrap();
    assert!(login.sessions_valid_from > session_began && login.temporary_until.is_none());

    let (other, _) = logins.customer("bob@example.com").await;
    logins
        .identity
        .choose_password(other, CHOSEN)
        .await
        .unwrap();
    logins
        .sync(other, "bob@new.example", Enabled)
        .await
        .unwrap();
    assert!(
        matches!(logins.sign_in("bob@new.example", CHOSEN).await, SignIn::Ok { customer_id, .. } if customer_id == other)
    );
    assert_eq!(
        logins.sign_in("bob@example.com", CHOSEN).await,
        SignIn::Refused
    );
    let three = [id, other, Uuid::now_v7()];
    let chosen = logins.identity.passwords_chosen(&three).await;
    assert_eq!(chosen, [Ok(false), Ok(true), Ok(false)]);
}

#[tokio::test]
async fn a_deleted_login_leaves_nothing_and_frees_its_address() {
    let logins = Logins::open().await;
    let (id, password) = logins.customer("ann@example.com").await;
    let (heir, _) = logins.customer("heir@example.com").await;
    let results = logins
        .identity
        .sync_logins(
            &[
                wanted(heir, "Ann@example.com", Enabled),
                wanted(id, "", Deleted),
            ],
            &identity::SoleOwner,
        )
        .await;
    assert_eq!(results, [Ok(()), Ok(())]);
    assert_eq!(logins.login(id).await, None);
    assert_eq!(
        logins.sign_in("ann@example.com", &password).await,
        SignIn::Refused
    );
    assert_eq!(logins.email(heir).await, "Ann@example.com");
    logins.sync(id, "", Deleted).await.unwrap();
}

#[tokio::test]
async fn somebody_elses_address_is_not_taken_and_the_neighbours_go_on() {
    let logins = Logins::open().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(logins.customer(&format!("c{n}@example.com")).await.0);
    }
    let (owner, _) = logins.customer("owner@example.com").await;
    let results = logins
        .identity
        .sync_logins(
            &[
                wanted(ids[0], "OWNER@example.com", Enabled),
                wanted(ids[1], "no address", Enabled),
                wanted(ids[2], "c3@example.com", Disabled), // … which its owner gives up in the same batch
                wanted(ids[3], "moved@example.com", Enabled),
                wanted(ids[4], "twice@example.com", Enabled),
            ],
            &identity::SoleOwner,
        )
        .await;
    let Err(IdentityError::NeedsPerson(words)) = &results[0] else {
        unreachable!("{:?}", results[0])
    };
    assert!(
        words.contains(&owner.to_string()) && !words.to_lowercase().contains("example"),
        "{words}"
    );
    assert!(matches!(results[1], Err(IdentityError::NeedsPerson(_))));
    assert_eq!(results[2..], [Ok(()), Ok(()), Ok(())]);
    assert_eq!(logins.email(ids[0]).await, "c0@example.com");
    assert_eq!(logins.email(ids[2]).await, "c3@example.com");
    assert!(!logins.login(ids[2]).await.unwrap().enabled);
    assert_eq!(logins.email(ids[3]).await, "moved@example.com");

    let both = [
        wanted(ids[0], "same@example.com", Enabled),
        wanted(ids[1], "same@example.com", Enabled),
    ];
    let results = logins
        .identity
        .sync_logins(&both, &identity::SoleOwner)
        .await;
    assert_eq!(results[0], Ok(()));
    assert!(matches!(results[1], Err(IdentityError::NeedsPerson(_))));
}

#[tokio::test]
async fn a_batch_of_a_hundred_is_one_update() {
    let logins = Logins::open().await;
    let mut batch = Vec::new();
    for n in 0..100 {
        let (id, _) = logins.customer(&format!("c{n}@example.com")).await;
        batch.push(wanted(id, &format!("d{n}@example.com"), Disabled));
    }
    sqlx::raw_sql(
        "CREATE TABLE statements (what TEXT);
         CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO statements VALUES (TG_OP); RETURN NULL; END $$;
         CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON logins
             FOR EACH STATEMENT EXECUTE FUNCTION count_statement();",
    )
    .execute(&logins.pool)
    .await
    .unwrap();
    let results = logins
        .identity
        .sync_logins(&batch, &identity::SoleOwner)
        .await;
    assert!(results.iter().all(Result::is_ok));
    let statements: Vec<String> = sqlx::query_scalar("SELECT what FROM statements")
        .fetch_all(&logins.pool)
        .await
        .unwrap();
    assert_eq!(statements, ["UPDATE"]);
    logins.pool.close().await;
    let results = logins
        .identity
        .sync_logins(&batch, &identity::SoleOwner)
        .await;
    assert!(
        results.len() == 100
            && results
                .iter()
                .all(|one| matches!(one, Err(IdentityError::Unavailable(_))))
    );
}
