//! What each part of Usher is told, from the configuration of `serve` or of `dev`.

use std::{collections::HashMap, time::Duration};

use customer::{kyc::Rules, levels::Levels, primitives::CustomerType, refresh::RefreshSchedule};
use mail::{SmtpConfig, Tls};
use sumsub::{Secret, SumsubConfig};
use url::Url;
use web::{TrustedProxies, WebConfig};

use super::names::{bank_name, bare_address};
use crate::{
    config::{Config, Identity, Loaded, ServeSettings, SmtpTls},
    failure::Failure,
};

/// What the parts are told.
pub struct Settings {
    pub web: WebConfig,
    pub sumsub: SumsubConfig,
    /// Any of them may have signed a webhook.
    pub webhook_secrets: Vec<Secret>,
    /// Whether the legacy SHA-1 digest is taken.
    pub allow_sha1: bool,
    pub smtp: SmtpConfig,
    pub onboarding: customer::Settings,
    /// When money moves.
    pub deposits: deposit::Settings,
    /// The bank's name in mails to prospects.
    pub bank_name: String,
    /// How long events can be read.
    pub keep_events: Duration,
    /// How long a temporary password works.
    pub temporary_for: Duration,
    /// How often logins are compared with what they should be.
    pub recheck_every: Duration,
    /// Who keeps the logins.
    pub identity: Identity,
}

/// What `usher dev` decides itself, whatever the configuration says.
pub struct DevSettings {
    pub admin_url: Url,
    pub public_url: Url,
    /// The simulator's REST API.
    pub sumsub_url: Url,
    pub app_token: Secret,
    pub secret_key: Secret,
    pub webhook_secret: Secret,
    /// The mailbox, or what `--smtp-url` names.
    pub smtp_host: String,
    pub smtp_port: u16,
    /// Built in, or the Keycloak beside it.
    pub identity: Identity,
}

impl Settings {
    /// Those of a real server.
    ///
    /// # Errors
    /// When a value is of no use to the part that it is for.
    pub fn for_serve(loaded: &Loaded, settings: &ServeSettings) -> Result<Self, Failure> {
        let config = &loaded.config;
        let contact = config
            .public
            .contact_email
            .clone()
            .unwrap_or_else(|| bare_address(&settings.smtp_from));
        let bank_name = bank_name(config, &settings.smtp_from);
        Ok(Self {
            web: WebConfig {
                bank_name: bank_name.clone(),
                ..web_config(
                    config,
                    settings.admin_url.clone(),
                    settings.public_url.clone(),
                    contact,
                )?
            },
            sumsub: sumsub_config(
                config,
                config.sumsub.base_url.clone(),
                settings.app_token.clone(),
                settings.secret_key.clone(),
            ),
            webhook_secrets: config.sumsub.webhook_secrets.clone(),
            allow_sha1: config.sumsub.allow_sha1,
            smtp: smtp_config(
                config,
                settings.smtp_host.clone(),
                settings.smtp_from.clone(),
            ),
            onboarding: onboarding(config, config.sumsub.allow_sandbox),
            deposits: deposits(config),
            bank_name,
            keep_events: config.retention.events,
            temporary_for: config.identity.temporary_password_valid_for,
            recheck_every: config.identity.look_every,
            identity: settings.identity.clone(),
        })
    }

    /// Those of `usher dev`: its own simulator and mailbox; results from the sandbox count unless told otherwise.
    ///
    /// # Errors
    /// When a value is of no use to the part that it is for.
    pub fn for_dev(loaded: &Loaded, dev: DevSettings) -> Result<Self, Failure> {
        let config = &loaded.config;
        let allow_sandbox = config.sumsub.allow_sandbox || !loaded.is_set("sumsub.allow_sandbox");
        let contact = config
            .public
            .contact_email
            .clone()
            .unwrap_or_else(|| "support@usher.test".to_owned());
        let bank_name = bank_name(config, "Usher Bank <no-reply@usher.test>");
        let mut web = web_config(config, dev.admin_url, dev.public_url, contact)?;
        web.bank_name.clone_from(&bank_name);
        if !loaded.is_set("sumsub.dashboard_url") {
            // Sumsub knows nothing of the simulator's applicants.
            web.applicant_page = None;
        }
        Ok(Self {
            web,
            sumsub: sumsub_config(config, dev.sumsub_url, dev.app_token, dev.secret_key),
            webhook_secrets: vec![dev.webhook_secret],
            allow_sha1: config.sumsub.allow_sha1,
            smtp: SmtpConfig {
                timeout: config.smtp.timeout,
                hello: Some("usher.test".to_owned()),
                ..SmtpConfig::plain(dev.smtp_host, dev.smtp_port, "Usher <no-reply@usher.test>")
            },
            onboarding: onboarding(config, allow_sandbox),
            deposits: deposits(config),
            bank_name,
            keep_events: config.retention.events,
            temporary_for: config.identity.temporary_password_valid_for,
            recheck_every: config.identity.look_every,
            identity: dev.identity,
        })
    }
}

