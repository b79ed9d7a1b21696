//! How operators get the passwords that nobody else sees: by mail.

use std::time::Duration;

use access::Invitation;
use async_trait::async_trait;
use mail::{Mailer, OperatorPassword, operator_password};
use url::Url;

use super::settings::smtp_config;
use crate::{config::Config, failure::Failure};

/// The mail server, on the way to the operators.
#[derive(Clone)]
pub struct Invitations {
    mailer: Mailer,
    panel_url: Url,
    valid_for: Duration,
}

impl Invitations {
    /// By this mail server, for a panel at this address.
    #[must_use]
    pub fn new(mailer: Mailer, panel_url: Url, valid_for: Duration) -> Self {
        Self {
            mailer,
            panel_url,
            valid_for,
        }
    }

    /// As the configuration has them; none where it names no mail server, no sender or no address of the panel.
    ///
    /// # Errors
    /// When the mail settings can't work.
    pub fn of(config: &Config) -> Result<Option<Self>, Failure> {
        let (Some(host), Some(from), Some(panel_url)) =
            (&config.smtp.host, &config.smtp.from, &config.admin.url)
        else {
            return Ok(None);
        };
        let mailer = Mailer::new(smtp_config(config, host.clone(), from.clone()))
            .map_err(|error| Failure::configuration(format!("{error}.")))?;
        let valid_for = config.identity.temporary_password_valid_for;
        Ok(Some(Self::new(mailer, panel_url.clone(), valid_for)))
    }
}

#[async_trait]
impl access::Invitations for Invitations {
    fn valid_for(&self) -> Duration {
        self.valid_for
    }

    async fn send(&self, invitation: Invitation) -> Result<(), String> {
        let message = operator_password(OperatorPassword {
            to: &invitation.email,
            panel_url: &self.panel_url,
            temporary_password: &invitation.password,
            valid_for: invitation.valid_for,
            again: invitation.again,
            operator_id: invitation.operator.into(),
        });
        self.mailer.send(message).await.map_err(|error| {
            let error = error.to_string();
            let words = vitals::without_addresses(&error);
            tracing::warn!(operator = %invitation.operator, error = words, "an operator's password could not be mailed");
            error
        })
    }
}
