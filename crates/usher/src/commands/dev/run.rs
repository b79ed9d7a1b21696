//! One run of `usher dev`: what it was told, and what everybody is told because of it.

use std::net::SocketAddr;

use sumsub::Secret;
use url::Url;

use super::listeners::Urls;
use crate::{
    app::{DevSettings, Settings},
    cli::DevArgs,
    config::{Identity, Loaded},
    dev::{
        keycloak::Keycloak,
        ready_file::{Ready, ReadyOperator},
        secrets::DevSecrets,
    },
    failure::Failure,
    say,
};

/// What a run was told, and what was started for it.
pub struct Run<'a> {
    pub args: &'a DevArgs,
    pub loaded: &'a Loaded,
    pub secrets: &'a DevSecrets,
    /// Another mail server than the mailbox.
    pub smtp: Option<(String, u16)>,
    pub keycloak: Option<&'a Keycloak>,
}

impl Run<'_> {
    /// Who keeps the logins; a Keycloak is made ready for it.
    ///
    /// # Errors
    /// When Keycloak doesn't answer, or refuses.
    pub async fn identity(&self, urls: &Urls) -> Result<Identity, Failure> {
        let Some(keycloak) = self.keycloak else {
            return Ok(Identity::BuiltIn);
        };
        say::aside("Making Keycloak ready …");
        let config = &self.loaded.config;
        let prepared = keycloak.prepare(config, self.secrets, &urls.admin, &urls.public);
        Ok(Identity::Keycloak(Box::new(prepared.await?)))
    }

    /// What the parts are told; mail goes to the mailbox unless another server was named.
    ///
    /// # Errors
    /// When a value is of no use to the part that it is for.
    pub fn settings(
        &self,
        urls: Urls,
        identity: Identity,
        mailbox: SocketAddr,
    ) -> Result<Settings, Failure> {
        let (smtp_host, smtp_port) = self
            .smtp
            .clone()
            .unwrap_or_else(|| (mailbox.ip().to_string(), mailbox.port()));
        Settings::for_dev(
            self.loaded,
            DevSettings {
                admin_url: urls.admin,
                public_url: urls.public,
                sumsub_url: urls.sumsub,
                app_token: Secret::new(self.secrets.sumsub_app_token.as_str()),
                secret_key: Secret::new(self.secrets.sumsub_secret_key.as_str()),
                webhook_secret: Secret::new(self.secrets.webhook_secret.as_str()),
                smtp_host,
                smtp_port,
                identity,
            },
        )
    }

    /// Where everything is, and how one gets in.
    #[must_use]
    pub fn ready(
        &self,
        urls: &Urls,
        database_url: String,
        identity: &Identity,
        (operators, api_token): (Vec<ReadyOperator>, String),
    ) -> Ready {
        Ready {
            admin_url: plain(&urls.admin),
            public_url: plain(&urls.public),
            ops_url: plain(&urls.ops),
            dev_url: plain(&urls.tools),
            webhook_url: urls.webhook.to_string(),
            database_url,
            webhook_secret: self.secrets.webhook_secret.clone(),
            sumsub_app_token: self.secrets.sumsub_app_token.clone(),
            sumsub_secret_key: self.secrets.sumsub_secret_key.clone(),
            api_token,
            operators,
            keycloak_url: match identity {
                Identity::BuiltIn => None,
                Identity::Keycloak(keycloak) => Some(plain(&keycloak.url)),
            },
        }
    }
}

/// Without the slash at the end, so that paths can be put behind it.
fn plain(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
