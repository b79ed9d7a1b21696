//! Looks whether a Keycloak is what Usher needs, with no more rights than Usher has.

mod clients;
mod logins;

use access::Role;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::{
    CUSTOMER_ID, KeycloakConfig, PANEL_CLIENT, PORTAL_CLIENT, PROVISIONING_CLIENT, http,
    realm_below,
    setup::{RIGHTS_OF_PANEL, Urls, rights_for_provisioning},
};

/// What a finding about the issuer begins with.
const ISSUER_OF: &str = "issuer of the realm";
/// What a finding about a client's secret, or about a realm, begins with: they are settings of ours.
const SECRET_OF: &str = "secret of the client";
const REALM: &str = "Keycloak has the realm";

const MEND: &str = "run `usher keycloak setup`";

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub what: String,
    /// What is wrong with it, and the mend; none when it is as it should be.
    pub problem: Option<String>,
}

impl Finding {
    fn of(what: String, problem: Option<String>) -> Self {
        Self { what, problem }
    }

    /// Whether it is about a setting of ours, not about what somebody set up in Keycloak.
    #[must_use]
    pub fn is_about_settings(&self) -> bool {
        self.what.starts_with(SECRET_OF) || self.what.starts_with(REALM)
    }

    /// Whether it is about whose name a realm's tokens carry.
    #[must_use]
    pub fn is_about_issuer(&self) -> bool {
        self.what.starts_with(ISSUER_OF)
    }
}

/// Looks at realms, secrets, rights, roles, the user profile and the exact addresses.
///
/// # Errors
/// When no HTTP client can be made. What Keycloak refuses, or that it is away, is a finding.
pub async fn examine(config: &KeycloakConfig, urls: &Urls) -> Result<Vec<Finding>, reqwest::Error> {
    let doctor = Doctor {
        config,
        http: http(config.timeout)?,
    };
    let mut findings = Vec::new();
    let (internal, customers) = (
        config.internal_realm.as_str(),
        config.customer_realm.as_str(),
    );
    for realm in [internal, customers] {
        findings.push(Finding::of(
            format!("{REALM} {realm}"),
            doctor.realm(realm).await,
        ));
        if findings.last().is_some_and(|last| last.problem.is_some()) {
            return Ok(findings);
        }
    }
    for realm in [internal, customers] {
        let problem = doctor.issuer(realm).await;
        findings.push(Finding::of(format!("{ISSUER_OF} {realm}"), problem));
    }
    let (panel, rights) = (PANEL_CLIENT, RIGHTS_OF_PANEL);
    let panel = doctor
        .service_account(internal, panel, &config.panel_secret, rights, &mut findings)
        .await;
    let rights = rights_for_provisioning(config.partial_import);
    let (client, secret) = (PROVISIONING_CLIENT, &config.provisioning_secret);
    let provisioning = doctor
        .service_account(customers, client, secret, rights, &mut findings)
        .await;
    findings.push(Finding::of(
        format!("{SECRET_OF} {PORTAL_CLIENT}"),
        doctor.portal_secret(&urls.portal).await,
    ));
    if let Some(token) = panel {
        let what = format!("roles of the realm {internal}");
        findings.push(Finding::of(what, doctor.roles(&token).await));
    }
    if let Some(token) = provisioning {
        findings.extend(doctor.customer_realm(&token).await);
    }
    for (realm, client, urls) in [
        (internal, PANEL_CLIENT, &urls.panel),
        (customers, PORTAL_CLIENT, &urls.portal),
    ] {
        findings.push(Finding::of(
            format!("sign-in address of the client {client}"),
            doctor.redirect(realm, client, urls).await,
        ));
    }
    Ok(findings)
}

struct Doctor<'a> {
    config: &'a KeycloakConfig,
    http: reqwest::Client,
}

