use access::{OperatorDirectory as _, OperatorId, Role};
use identity::keycloak::{KeycloakConfig, KeycloakOperators};
use reqwest::Method;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::common::Keycloak;

#[tokio::test]
async fn the_realms_roles_decide_and_an_operator_is_known_while_keycloak_is_away() {
    let mut keycloak = Keycloak::ready().await;
    let realm = keycloak.config.internal_realm.clone();
    let found = keycloak
        .admin(
            Method::GET,
            &format!("{realm}/users?email=officer@usher.test"),
            None,
        )
        .await;
    let id: Uuid = found[0]["id"].as_str().unwrap().parse().unwrap();
    let operators = KeycloakOperators::new(&keycloak.config, keycloak.pool.clone()).unwrap();
    let operator = operators.find(OperatorId::from(id)).await.unwrap().unwrap();
    assert_eq!(operator.role, Role::OnboardingOfficer);
    assert_eq!(operator.email, "officer@usher.test");
    assert!(operator.disabled_at.is_none());
    let nobody = operators
        .find(OperatorId::from(Uuid::now_v7()))
        .await
        .unwrap();
    assert!(nobody.is_none());

    // A server that starts while Keycloak is away knows what another one knew.
    let mut away = keycloak.config.clone();
    away.url = Url::parse("http://127.0.0.1:1").unwrap();
    let blind = KeycloakOperators::new(&away, keycloak.pool.clone()).unwrap();
    let known = blind.find(OperatorId::from(id)).await.unwrap().unwrap();
    assert_eq!(known.role, Role::OnboardingOfficer);
    let named = (OperatorId::from(id), "officer@usher.test".to_owned());
    assert!(blind.everybody().await.unwrap().contains(&named));

    // Without a role nobody is an operator; a new directory remembers nothing.
    let role = keycloak
        .admin(
            Method::GET,
            &format!("{realm}/roles/onboarding-officer"),
            None,
        )
        .await;
    let mappings = format!("{realm}/users/{id}/role-mappings/realm");
    keycloak
        .admin(Method::DELETE, &mappings, Some(json!([role])))
        .await;
    let fresh = KeycloakOperators::new(&keycloak.config, keycloak.pool.clone()).unwrap();
    assert!(fresh.find(OperatorId::from(id)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_remembered_for_an_outage_is_what_keycloak_said_last() {
    let mut keycloak = Keycloak::ready().await;
    let realm = keycloak.config.internal_realm.clone();
    let path = format!("{realm}/users?email=officer@usher.test");
    let found = keycloak.admin(Method::GET, &path, None).await;
    let id: Uuid = found[0]["id"].as_str().unwrap().parse().unwrap();
    let user = format!("{realm}/users/{id}");
    let mut away = keycloak.config.clone();
    away.url = Url::parse("http://127.0.0.1:1").unwrap();
    // Each looks with no memory of its own.
    let pool = keycloak.pool.clone();
    let look = async |config: &KeycloakConfig| {
        let operators = KeycloakOperators::new(config, pool.clone()).unwrap();
        operators.find(OperatorId::from(id)).await.unwrap()
    };
    for enabled in [true, false, true] {
        keycloak
            .admin(Method::PUT, &user, Some(json!({"enabled": enabled})))
            .await;
        let config = keycloak.config.clone();
        for config in [&config, &away] {
            let operator = look(config).await.unwrap();
            assert_eq!(operator.disabled_at.is_none(), enabled);
        }
    }
    keycloak.admin(Method::DELETE, &user, None).await;
    let config = keycloak.config.clone();
    for config in [&config, &away] {
        assert_eq!(look(config).await, None);
    }
}
