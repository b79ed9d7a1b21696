//! Looks whether a Keycloak is what Usher needs, with no more rights than Usher has.

mod logins;

use access::Role;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::{
    CUSTOMER_ID, KeycloakConfig, PANEL_CLIENT, PORTAL_CLIENT, PROVISIONING_CLIENT, http,
    realm_below,
    setup::{ClientUrls, RIGHTS_OF_PANEL, Urls, rights_for_provisioning},
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
    for realm in [&config.internal_realm, &config.customer_realm] {
        let problem = doctor.realm(realm).await;
        let away = problem.is_some();
        findings.push(Finding {
            what: format!("{REALM} {realm}"),
            problem,
        });
        if away {
            return Ok(findings);
        }
    }
    let (internal, customers) = (
        config.internal_realm.as_str(),
        config.customer_realm.as_str(),
    );
    for realm in [internal, customers] {
        findings.push(Finding {
            what: format!("{ISSUER_OF} {realm}"),
            problem: doctor.issuer(realm).await,
        });
    }
    let panel = doctor
        .service_account(
            internal,
            PANEL_CLIENT,
            &config.panel_secret,
            RIGHTS_OF_PANEL,
            &mut findings,
        )
        .await;
    let provisioning = doctor
        .service_account(
            customers,
            PROVISIONING_CLIENT,
            &config.provisioning_secret,
            rights_for_provisioning(config.partial_import),
            &mut findings,
        )
        .await;
    findings.push(Finding {
        what: format!("{SECRET_OF} {PORTAL_CLIENT}"),
        problem: doctor.portal_secret(&urls.portal).await,
    });
    if let Some(token) = panel {
        findings.push(Finding {
            what: format!("roles of the realm {internal}"),
            problem: doctor.roles(&token).await,
        });
    }
    if let Some(token) = provisioning {
        findings.push(Finding {
            what: format!("user profile of the realm {customers}"),
            problem: doctor.profile(&token).await,
        });
        findings.push(Finding {
            what: format!("locks after failed sign-ins in the realm {customers}"),
            problem: doctor.locks(&token).await,
        });
        findings.push(Finding {
            what: format!("logins of the realm {customers} can be changed"),
            problem: doctor.directory(&token).await,
        });
    }
    for (realm, client, sign_in) in [
        (internal, PANEL_CLIENT, &urls.panel),
        (customers, PORTAL_CLIENT, &urls.portal),
    ] {
        findings.push(Finding {
            what: format!("sign-in address of the client {client}"),
            problem: doctor.redirect(realm, client, sign_in).await,
        });
    }
    Ok(findings)
}

struct Doctor<'a> {
    config: &'a KeycloakConfig,
    http: reqwest::Client,
}

impl Doctor<'_> {
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

    async fn token(&self, realm: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        let url = format!("{}/protocol/openid-connect/token", self.at(realm));
        let answer = self.http.post(url).form(form).send().await;
        let answer = answer.map_err(|_| "Keycloak doesn't answer".to_owned())?;
        answer
            .json()
            .await
            .map_err(|_| "Keycloak's answer can't be read".to_owned())
    }

    /// Looks at the secret and at the rights; answers a token when there is one.
    async fn service_account(
        &self,
        realm: &str,
        client: &str,
        secret: &str,
        rights: &[&str],
        findings: &mut Vec<Finding>,
    ) -> Option<String> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", secret),
        ];
        let answer = self.token(realm, &form).await;
        let token = answer
            .as_ref()
            .ok()
            .and_then(|answer| answer["access_token"].as_str())
            .map(str::to_owned);
        findings.push(Finding {
            what: format!("{SECRET_OF} {client}"),
            problem: match (&token, answer) {
                (Some(_), _) => None,
                (None, Err(problem)) => Some(problem),
                (None, Ok(answer)) => Some(refused(&answer, client)),
            },
        });
        let token = token?;
        let has = management_roles(&token);
        let missing: Vec<&str> = rights
            .iter()
            .copied()
            .filter(|right| !has.iter().any(|role| role == right))
            .collect();
        // What a wanted role brings along is no more than that.
        let brought = ["query-users", "query-groups"];
        let too_many: Vec<&str> = has
            .iter()
            .map(String::as_str)
            .filter(|role| !rights.contains(role) && !brought.contains(role))
            .collect();
        let mut words = Vec::new();
        if !missing.is_empty() {
            words.push(format!("the role {} is missing", missing.join(", ")));
        }
        if !too_many.is_empty() {
            words.push(format!("it may do too much: {}", too_many.join(", ")));
        }
        findings.push(Finding {
            what: format!("rights of the service account of {client}"),
            problem: (!words.is_empty()).then(|| format!("{}: {MEND}", words.join("; "))),
        });
        missing.is_empty().then_some(token)
    }

    /// The portal's client has no service account: a code that nobody gave is refused for another reason than a wrong secret.
    async fn portal_secret(&self, sign_in: &ClientUrls) -> Option<String> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", PORTAL_CLIENT),
            ("client_secret", self.config.portal_secret.as_str()),
            ("code", "none"),
            ("redirect_uri", sign_in.callback.as_str()),
            ("code_verifier", "none"),
        ];
        match self.token(&self.config.customer_realm, &form).await {
            Ok(answer) if answer["error"] == "invalid_grant" => None,
            Ok(answer) => Some(refused(&answer, PORTAL_CLIENT)),
            Err(problem) => Some(problem),
        }
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

    async fn redirect(&self, realm: &str, client: &str, sign_in: &ClientUrls) -> Option<String> {
        let url = format!("{}/protocol/openid-connect/auth", self.at(realm));
        let asked = self
            .http
            .get(url)
            .query(&[
                ("client_id", client),
                ("response_type", "code"),
                ("scope", "openid"),
                ("redirect_uri", sign_in.callback.as_str()),
                ("code_challenge_method", "S256"),
                // Of nothing: nobody goes on from here.
                (
                    "code_challenge",
                    "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
                ),
                ("state", "doctor"),
            ])
            .send()
            .await;
        match asked {
            Ok(answer) if answer.status().is_success() => None,
            Ok(_) => Some(format!(
                "Keycloak doesn't know {} for it: {MEND}",
                sign_in.callback
            )),
            Err(_) => Some("Keycloak doesn't answer".to_owned()),
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

fn refused(answer: &Value, client: &str) -> String {
    match answer["error"].as_str() {
        Some("invalid_client" | "unauthorized_client") => format!(
            "Keycloak refuses it, or has no client {client}: set the secret that `usher keycloak setup` prints, or run it with yours"
        ),
        Some(error) => format!("Keycloak refuses it ({error}): {MEND}"),
        None => "Keycloak's answer can't be read".to_owned(),
    }
}

/// What a token says; it is our own, fresh from Keycloak, and only looked at.
fn claims(token: &str) -> Value {
    token
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

fn management_roles(token: &str) -> Vec<String> {
    claims(token)["resource_access"]["realm-management"]["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|role| role.as_str().map(str::to_owned))
        .collect()
}
