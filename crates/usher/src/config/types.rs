//! The configuration as Usher uses it. What each key means stands in `keys.rs`, where its default is too.
//! It is one table of all sections, as long as there are keys.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::Deserialize;
use sumsub::Secret;
use url::Url;

use super::values;
use crate::stopping::StopDeadlines;

/// Everything that can be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub admin: AdminSection,
    pub public: PublicSection,
    pub ops: OpsSection,
    pub health: HealthSection,
    pub shutdown: ShutdownSection,
    pub http: HttpSection,
    pub database: DatabaseSection,
    pub sumsub: SumsubSection,
    pub onboarding: OnboardingSection,
    pub deposit: DepositSection,
    pub retention: RetentionSection,
    pub access: AccessSection,
    pub identity: IdentitySection,
    pub smtp: SmtpSection,
    #[serde(deserialize_with = "values::proxies")]
    pub trusted_proxies: Vec<String>,
    pub log: LogSection,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSection {
    pub listen: SocketAddr,
    #[serde(default, deserialize_with = "values::optional_door_url")]
    pub url: Option<Url>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicSection {
    pub listen: SocketAddr,
    #[serde(default, deserialize_with = "values::optional_door_url")]
    pub url: Option<Url>,
    #[serde(default, deserialize_with = "values::optional_text")]
    pub contact_email: Option<String>,
    #[serde(default, deserialize_with = "values::optional_text")]
    pub bank_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpsSection {
    pub listen: SocketAddr,
}

/// When this process is not ready.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthSection {
    #[serde(deserialize_with = "values::duration")]
    pub clock_limit: Duration,
}

/// How this process ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShutdownSection {
    #[serde(deserialize_with = "values::duration_or_none")]
    pub delay: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub limit: Duration,
}

impl ShutdownSection {
    /// How long the end may take.
    #[must_use]
    pub fn deadlines(&self) -> StopDeadlines {
        StopDeadlines {
            delay: self.delay,
            limit: self.limit,
        }
    }
}

/// What every listener puts up with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    #[serde(deserialize_with = "values::duration")]
    pub header_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub body_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub idle_timeout: Duration,
    pub max_connections: std::num::NonZeroU32,
    pub max_connections_per_address: std::num::NonZeroU32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSection {
    #[serde(default, deserialize_with = "values::database_url")]
    pub url: Option<Secret>,
    #[serde(default, deserialize_with = "values::database_url")]
    pub direct_url: Option<Secret>,
    pub max_connections: std::num::NonZeroU32,
    #[serde(deserialize_with = "values::limit")]
    pub statement_timeout: Option<Duration>,
    #[serde(deserialize_with = "values::limit")]
    pub lock_timeout: Option<Duration>,
    #[serde(deserialize_with = "values::limit")]
    pub idle_in_transaction_timeout: Option<Duration>,
    #[serde(deserialize_with = "values::limit")]
    pub tcp_timeout: Option<Duration>,
    #[serde(deserialize_with = "values::text")]
    pub app_role: String,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub app_password: Option<Secret>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SumsubSection {
    #[serde(deserialize_with = "values::web_url")]
    pub base_url: Url,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub app_token: Option<Secret>,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub secret_key: Option<Secret>,
    #[serde(default, deserialize_with = "values::secrets")]
    pub webhook_secrets: Vec<Secret>,
    pub allow_sandbox: bool,
    pub allow_sha1: bool,
    #[serde(deserialize_with = "values::text")]
    pub kyc_level: String,
    #[serde(deserialize_with = "values::text")]
    pub kyb_level: String,
    #[serde(default)]
    pub levels: CustomerLevels,
    #[serde(deserialize_with = "values::duration")]
    pub link_ttl: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub timeout: Duration,
    #[serde(deserialize_with = "values::applicant_page")]
    pub dashboard_url: web::ApplicantPage,
    pub sweep: SweepSection,
}

/// How often Sumsub is asked about whom no webhook came.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepSection {
    #[serde(deserialize_with = "values::duration")]
    pub prospects_after: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub prospects_at_most: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub customers_every: Duration,
    pub per_second: std::num::NonZeroU32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnboardingSection {
    pub allow_manual_conversion: bool,
    #[serde(deserialize_with = "values::durations")]
    pub reminders: Vec<Duration>,
    #[serde(deserialize_with = "values::duration")]
    pub import_rows_kept: Duration,
}

/// When money moves, beside what always holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositSection {
    pub allow_unverified: bool,
    pub confirm_own: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSection {
    pub years: u32,
    #[serde(deserialize_with = "values::duration")]
    pub events: Duration,
}

/// What is asked of the operators whom we keep ourselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSection {
    pub require_second_factor: bool,
}

/// The level of one customer type, where it is not the KYC or KYB level.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerLevels {
    #[serde(deserialize_with = "values::optional_text")]
    pub individual: Option<String>,
    #[serde(deserialize_with = "values::optional_text")]
    pub government_entity: Option<String>,
    #[serde(deserialize_with = "values::optional_text")]
    pub private_company: Option<String>,
    #[serde(deserialize_with = "values::optional_text")]
    pub bank: Option<String>,
    #[serde(deserialize_with = "values::optional_text")]
    pub financial_institution: Option<String>,
    #[serde(deserialize_with = "values::optional_text")]
    pub foreign_agency_or_subsidiary: Option<String>,
    #[serde(deserialize_with = "values::optional_text")]
    pub non_domiciled_company: Option<String>,
}

/// Who keeps the logins.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityProvider {
    /// In our own database.
    BuiltIn,
    /// In a Keycloak.
    Keycloak,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySection {
    #[serde(default)]
    pub provider: Option<IdentityProvider>,
    #[serde(deserialize_with = "values::duration")]
    pub temporary_password_valid_for: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub look_every: Duration,
    pub keycloak: KeycloakSection,
}

/// Where the Keycloak is, and what our clients there are told by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeycloakSection {
    #[serde(default, deserialize_with = "values::optional_web_url")]
    pub url: Option<Url>,
    #[serde(default, deserialize_with = "values::optional_web_url")]
    pub public_url: Option<Url>,
    #[serde(deserialize_with = "values::realm")]
    pub internal_realm: String,
    #[serde(deserialize_with = "values::realm")]
    pub customer_realm: String,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub panel_secret: Option<Secret>,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub portal_secret: Option<Secret>,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub provisioning_secret: Option<Secret>,
    pub partial_import: bool,
    #[serde(deserialize_with = "values::duration")]
    pub timeout: Duration,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    None,
    StartTls,
    Implicit,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSection {
    #[serde(default, deserialize_with = "values::optional_text")]
    pub host: Option<String>,
    pub port: std::num::NonZeroU16,
    pub tls: SmtpTls,
    #[serde(default, deserialize_with = "values::optional_text")]
    pub username: Option<String>,
    #[serde(default, deserialize_with = "values::optional_secret")]
    pub password: Option<Secret>,
    #[serde(default, deserialize_with = "values::optional_text")]
    pub from: Option<String>,
    #[serde(default, deserialize_with = "values::optional_text")]
    pub hello: Option<String>,
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "values::duration")]
    pub timeout: Duration,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    #[serde(default)]
    pub format: Option<LogFormat>,
    #[serde(deserialize_with = "values::log_filter")]
    pub level: String,
}