/// The levels by customer type.
#[must_use]
pub fn levels(config: &Config) -> Levels {
    let own = &config.sumsub.levels;
    let by_type: HashMap<CustomerType, String> = [
        (CustomerType::Individual, &own.individual),
        (CustomerType::GovernmentEntity, &own.government_entity),
        (CustomerType::PrivateCompany, &own.private_company),
        (CustomerType::Bank, &own.bank),
        (
            CustomerType::FinancialInstitution,
            &own.financial_institution,
        ),
        (
            CustomerType::ForeignAgencyOrSubsidiary,
            &own.foreign_agency_or_subsidiary,
        ),
        (
            CustomerType::NonDomiciledCompany,
            &own.non_domiciled_company,
        ),
    ]
    .into_iter()
    .filter_map(|(customer_type, level)| Some((customer_type, level.clone()?)))
    .collect();
    Levels {
        kyc: config.sumsub.kyc_level.clone(),
        kyb: config.sumsub.kyb_level.clone(),
        by_type,
    }
}

fn onboarding(config: &Config, allow_sandbox: bool) -> customer::Settings {
    customer::Settings {
        levels: levels(config),
        rules: Rules { allow_sandbox },
        link_ttl: config.sumsub.link_ttl,
        refresh_schedule: RefreshSchedule {
            prospects_after: config.sumsub.sweep.prospects_after,
            prospects_at_most: config.sumsub.sweep.prospects_at_most,
            customers_every: config.sumsub.sweep.customers_every,
            per_second: config.sumsub.sweep.per_second,
        },
        reminders: config.onboarding.reminders.clone(),
        import_rows_kept: config.onboarding.import_rows_kept,
        allow_manual_conversion: config.onboarding.allow_manual_conversion,
        retention_years: config.retention.years,
    }
}

const fn deposits(config: &Config) -> deposit::Settings {
    deposit::Settings {
        allow_unverified: config.deposit.allow_unverified,
        confirm_own: config.deposit.confirm_own,
    }
}

/// How the mail server is reached.
#[must_use]
pub fn smtp_config(config: &Config, host: String, from: String) -> SmtpConfig {
    let smtp = &config.smtp;
    SmtpConfig {
        host,
        port: smtp.port.get(),
        tls: match smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTls => Tls::StartTls,
            SmtpTls::Implicit => Tls::Implicit,
        },
        username: smtp.username.clone(),
        password: smtp
            .password
            .as_ref()
            .map(|password| password.expose().to_owned()),
        from,
        hello: smtp.hello.clone(),
        ca_file: smtp.ca_file.clone(),
        timeout: smtp.timeout,
        connections: SmtpConfig::CONNECTIONS,
    }
}

/// How Sumsub is reached.
#[must_use]
pub fn sumsub_config(
    config: &Config,
    base_url: Url,
    app_token: Secret,
    secret_key: Secret,
) -> SumsubConfig {
    SumsubConfig {
        timeout: config.sumsub.timeout,
        ..SumsubConfig::new(base_url, app_token, secret_key)
    }
}

fn web_config(
    config: &Config,
    admin_url: Url,
    public_url: Url,
    contact: String,
) -> Result<WebConfig, Failure> {
    let mut web = WebConfig::new(admin_url, public_url, contact);
    web.trusted_proxies = TrustedProxies::parse(&config.trusted_proxies)
        .map_err(|error| Failure::configuration(format!("trusted_proxies: {error}.")))?;
    web.applicant_page = Some(config.sumsub.dashboard_url.clone());
    web.require_second_factor = config.access.require_second_factor;
    Ok(web)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Given, load};

    #[test]
    fn the_level_of_one_type_goes_before_the_general_one() {
        let set = |key: &str, value: &str| ("--set".to_owned(), key.to_owned(), value.to_owned());
        let given = Given {
            flags: vec![
                set("sumsub.kyb_level", "kyb"),
                set("sumsub.levels.bank", "kyb-bank"),
            ],
            ..Given::default()
        };
        let levels = levels(&load(&given).unwrap().config);
        assert_eq!(
            levels.level_for(CustomerType::Individual),
            "basic-kyc-level"
        );
        assert_eq!(levels.level_for(CustomerType::PrivateCompany), "kyb");
        assert_eq!(levels.level_for(CustomerType::Bank), "kyb-bank");
    }
}
