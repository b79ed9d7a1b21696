//! What a Keycloak is set to that keeps people out: each is said as it is, or lifted.

use identity::{
    DesiredLogin, IdentityError, IdentityProvider as _, LoginState, NewLogin, PasswordOutcome,
    keycloak::{KeycloakIdentity, examine},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{Keycloak, somebody, urls};

/// What the token endpoint says to the right temporary password.
const TO_BE_CHANGED: &str = "Account is not fully set up";

impl Keycloak {
    async fn set(&mut self, realm: &str, change: Value) {
        self.admin(Method::PUT, realm, Some(change)).await;
    }

    async fn problems(&self) -> String {
        let findings = examine(&self.config, &urls()).await.unwrap();
        let problems = findings
            .into_iter()
            .filter_map(|finding| Some(format!("{}: {}", finding.what, finding.problem?)));
        problems.collect::<Vec<_>>().join("\n")
    }

    /// Somebody guesses until Keycloak lets nobody in any more.
    async fn is_guessed_at(&self, identity: &KeycloakIdentity, of: &NewLogin) {
        for guess in 0..50 {
            if identity.is_locked(of.customer_id).await.unwrap() {
                return;
            }
            self.sign_in(&of.email, &format!("guess {guess}")).await;
        }
        panic!("Keycloak locks nobody");
    }
}

async fn temporary(identity: &KeycloakIdentity, of: &NewLogin) -> String {
    match identity
        .set_temporary_passwords(&[of.customer_id], &identity::SoleOwner)
        .await
        .remove(0)
    {
        Ok(PasswordOutcome::Set(password)) => password.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_keycloak_with_another_address_for_browsers_is_named_and_a_second_setting_mends_it() {
    let mut keycloak = Keycloak::ready().await;
    let (internal, customers) = (
        keycloak.config.internal_realm.clone(),
        keycloak.config.customer_realm.clone(),
    );
    let mut public = keycloak.config.url.clone();
    public.set_host(Some("localhost")).unwrap();
    let base = public.as_str().trim_end_matches('/').to_owned();
    for realm in [&internal, &customers] {
        keycloak
            .set(realm, json!({"attributes": {"frontendUrl": base}}))
            .await;
    }
    let said = keycloak.problems().await;
    for part in [
        format!("issuer of the realm {internal}: Keycloak calls it {base}/realms/{internal}"),
        format!("issuer of the realm {customers}"),
        format!("identity.keycloak.public_url = \"{base}\""),
    ] {
        assert!(said.contains(&part), "{part}: {said}");
    }
    keycloak.config.public_url = Some(public);
    assert_eq!(keycloak.problems().await, "");
    let made = keycloak
        .identity()
        .ensure_logins(&[somebody()], &identity::SoleOwner)
        .await;
    assert!(made[0].is_ok(), "{made:?}");
}

#[tokio::test]
async fn a_lock_after_failed_sign_ins_ends_with_a_new_temporary_password_and_is_seen_otherwise() {
    let mut keycloak = Keycloak::ready().await;
    let realm = keycloak.config.customer_realm.clone();
    let guarded = json!({"bruteForceProtected": true, "failureFactor": 3, "waitIncrementSeconds": 900,
        "quickLoginCheckMilliSeconds": 0});
    keycloak.set(&realm, guarded).await;
    let identity = keycloak.identity();
    let ann = somebody();
    identity
        .ensure_logins(std::slice::from_ref(&ann), &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    let first = temporary(&identity, &ann).await;
    assert_eq!(keycloak.sign_in(&ann.email, &first).await, TO_BE_CHANGED);
    keycloak.is_guessed_at(&identity, &ann).await;
    assert_ne!(keycloak.sign_in(&ann.email, &first).await, TO_BE_CHANGED);

    let second = temporary(&identity, &ann).await;
    assert_eq!(keycloak.sign_in(&ann.email, &second).await, TO_BE_CHANGED);
    assert_eq!(identity.is_locked(ann.customer_id).await, Ok(false));

    // Whoever has a password of their own is left alone, and the lock is seen.
    let user = keycloak.users_of(ann.customer_id).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let chosen = json!({"requiredActions": [], "credentials": [{"type": "password", "value": "four words in a row"}]});
    keycloak.set(&format!("{realm}/users/{user}"), chosen).await;
    keycloak.is_guessed_at(&identity, &ann).await;
    assert_eq!(
        identity
            .set_temporary_passwords(&[ann.customer_id], &identity::SoleOwner)
            .await,
        [Ok(PasswordOutcome::AlreadyChosen)]
    );
    assert_eq!(identity.is_locked(ann.customer_id).await, Ok(true));
    assert_eq!(keycloak.problems().await, "");
}

#[tokio::test]
async fn a_login_that_is_closed_in_keycloak_gets_no_password_and_the_words_say_so() {
    let mut keycloak = Keycloak::ready().await;
    let realm = keycloak.config.customer_realm.clone();
    let identity = keycloak.identity();
    let ann = somebody();
    identity
        .ensure_logins(std::slice::from_ref(&ann), &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    temporary(&identity, &ann).await;
    let user = keycloak.users_of(ann.customer_id).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    keycloak
        .set(&format!("{realm}/users/{user}"), json!({"enabled": false}))
        .await;
    let came = identity
        .set_temporary_passwords(&[ann.customer_id], &identity::SoleOwner)
        .await;
    assert!(
        matches!(&came[0], Err(IdentityError::Unavailable(words)) if words.contains("disabled in Keycloak")),
        "{came:?}"
    );
}

#[tokio::test]
async fn a_login_that_keycloak_may_only_read_needs_a_person_and_the_doctor_says_so() {
    let mut keycloak = Keycloak::ready().await;
    let realm = keycloak.config.customer_realm.clone();
    let identity = keycloak.identity();
    let ann = somebody();
    identity
        .ensure_logins(std::slice::from_ref(&ann), &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    let profile = format!("{realm}/users/profile");
    let mut fixed = keycloak.admin(Method::GET, &profile, None).await;
    for attribute in fixed["attributes"].as_array_mut().unwrap() {
        if attribute["name"] == "email" {
            attribute["permissions"]["edit"] = json!([]);
        }
    }
    keycloak.set(&profile, fixed).await;
    let wanted = DesiredLogin {
        customer_id: ann.customer_id,
        email: "new@customers.test".to_owned(),
        state: LoginState::Enabled,
    };
    let came = identity.sync_logins(&[wanted], &identity::SoleOwner).await;
    assert!(
        matches!(&came[0], Err(IdentityError::NeedsPerson(words)) if words.contains("may only read this login")),
        "{came:?}"
    );
    let said = keycloak.problems().await;
    assert!(
        said.contains("may not change the attribute email"),
        "{said}"
    );
}
