//! A Keycloak for `usher dev`: one that is started beside it, or one that runs already; either is made ready.

mod process;

use std::path::Path;

use identity::keycloak::{Administrator, KeycloakConfig, Secrets, StaffMember, set_up};
use tokio_util::sync::CancellationToken;
use url::Url;

use self::process::{ADMINISTRATOR, Process};
use super::{operators::OPERATORS, secrets::DevSecrets};
use crate::{app::keycloak_urls, cli::DevArgs, config::Config, failure::Failure};

/// The Keycloak that a run of `usher dev` uses.
pub struct Keycloak {
    url: Url,
    administrator: Administrator,
    /// Ours, when we started it.
    process: Option<Process>,
}

impl Keycloak {
    /// Starts it, or takes the one that the flags name; none when they ask for none.
    ///
    /// # Errors
    /// When it isn't installed, doesn't start, or its password is missing.
    pub async fn of(
        args: &DevArgs,
        data: &Path,
        secrets: &DevSecrets,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, Failure> {
        if let Some(url) = &args.keycloak_url {
            let password = args.keycloak_admin_password.clone().ok_or_else(|| {
                Failure::configuration(
                    "The password of Keycloak's administrator is missing: set the environment variable USHER_KEYCLOAK_ADMIN_PASSWORD.",
                )
            })?;
            return Ok(Some(Self {
                url: url.clone(),
                administrator: Administrator {
                    user: args.keycloak_admin.clone(),
                    password,
                },
                process: None,
            }));
        }
        if !args.keycloak {
            return Ok(None);
        }
        let process = Process::start(data, &secrets.keycloak, stop).await?;
        Ok(Some(Self {
            url: process.url.clone(),
            administrator: Administrator {
                user: ADMINISTRATOR.to_owned(),
                password: secrets.keycloak.clone(),
            },
            process: Some(process),
        }))
    }

    /// Makes it ready for a panel and a portal at these places, with the seeded operators; answers how it is reached.
    ///
    /// # Errors
    /// When it doesn't answer, or refuses.
    pub async fn prepare(
        &self,
        config: &Config,
        secrets: &DevSecrets,
        admin: &Url,
        public: &Url,
    ) -> Result<KeycloakConfig, Failure> {
        let section = &config.identity.keycloak;
        let mut keycloak = KeycloakConfig {
            url: self.url.clone(),
            public_url: None,
            internal_realm: section.internal_realm.clone(),
            customer_realm: section.customer_realm.clone(),
            panel_secret: secrets.keycloak.clone(),
            portal_secret: secrets.keycloak.clone(),
            provisioning_secret: secrets.keycloak.clone(),
            partial_import: section.partial_import,
            timeout: section.timeout,
        };
        let ours = || Some(secrets.keycloak.clone());
        let staff: Vec<StaffMember> = OPERATORS
            .iter()
            .map(|(email, role)| StaffMember {
                email: (*email).to_owned(),
                password: secrets.operator_password.clone(),
                role: *role,
            })
            .collect();
        let prepared = set_up(
            &keycloak,
            &self.administrator,
            &Secrets {
                panel: ours(),
                portal: ours(),
                provisioning: ours(),
            },
            &keycloak_urls(admin, public),
            &staff,
        )
        .await
        .map_err(|error| Failure::other(format!("{error}.")))?;
        for line in &prepared.report {
            tracing::debug!("{line}");
        }
        keycloak.panel_secret = prepared.panel_secret;
        keycloak.portal_secret = prepared.portal_secret;
        keycloak.provisioning_secret = prepared.provisioning_secret;
        Ok(keycloak)
    }

    /// Ends it, if we started it.
    pub async fn stop(self) {
        if let Some(process) = self.process {
            process.stop().await;
        }
    }
}
