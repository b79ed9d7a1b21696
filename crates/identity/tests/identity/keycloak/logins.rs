use identity::{
    DesiredLogin, IdentityError, IdentityProvider as _, LinkError, LoginState, NewLogin,
    PasswordOutcome, TemporaryPassword, keycloak::KeycloakIdentity,
};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::common::{Keycloak, somebody};

fn wanted(login: &NewLogin, state: LoginState) -> DesiredLogin {
    DesiredLogin {
        customer_id: login.customer_id,
        email: login.email.clone(),
        state,
    }
}

/// A temporary password that opens the login now.
async fn temporary(identity: &KeycloakIdentity, login: &NewLogin) -> TemporaryPassword {
    let customers = [login.customer_id];
    match identity
        .set_temporary_passwords(&customers, &identity::SoleOwner)
        .await
        .remove(0)
    {
        Ok(PasswordOutcome::Set(password)) => password,
        other => panic!("{other:?}"),
    }
}

const NOT_SET_UP: &str = "Account is not fully set up";
const REFUSED: &str = "Invalid user credentials";
const DISABLED: &str = "Account disabled";

#[tokio::test]
async fn a_login_is_made_once_and_its_mailed_password_opens_the_door_to_a_new_one() {
    let mut keycloak = Keycloak::ready().await;
    let identity = keycloak.identity();
    let (one, two) = (somebody(), somebody());
    let made = identity
        .ensure_logins(&[one.clone(), two.clone()], &identity::SoleOwner)
        .await;
    let again = identity
        .ensure_logins(&[two.clone(), one.clone()], &identity::SoleOwner)
        .await;
    assert_eq!(made[0].clone().unwrap(), again[1].clone().unwrap());
    assert_eq!(made[1].clone().unwrap(), again[0].clone().unwrap());
    let users = keycloak.users_of(one.customer_id).await;
    assert_eq!(users.len(), 1);
    assert_eq!(users[0]["email"], one.email);
    assert_eq!(users[0]["emailVerified"], false);
    assert_eq!(users[0]["enabled"], true);
    assert_eq!(users[0]["requiredActions"], json!(["UPDATE_PASSWORD"]));

    // The first is the one that the login was made with.
    let first = temporary(&identity, &one).await;
    assert_eq!(
        keycloak.sign_in(&one.email, first.expose()).await,
        NOT_SET_UP
    );
    let second = temporary(&identity, &one).await;
    assert_eq!(
        keycloak.sign_in(&one.email, second.expose()).await,
        NOT_SET_UP
    );
    assert_eq!(
        keycloak
            .sign_in(&one.email.to_uppercase(), second.expose())
            .await,
        NOT_SET_UP
    );
    assert_eq!(keycloak.sign_in(&one.email, first.expose()).await, REFUSED);
    assert_eq!(
        identity
            .passwords_chosen(&[one.customer_id, Uuid::now_v7()])
            .await,
        [Ok(false), Ok(false)]
    );

    // As Keycloak's own page does it.
    choose_password(&mut keycloak, &one, "a password of one's own").await;
    assert_eq!(
        identity.passwords_chosen(&[one.customer_id]).await,
        [Ok(true)]
    );
    let set = identity
        .set_temporary_passwords(&[one.customer_id], &identity::SoleOwner)
        .await;
    assert_eq!(set, [Ok(PasswordOutcome::AlreadyChosen)]);
    assert_eq!(
        keycloak
            .sign_in(&one.email, "a password of one's own")
            .await,
        ""
    );
}

async fn choose_password(keycloak: &mut Keycloak, login: &NewLogin, password: &str) {
    let id = keycloak.users_of(login.customer_id).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{}/users/{id}", keycloak.config.customer_realm);
    let chosen = json!({
        "requiredActions": [],
        "credentials": [{"type": "password", "value": password, "temporary": false}],
    });
    keycloak.admin(Method::PUT, &path, Some(chosen)).await;
}

#[tokio::test]
async fn a_password_that_another_server_took_away_is_not_told() {
    let keycloak = Keycloak::ready().await;
    let (one, other) = (keycloak.identity(), keycloak.identity());
    let customer = somebody();
    assert!(
        one.ensure_logins(std::slice::from_ref(&customer), &identity::SoleOwner)
            .await[0]
            .is_ok()
    );
    let mut moved = wanted(&customer, LoginState::Enabled);
    moved.email = format!("new-{}", customer.email);
    assert_eq!(
        other
            .sync_logins(std::slice::from_ref(&moved), &identity::SoleOwner)
            .await,
        [Ok(())]
    );
    let password = temporary(&one, &customer).await;
    assert_eq!(
        keycloak.sign_in(&moved.email, password.expose()).await,
        NOT_SET_UP
    );
    // Nor one that another server replaced.
    let customer = somebody();
    assert!(
        one.ensure_logins(std::slice::from_ref(&customer), &identity::SoleOwner)
            .await[0]
            .is_ok()
    );
    temporary(&other, &customer).await;
    let password = temporary(&one, &customer).await;
    assert_eq!(
        keycloak.sign_in(&customer.email, password.expose()).await,
        NOT_SET_UP
    );
}

