//! Many users in one transaction of Keycloak's (`partialImport`).

use keycloak::{KeycloakError, KeycloakTokenSupplier as _, types::UserRepresentation};
use serde::Deserialize;

use super::{CallError, Realm};

/// What became of one user of a `partialImport`.
#[derive(Debug, Deserialize)]
pub(in crate::keycloak) struct Imported {
    pub(in crate::keycloak) action: String,
    #[serde(rename = "resourceName")]
    pub(in crate::keycloak) username: String,
    pub(in crate::keycloak) id: Option<String>,
}

#[derive(Deserialize)]
struct ImportAnswer {
    #[serde(default)]
    results: Vec<Imported>,
}

impl Realm {
    /// Makes many users in one transaction; who is there already is skipped. Unlike [`Realm::create`] it keeps their ids.
    pub(in crate::keycloak) async fn import(
        &self,
        users: &[UserRepresentation],
    ) -> Result<Vec<Imported>, CallError> {
        let url = format!("{}/admin/realms/{}/partialImport", self.base, self.name);
        let body = serde_json::json!({"ifResourceExists": "SKIP", "users": users});
        let answer: ImportAnswer = self
            .call(|| async {
                let token = self.token.get(&self.base).await?;
                let answer = self
                    .http
                    .post(&url)
                    .bearer_auth(token)
                    .json(&body)
                    .send()
                    .await?;
                let status = answer.status();
                if status.is_success() {
                    return Ok(answer.json().await?);
                }
                let text = answer.text().await?;
                Err(KeycloakError::HttpFailure {
                    status: status.as_u16(),
                    body: serde_json::from_str(&text).ok(),
                    text,
                })
            })
            .await?;
        Ok(answer.results)
    }
}
