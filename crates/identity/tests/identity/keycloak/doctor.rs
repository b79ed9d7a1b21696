use identity::keycloak::{Administrator, Secrets, SetupError, examine, set_up};
use reqwest::Method;
use serde_json::json;

use super::common::{Keycloak, administrator, staff, urls};

#[tokio::test]
async fn a_second_setup_finds_everything_fine_and_the_doctor_too() {
    let mut keycloak = Keycloak::bare().await;
    let findings = examine(&keycloak.config, &urls()).await.unwrap();
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("usher keycloak setup")
    );

    let first = keycloak.set_up().await.unwrap();
    assert!(
        first.report.iter().all(|line| !line.starts_with("fine")),
        "{:#?}",
        first.report
    );
    let second = keycloak.set_up().await.unwrap();
    assert!(
        second.report.iter().all(|line| line.starts_with("fine")),
        "{:#?}",
        second.report
    );
    assert_eq!(first.panel_secret, second.panel_secret);
    assert_ne!(first.panel_secret, first.portal_secret);

    keycloak.config.panel_secret = first.panel_secret;
    keycloak.config.portal_secret = first.portal_secret;
    keycloak.config.provisioning_secret = first.provisioning_secret;
    let findings = examine(&keycloak.config, &urls()).await.unwrap();
    assert!(findings.len() > 8, "{findings:#?}");
    assert!(
        findings.iter().all(|finding| finding.problem.is_none()),
        "{findings:#?}"
    );
}

#[tokio::test]
async fn the_doctor_names_what_is_missing_or_too_much_and_setup_mends_it() {
    let mut keycloak = Keycloak::ready().await;
    let (internal, customers) = (
        keycloak.config.internal_realm.clone(),
        keycloak.config.customer_realm.clone(),
    );
    // Somebody gave the service account more, and took away what it needs.
    let find = |realm: &str, id: &str| format!("{realm}/clients?clientId={id}");
    let client = keycloak
        .admin(Method::GET, &find(&customers, "usher-provisioning"), None)
        .await;
    let management = keycloak
        .admin(Method::GET, &find(&customers, "realm-management"), None)
        .await;
    let (client, management) = (
        client[0]["id"].as_str().unwrap().to_owned(),
        management[0]["id"].as_str().unwrap().to_owned(),
    );
    let account = keycloak
        .admin(
            Method::GET,
            &format!("{customers}/clients/{client}/service-account-user"),
            None,
        )
        .await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mappings = format!("{customers}/users/{account}/role-mappings/clients/{management}");
    for (method, role) in [
        (Method::POST, "realm-admin"),
        (Method::DELETE, "manage-users"),
    ] {
        let role = keycloak
            .admin(
                Method::GET,
                &format!("{customers}/clients/{management}/roles/{role}"),
                None,
            )
            .await;
        keycloak.admin(method, &mappings, Some(json!([role]))).await;
    }
    keycloak
        .admin(Method::DELETE, &format!("{internal}/roles/auditor"), None)
        .await;
    let mut config = keycloak.config.clone();
    config.portal_secret = "wrong".to_owned();
    let mut elsewhere = urls();
    elsewhere.panel.callback = "http://127.0.0.1:9/elsewhere".parse().unwrap();
    let findings = examine(&config, &elsewhere).await.unwrap();
    let problem = |what: &str| {
        let found = findings.iter().find(|finding| finding.what.contains(what));
        found
            .and_then(|finding| finding.problem.clone())
            .unwrap_or_default()
    };
    let rights = problem("rights of the service account of usher-provisioning");
    assert!(
        rights.contains("too much") && rights.contains("realm-admin"),
        "{findings:#?}"
    );
    assert!(
        problem("secret of the client usher-portal").contains("secret"),
        "{findings:#?}"
    );
    assert!(
        problem("roles of the realm").contains("auditor"),
        "{findings:#?}"
    );
    assert!(
        problem("sign-in address of the client usher-panel").contains("elsewhere"),
        "{findings:#?}"
    );
    assert_eq!(problem("secret of the client usher-panel"), "");

    // `realm-admin` brings `manage-users` along: without it the missing one is named.
    let mended = keycloak.set_up().await.unwrap();
    let said = mended.report.join("\n");
    assert!(
        said.contains("given manage-users; taken realm-admin"),
        "{said}"
    );
    assert!(said.contains("made     role auditor"), "{said}");
    let role = keycloak
        .admin(
            Method::GET,
            &format!("{customers}/clients/{management}/roles/manage-users"),
            None,
        )
        .await;
    keycloak
        .admin(Method::DELETE, &mappings, Some(json!([role])))
        .await;
    let findings = examine(&keycloak.config, &urls()).await.unwrap();
    let missing = findings
        .iter()
        .filter_map(|finding| finding.problem.as_deref())
        .any(|problem| problem.contains("the role manage-users is missing"));
    assert!(missing, "{findings:#?}");
}

#[tokio::test]
async fn a_wrong_administrator_and_no_keycloak_are_said_in_words() {
    let keycloak = Keycloak::bare().await;
    let nobody = Administrator {
        password: "wrong".to_owned(),
        ..administrator()
    };
    let refused = set_up(
        &keycloak.config,
        &nobody,
        &Secrets::default(),
        &urls(),
        &staff(),
    )
    .await;
    assert!(matches!(refused, Err(SetupError::Administrator { .. })));
    let mut away = keycloak.config.clone();
    away.url = "http://127.0.0.1:1".parse().unwrap();
    let away = set_up(&away, &administrator(), &Secrets::default(), &urls(), &[]).await;
    let words = away.err().unwrap().to_string();
    assert!(
        words.contains("127.0.0.1:1") && words.contains("identity.keycloak.url"),
        "{words}"
    );
}
