//! What operators do to their own login.

use std::time::Duration;

use access::{
    GivenPassword, NewSecondFactor, Operator, OperatorDirectory as _, Operators, OwnLoginError,
    PasswordState, Role, Subject, password::WeakPassword,
};
use sqlx::PgPool;
use totp_rs::{Builder, Secret};

const EMAIL: &str = "ann@usher.test";
const PASSWORD: &str = "correct horse battery";
const OWN: &str = "lantern over quiet water";

struct Desk {
    pool: PgPool,
    operators: Operators,
}

impl Desk {
    async fn open() -> Self {
        let pool = testkit::database().await.pool;
        let operators = Operators::new(pool.clone());
        operators.add(EMAIL, PASSWORD, Role::Admin).await.unwrap();
        Self { pool, operators }
    }

    async fn ann(&self) -> Operator {
        let id = self.operators.list().await.unwrap().remove(0).id;
        self.operators.find(id).await.unwrap().unwrap()
    }

    async fn opens(&self, password: &str) -> bool {
        let known = self.operators.verify(EMAIL, password).await.unwrap();
        known.is_some()
    }

    async fn written(&self) -> Vec<(String, bool)> {
        sqlx::query_as("SELECT action, authorized FROM audit_entries ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}

/// The code of an app that has this secret, so many steps from now.
fn code(secret: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let at = chrono::Utc::now().timestamp() + 30 * steps;
    totp.generate(u64::try_from(at).unwrap()).to_string()
}

#[tokio::test]
async fn an_own_password_is_changed_by_who_knows_it() {
    let desk = Desk::open().await;
    let ann = desk.ann().await;
    let change =
        async |current: &str, new: &str| desk.operators.change_password(&ann, current, new).await;
    let wrong = change("wrong horse battery", "short").await;
    assert!(
        matches!(wrong, Err(OwnLoginError::NotTheCurrentOne)),
        "{wrong:?}"
    );
    let weak = change(PASSWORD, "short").await;
    assert!(
        matches!(weak, Err(OwnLoginError::Weak(WeakPassword::TooShort))),
        "{weak:?}"
    );
    let same = change(PASSWORD, PASSWORD).await;
    assert!(matches!(same, Err(OwnLoginError::TheSame)), "{same:?}");
    // Two windows: one wins.
    let (one, other) = tokio::join!(change(PASSWORD, OWN), change(PASSWORD, OWN));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert!(desk.opens(OWN).await && !desk.opens(PASSWORD).await);
    let before = ann.login.unwrap().sessions_valid_from;
    let after = desk.ann().await.login.unwrap().sessions_valid_from;
    assert!(before < after, "all sessions have ended");
    let written = desk.written().await;
    assert!(written.contains(&("operator.change_password".to_owned(), false)));
    assert!(written.contains(&("operator.change_password".to_owned(), true)));
}

#[tokio::test]
async fn a_temporary_password_opens_the_door_for_one_thing_and_not_for_ever() {
    let desk = Desk::open().await;
    let ann = desk.ann().await;
    let by = Subject::system("cli");
    let given = GivenPassword {
        password: "k7wqm-p3xzt-v9bnd-4hjrf",
        by: &by,
        known: true,
        temporary_for: Some(Duration::from_secs(3600)),
    };
    desk.operators.reset_password(ann.id, &given).await.unwrap();
    assert!(!desk.opens(PASSWORD).await);
    assert!(
        desk.opens(&format!(" {} ", given.password)).await,
        "copied out of a mail"
    );
    let ann = desk.ann().await;
    assert_eq!(
        ann.login.clone().unwrap().password,
        PasswordState::Temporary
    );
    let changed = desk
        .operators
        .change_password(&ann, given.password, OWN)
        .await;
    assert!(
        matches!(changed, Err(OwnLoginError::NotOpen)),
        "{changed:?}"
    );
    let same = desk.operators.choose_password(&ann, given.password).await;
    assert!(matches!(same, Err(OwnLoginError::TheSame)), "{same:?}");

    let ends = "UPDATE operators SET temporary_until = now() - interval '1 second'";
    sqlx::query(ends).execute(&desk.pool).await.unwrap();
    assert_eq!(
        desk.ann().await.login.unwrap().password,
        PasswordState::Ended
    );
    let late = desk.operators.choose_password(&ann, OWN).await;
    assert!(matches!(late, Err(OwnLoginError::NotOpen)), "{late:?}");

    desk.operators.reset_password(ann.id, &given).await.unwrap();
    desk.operators.choose_password(&ann, OWN).await.unwrap();
    assert_eq!(desk.ann().await.login.unwrap().password, PasswordState::Own);
    assert!(desk.opens(OWN).await && !desk.opens(given.password).await);
    // What `usher dev` seeds is their own at once.
    desk.operators.reset_password(ann.id, &given).await.unwrap();
    desk.operators
        .ensure(EMAIL, given.password, Role::Admin)
        .await
        .unwrap();
    assert_eq!(desk.ann().await.login.unwrap().password, PasswordState::Own);
}

#[tokio::test]
async fn a_second_factor_takes_each_code_once() {
    let desk = Desk::open().await;
    let ann = desk.ann().await;
    let new = NewSecondFactor::generate(EMAIL).unwrap();
    let secret = new.typed();
    let enrol = async |password: &str, code: &str| {
        desk.operators
            .enrol_second_factor(&ann, password, &new, code)
            .await
            .map(|enrolled| enrolled.recovery_codes)
    };
    let verify = async |code: &str| {
        desk.operators
            .verify_second_factor(&ann, code)
            .await
            .unwrap()
    };
    let wrong = enrol("wrong horse battery", &code(&secret, 0)).await;
    assert!(
        matches!(wrong, Err(OwnLoginError::NotTheCurrentOne)),
        "{wrong:?}"
    );
    let wrong = enrol(PASSWORD, &code(&secret, 9)).await;
    assert!(matches!(wrong, Err(OwnLoginError::WrongCode)), "{wrong:?}");
    assert!(!desk.ann().await.login.unwrap().second_factor);

    let confirming = code(&secret, -1);
    let recovery = enrol(PASSWORD, &confirming).await.unwrap();
    assert!(desk.ann().await.login.unwrap().second_factor);
    let twice = enrol(PASSWORD, &code(&secret, 0)).await;
    assert!(matches!(twice, Err(OwnLoginError::NotOpen)), "{twice:?}");
    assert!(!verify(&confirming).await, "the confirming code counts too");
    let next = code(&secret, 1);
    assert!(verify(&format!("{} {}", &next[..3], &next[3..])).await);
    assert!(!verify(&next).await, "not twice");
    assert!(
        !verify(&code(&secret, 0)).await,
        "nor an older one after it"
    );
    for wrong in ["", "000000000", "abcdef", "12345", &code(&secret, 5)] {
        assert!(!verify(wrong).await, "{wrong}");
    }

    assert_eq!(recovery.len(), 10);
    assert!(verify(&recovery[0].to_lowercase()).await);
    assert!(!verify(&recovery[0]).await, "once");
    assert_eq!(desk.operators.recovery_codes_left(&ann).await.unwrap(), 9);
    let plain: Vec<Vec<u8>> = sqlx::query_scalar("SELECT code_hash FROM operator_recovery_codes")
        .fetch_all(&desk.pool)
        .await
        .unwrap();
    assert!(
        plain.iter().all(|hash| hash.len() == 32),
        "only digests are kept"
    );

    let remove = desk
        .operators
        .remove_own_second_factor(&ann, PASSWORD, "000000")
        .await;
    assert!(
        matches!(remove, Err(OwnLoginError::WrongCode)),
        "{remove:?}"
    );
    desk.operators
        .remove_own_second_factor(&ann, PASSWORD, &recovery[1])
        .await
        .unwrap();
    assert!(!desk.ann().await.login.unwrap().second_factor);
    assert!(
        !verify(&recovery[2]).await,
        "the recovery codes are gone with it"
    );
    let written = desk.written().await;
    for entry in [
        ("operator.enrol_second_factor", false),
        ("operator.enrol_second_factor", true),
        ("operator.second_factor", false),
        ("operator.use_recovery_code", true),
        ("operator.remove_own_second_factor", true),
    ] {
        assert!(
            written.contains(&(entry.0.to_owned(), entry.1)),
            "{entry:?}: {written:?}"
        );
    }
}