#[tokio::test]
async fn many_at_once_are_one_login_each_also_when_two_servers_make_them() {
    let mut keycloak = Keycloak::ready().await;
    let logins: Vec<NewLogin> = (0..40).map(|_| somebody()).collect();
    let (one, other) = (keycloak.identity(), keycloak.identity());
    let (first, second) = tokio::join!(
        one.ensure_logins(&logins, &identity::SoleOwner),
        other.ensure_logins(&logins, &identity::SoleOwner)
    );
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first.clone().unwrap(), second.clone().unwrap());
    }
    let path = format!("{}/users/count", keycloak.config.customer_realm);
    // And the service account, which Keycloak counts as a user.
    let users = keycloak
        .admin(Method::GET, &path, None)
        .await
        .as_u64()
        .unwrap();
    assert!(users == 40 || users == 41, "{users}");
}

#[tokio::test]
async fn partial_import_makes_the_same_logins() {
    let mut keycloak = Keycloak::bare().await;
    keycloak.config.partial_import = true;
    let prepared = keycloak.set_up().await.unwrap();
    keycloak.config.provisioning_secret = prepared.provisioning_secret;
    let identity = keycloak.identity();
    let mut logins: Vec<NewLogin> = (0..30).map(|_| somebody()).collect();
    assert!(
        identity
            .ensure_logins(&logins[..1], &identity::SoleOwner)
            .await[0]
            .is_ok()
    );
    logins[7].email = "no address at all".to_owned();
    let made = identity.ensure_logins(&logins, &identity::SoleOwner).await;
    for (place, made) in made.iter().enumerate() {
        assert_eq!(made.is_ok(), place != 7, "{place}: {made:?}");
    }
    // One that was made by itself, one of the import.
    for login in [&logins[0], &logins[3]] {
        let password = temporary(&identity, login).await;
        assert_eq!(
            keycloak.sign_in(&login.email, password.expose()).await,
            NOT_SET_UP
        );
    }
    assert_eq!(keycloak.users_of(logins[3].customer_id).await.len(), 1);
}

#[tokio::test]
async fn an_address_that_is_someone_elses_login_needs_a_person_who_may_link_it() {
    let mut keycloak = Keycloak::ready().await;
    let identity = keycloak.identity();
    let customer = somebody();
    let path = format!("{}/users", keycloak.config.customer_realm);
    let foreign = json!({
        "username": "somebody-of-old",
        "email": customer.email.to_uppercase(),
        "enabled": true,
        "credentials": [{"type": "password", "value": "a password of old", "temporary": false}],
    });
    keycloak.admin(Method::POST, &path, Some(foreign)).await;
    let made = identity
        .ensure_logins(std::slice::from_ref(&customer), &identity::SoleOwner)
        .await;
    let Err(IdentityError::NeedsPerson(words)) = &made[0] else {
        panic!("{made:?}");
    };
    assert!(words.contains("no customer's"), "{words}");
    assert_eq!(keycloak.users_of(customer.customer_id).await.len(), 0);

    let linked = identity.link_existing(&customer).await.unwrap();
    let made = identity
        .ensure_logins(std::slice::from_ref(&customer), &identity::SoleOwner)
        .await;
    assert_eq!(made, [Ok(linked)]);
    // The person's own password stays, and no temporary one is set.
    let set = identity
        .set_temporary_passwords(&[customer.customer_id], &identity::SoleOwner)
        .await;
    assert_eq!(set, [Ok(PasswordOutcome::AlreadyChosen)]);
    assert_eq!(
        keycloak.sign_in(&customer.email, "a password of old").await,
        ""
    );

    // One that is another customer's is never linked, nor taken.
    let thief = NewLogin {
        customer_id: Uuid::now_v7(),
        email: customer.email.clone(),
    };
    let made = identity
        .ensure_logins(std::slice::from_ref(&thief), &identity::SoleOwner)
        .await;
    let Err(IdentityError::NeedsPerson(words)) = &made[0] else {
        panic!("{made:?}");
    };
    assert!(words.contains(&customer.customer_id.to_string()), "{words}");
    assert_eq!(
        identity.link_existing(&thief).await,
        Err(LinkError::OfAnotherCustomer)
    );
    assert_eq!(
        identity.link_existing(&somebody()).await,
        Err(LinkError::NoSuchLogin)
    );
}