impl Doctor<'_> {
    /// What only whoever manages the customers' logins may look at.
    async fn customer_realm(&self, token: &str) -> [Finding; 3] {
        let realm = &self.config.customer_realm;
        [
            Finding::of(
                format!("user profile of the realm {realm}"),
                self.profile(token).await,
            ),
            Finding::of(
                format!("locks after failed sign-ins in the realm {realm}"),
                self.locks(token).await,
            ),
            Finding::of(
                format!("logins of the realm {realm} can be changed"),
                self.directory(token).await,
            ),
        ]
    }

    async fn realm(&self, realm: &str) -> Option<String> {
        match self.http.get(self.at(realm)).send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) if answer.status() == StatusCode::NOT_FOUND => {
                Some(format!("there is none: {MEND}"))
            }
            Ok(answer) => Some(format!(
                "{} answers {}",
                self.config.base(),
                answer.status()
            )),
            Err(_) => Some(format!(
                "{} doesn't answer: start Keycloak, or correct identity.keycloak.url",
                self.config.base()
            )),
        }
    }

    /// Where we ask the realm.
    fn at(&self, realm: &str) -> Url {
        realm_below(&self.config.url, realm)
    }

    /// What its tokens will say is to be what we expect of them.
    async fn issuer(&self, realm: &str) -> Option<String> {
        let url = format!("{}/.well-known/openid-configuration", self.at(realm));
        let answer = match self.http.get(url).send().await {
            Ok(answer) => answer.json::<Value>().await,
            Err(_) => return Some("Keycloak doesn't answer".to_owned()),
        };
        let said = answer
            .ok()
            .and_then(|answer| answer["issuer"].as_str().map(str::to_owned));
        let Some(said) = said else {
            return Some("Keycloak's answer can't be read".to_owned());
        };
        let expected = self.config.issuer(realm);
        if said == expected.as_str() {
            return None;
        }
        let base = said
            .strip_suffix(&format!("/realms/{realm}"))
            .unwrap_or(&said);
        Some(format!(
            "Keycloak calls it {said}, and so do its tokens, but Usher expects {expected}, so nobody can sign in: set \
             identity.keycloak.public_url = \"{base}\"; identity.keycloak.url stays the address by which Usher reaches it"
        ))
    }

    async fn roles(&self, token: &str) -> Option<String> {
        let mut missing = Vec::new();
        // A role of programs is missed by them, not by us.
        for role in Role::PEOPLE {
            let path = format!("{}/roles/{role}", self.config.internal_realm);
            match self.admin(token, &path).await {
                Ok(Value::Null) => missing.push(role.as_str()),
                Ok(_) => {}
                Err(problem) => return Some(problem),
            }
        }
        (!missing.is_empty()).then(|| format!("missing: {}: {MEND}", missing.join(", ")))
    }

    async fn profile(&self, token: &str) -> Option<String> {
        let realm = &self.config.customer_realm;
        let profile = match self.admin(token, &format!("{realm}/users/profile")).await {
            Ok(profile) => profile,
            Err(problem) => return Some(problem),
        };
        let named = |name: &str| {
            let all = profile["attributes"].as_array()?;
            all.iter().find(|attribute| attribute["name"] == name)
        };
        let email_is_fixed = named("email").is_some_and(|email| {
            let may = email["permissions"]["edit"].as_array();
            may.is_some_and(|may| !may.iter().any(|who| who == "admin"))
        });
        if email_is_fixed {
            return Some(
                "administrators may not change the attribute email, so Usher can't either: allow it there (edit: admin)"
                    .to_owned(),
            );
        }
        let attribute = named(CUSTOMER_ID);
        match attribute {
            None => Some(format!(
                "it has no attribute {CUSTOMER_ID}, which Keycloak therefore drops: {MEND}"
            )),
            Some(attribute) if attribute["permissions"]["edit"] != serde_json::json!(["admin"]) => {
                Some(format!(
                    "others than administrators may change {CUSTOMER_ID}: {MEND}"
                ))
            }
            Some(_) => None,
        }
    }

    /// Null when there is no such thing.
    async fn admin(&self, token: &str, path: &str) -> Result<Value, String> {
        let url = format!("{}/admin/realms/{path}", self.config.base());
        let answer = self.http.get(url).bearer_auth(token).send().await;
        let answer = answer.map_err(|_| "Keycloak doesn't answer".to_owned())?;
        match answer.status() {
            StatusCode::FORBIDDEN => Err(format!("the service account may not look at it: {MEND}")),
            StatusCode::NOT_FOUND => Ok(Value::Null),
            status if !status.is_success() => Err(format!("Keycloak answers {status}")),
            _ => answer
                .json()
                .await
                .map_err(|_| "Keycloak's answer can't be read".to_owned()),
        }
    }
}
