//! Whether our clients are there, with the secrets, the rights and the addresses that they need.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{super::PORTAL_CLIENT, Doctor, Finding, MEND, SECRET_OF};
use crate::keycloak::setup::ClientUrls;

impl Doctor<'_> {
    /// What the token endpoint of a realm answers to this form.
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
    pub(super) async fn service_account(
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
    pub(super) async fn portal_secret(&self, sign_in: &ClientUrls) -> Option<String> {
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

    /// Whether Keycloak sends browsers back to the address where this client's sign-ins end.
    pub(super) async fn redirect(
        &self,
        realm: &str,
        client: &str,
        sign_in: &ClientUrls,
    ) -> Option<String> {
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

/// The claims of a token; it is our own, fresh from Keycloak, and only looked at.
pub(super) fn claims(token: &str) -> Value {
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