#[tokio::test]
async fn access_is_brought_to_what_is_wanted() {
    let mut keycloak = Keycloak::ready().await;
    let identity = keycloak.identity();
    let (customer, other) = (somebody(), somebody());
    identity
        .ensure_logins(&[customer.clone(), other.clone()], &identity::SoleOwner)
        .await;
    choose_password(&mut keycloak, &customer, "a password of one's own").await;
    assert_eq!(
        keycloak
            .sign_in(&customer.email, "a password of one's own")
            .await,
        ""
    );
    let id = keycloak.users_of(customer.customer_id).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let sessions = format!("{}/users/{id}/sessions", keycloak.config.customer_realm);
    assert_eq!(
        keycloak
            .admin(Method::GET, &sessions, None)
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );

    let locked = identity
        .sync_logins(
            &[wanted(&customer, LoginState::Disabled)],
            &identity::SoleOwner,
        )
        .await;
    assert_eq!(locked, [Ok(())]);
    assert_eq!(
        keycloak.admin(Method::GET, &sessions, None).await,
        json!([])
    );
    assert_eq!(
        keycloak
            .sign_in(&customer.email, "a password of one's own")
            .await,
        DISABLED
    );
    let open = identity
        .sync_logins(
            &[wanted(&customer, LoginState::Enabled)],
            &identity::SoleOwner,
        )
        .await;
    assert_eq!(open, [Ok(())]);
    assert_eq!(
        keycloak
            .sign_in(&customer.email, "a password of one's own")
            .await,
        ""
    );

    // Another address: never somebody else's, and the sessions are over.
    let mut moved = wanted(&customer, LoginState::Enabled);
    moved.email.clone_from(&other.email);
    let taken = identity
        .sync_logins(std::slice::from_ref(&moved), &identity::SoleOwner)
        .await;
    assert!(
        matches!(taken[0], Err(IdentityError::NeedsPerson(_))),
        "{taken:?}"
    );
    moved.email = format!("new-{}", customer.email);
    assert_eq!(
        identity
            .sync_logins(std::slice::from_ref(&moved), &identity::SoleOwner)
            .await,
        [Ok(())]
    );
    assert_eq!(
        keycloak.admin(Method::GET, &sessions, None).await,
        json!([])
    );
    assert_eq!(
        keycloak
            .sign_in(&customer.email, "a password of one's own")
            .await,
        REFUSED
    );
    assert_eq!(
        keycloak
            .sign_in(&moved.email, "a password of one's own")
            .await,
        ""
    );

    // Before the first login the temporary password ends with the address that it was sent to.
    let password = temporary(&identity, &other).await;
    let mut moved = wanted(&other, LoginState::Enabled);
    moved.email = format!("new-{}", other.email);
    assert_eq!(
        identity
            .sync_logins(std::slice::from_ref(&moved), &identity::SoleOwner)
            .await,
        [Ok(())]
    );
    assert_eq!(
        keycloak.sign_in(&moved.email, password.expose()).await,
        REFUSED
    );

    for _ in 0..2 {
        let gone = identity
            .sync_logins(
                &[wanted(&customer, LoginState::Deleted)],
                &identity::SoleOwner,
            )
            .await;
        assert_eq!(gone, [Ok(())]);
    }
    assert_eq!(keycloak.users_of(customer.customer_id).await.len(), 0);
}

#[tokio::test]
async fn an_unused_temporary_password_ends_and_a_chosen_one_does_not() {
    let mut keycloak = Keycloak::ready().await;
    let identity = keycloak.identity();
    let (unused, used) = (somebody(), somebody());
    identity
        .ensure_logins(&[unused.clone(), used.clone()], &identity::SoleOwner)
        .await;
    let password = temporary(&identity, &unused).await;
    temporary(&identity, &used).await;
    choose_password(&mut keycloak, &used, "a password of one's own").await;
    assert_eq!(identity.end_unused_passwords().await, Ok(0));
    sqlx::query("UPDATE keycloak_logins SET temporary_until = now() - interval '1 second'")
        .execute(&keycloak.pool)
        .await
        .unwrap();
    assert_eq!(identity.end_unused_passwords().await, Ok(2));
    assert_eq!(identity.end_unused_passwords().await, Ok(0));
    assert_eq!(
        keycloak.sign_in(&unused.email, password.expose()).await,
        REFUSED
    );
    assert_eq!(
        keycloak
            .sign_in(&used.email, "a password of one's own")
            .await,
        ""
    );
    // Resent: another one opens the door again.
    let again = temporary(&identity, &unused).await;
    assert_eq!(
        keycloak.sign_in(&unused.email, again.expose()).await,
        NOT_SET_UP
    );
}
