//! The admin API as an administrator uses it: JSON in, JSON out, and a report of what was done.

use std::time::Duration;

use keycloak::{KeycloakAdminToken, KeycloakError};
use reqwest::Method;
use serde_json::Value;

use super::{Administrator, SetupError};
use crate::keycloak::{KeycloakConfig, http};

/// Making a realm takes Keycloak some seconds.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) struct AdminApi {
    http: reqwest::Client,
    base: String,
    administrator: Administrator,
    token: String,
    report: Vec<String>,
}

impl AdminApi {
    pub(super) async fn sign_in(
        config: &KeycloakConfig,
        administrator: &Administrator,
    ) -> Result<Self, SetupError> {
        let base = config.base().to_owned();
        let http = http(TIMEOUT).map_err(|error| away(&base, &error))?;
        let token = token(&base, administrator, &http).await?;
        Ok(Self {
            http,
            base,
            administrator: administrator.clone(),
            token,
            report: Vec::new(),
        })
    }

    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.report.push(line.into());
    }

    pub(super) fn into_report(self) -> Vec<String> {
        self.report
    }

    /// Null when there is no such thing. `what` completes "Keycloak refuses to …".
    pub(super) async fn get(&mut self, path: &str, what: &str) -> Result<Value, SetupError> {
        self.send(Method::GET, path, None, what).await
    }

    pub(super) async fn post(
        &mut self,
        path: &str,
        body: &Value,
        what: &str,
    ) -> Result<Value, SetupError> {
        self.send(Method::POST, path, Some(body), what).await
    }

    pub(super) async fn put(
        &mut self,
        path: &str,
        body: &Value,
        what: &str,
    ) -> Result<Value, SetupError> {
        self.send(Method::PUT, path, Some(body), what).await
    }

    pub(super) async fn delete(
        &mut self,
        path: &str,
        body: &Value,
        what: &str,
    ) -> Result<Value, SetupError> {
        self.send(Method::DELETE, path, Some(body), what).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        what: &str,
    ) -> Result<Value, SetupError> {
        let url = format!("{}/admin/realms{path}", self.base);
        let mut renewed = false;
        loop {
            let mut request = self
                .http
                .request(method.clone(), &url)
                .bearer_auth(&self.token);
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = request
                .send()
                .await
                .map_err(|error| away(&self.base, &error))?;
            let status = answer.status();
            let text = answer
                .text()
                .await
                .map_err(|error| away(&self.base, &error))?;
            match status.as_u16() {
                // An administrator's token lives for a minute only; the rights to a new realm come with the next one.
                401 | 403 if !renewed => {
                    renewed = true;
                    self.token = token(&self.base, &self.administrator, &self.http).await?;
                }
                404 if method == Method::GET => return Ok(Value::Null),
                200..=299 if text.is_empty() => return Ok(Value::Null),
                200..=299 => {
                    return serde_json::from_str(&text).map_err(|_| SetupError::Unreadable {
                        what: what.to_owned(),
                        url: self.base.clone(),
                    });
                }
                status => {
                    return Err(SetupError::Refused {
                        what: what.to_owned(),
                        status,
                        answer: text.chars().take(200).collect(),
                    });
                }
            }
        }
    }
}

async fn token(
    base: &str,
    administrator: &Administrator,
    http: &reqwest::Client,
) -> Result<String, SetupError> {
    match KeycloakAdminToken::acquire(base, &administrator.user, &administrator.password, http)
        .await
    {
        Ok(token) => Ok(token.access_token().to_owned()),
        Err(KeycloakError::HttpFailure {
            status: 400 | 401, ..
        }) => Err(SetupError::Administrator {
            user: administrator.user.clone(),
        }),
        Err(KeycloakError::HttpFailure { status, text, .. }) => Err(SetupError::Refused {
            what: "let an administrator in".to_owned(),
            status,
            answer: text.chars().take(200).collect(),
        }),
        Err(KeycloakError::ReqwestFailure(error)) if error.is_decode() => {
            Err(SetupError::Unreadable {
                what: "the administrator's token".to_owned(),
                url: base.to_owned(),
            })
        }
        Err(KeycloakError::ReqwestFailure(error)) => Err(away(base, &error)),
    }
}

fn away(base: &str, error: &reqwest::Error) -> SetupError {
    let problem = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer broke off"
    };
    SetupError::Away {
        url: base.to_owned(),
        problem: problem.to_owned(),
    }
}
