//! The table of all keys: what `usher config` prints, what an error message allows, and where each default is.

/// How a key's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Text that is never shown, and may be read from a file.
    Secret,
    /// Several secrets; in an environment variable set apart by commas.
    Secrets,
    Bool,
    Number,
    /// Several texts; in an environment variable set apart by commas.
    List,
}

impl Kind {
    /// Whether its value must not be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Secrets)
    }

    /// A value, written in the table as in the environment, as it is written in TOML.
    #[must_use]
    pub fn in_toml(self, value: &str) -> String {
        match self {
            Self::Bool | Self::Number => value.to_owned(),
            Self::Text | Self::Secret => format!("{value:?}"),
            Self::List | Self::Secrets => {
                let entries: Vec<String> = value
                    .split(',')
                    .filter(|entry| !entry.is_empty())
                    .map(|entry| format!("{entry:?}"))
                    .collect();
                format!("[{}]", entries.join(", "))
            }
        }
    }

    /// Its name in the reference.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Secret => "secret",
            Self::Secrets => "list of secrets",
            Self::Bool => "true or false",
            Self::Number => "number",
            Self::List => "list of texts",
        }
    }
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its dotted name: `section.key`.
    pub name: &'static str,
    pub kind: Kind,
    /// As it would stand in the environment.
    pub default: Option<&'static str>,
    /// What is allowed, to follow "use".
    pub allowed: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

impl Key {
    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("USHER_{}", self.name.replace('.', "__").to_uppercase())
    }
}

/// The key of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    allowed: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        name,
        kind,
        default,
        allowed,
        doc,
    }
}

const ADDRESS: &str = "an IP address with a port, such as 127.0.0.1:7600 (port 0: any free port)";
const WEB_URL: &str = "an http or https URL without a query";
const REALM: &str = "letters, digits, dots, dashes and underscores, but not master";
const CLIENT_SECRET: &str =
    "a secret that `usher keycloak setup` prints, or one of yours that it sets";
const DURATION: &str = "a duration such as 30s, 12h or 7d";
const SWITCH: &str = "true or false";
const SOME_TEXT: &str = "text that isn't empty";
const LEVEL: &str = "the name of a level in Sumsub";

/// Every key there is.
pub const KEYS: &[Key] = &[
    key(
        "admin.listen",
        Kind::Text,
        Some("127.0.0.1:7600"),
        ADDRESS,
        "Where the panel listens.",
    ),
    key(
        "admin.url",
        Kind::Text,
        None,
        WEB_URL,
        "Where browsers find the panel. Requests are compared with it (Origin), and its scheme decides the cookies.",
    ),
    key(
        "public.listen",
        Kind::Text,
        Some("127.0.0.1:7601"),
        ADDRESS,
        "Where the portal and the webhook listen: the only listener that the internet need reach.",
    ),
    key(
        "public.url",
        Kind::Text,
        None,
        WEB_URL,
        "Where customers find the portal; it stands in every welcome e-mail.",
    ),
    key(
        "public.contact_email",
        Kind::Text,
        None,
        SOME_TEXT,
        "Whom a customer is told to write to. Left out: the address of smtp.from.",
    ),
    key(
        "ops.listen",
        Kind::Text,
        Some("127.0.0.1:7602"),
        ADDRESS,
        "Where health and metrics are served. Keep it inside.",
    ),
    key(
        "database.url",
        Kind::Secret,
        None,
        "a URL such as postgres://user:password@host:5432/usher",
        "The PostgreSQL database. `usher migrate` needs its owner's role; `usher serve` and `usher worker` refuse that one and need database.app_role.",
    ),
    key(
        "database.max_connections",
        Kind::Number,
        Some("20"),
        "a whole number from 1 up",
        "How many connections one process opens at most.",
    ),
    key(
        "database.app_role",
        Kind::Text,
        Some("usher_app"),
        SOME_TEXT,
        "The database role of `usher serve` and `usher worker`, which can't change what happened. `usher migrate` makes it and gives it its rights.",
    ),
    key(
        "database.app_password",
        Kind::Secret,
        None,
        "printable ASCII characters",
        "`usher migrate` sets it as that role's password. Left out: the password stays as it is.",
    ),
    key(
        "sumsub.base_url",
        Kind::Text,
        Some("https://api.sumsub.com"),
        WEB_URL,
        "Sumsub's REST API.",
    ),
    key(
        "sumsub.app_token",
        Kind::Secret,
        None,
        "the app token that Sumsub's dashboard shows, beginning with prd: or sbx:",
        "Identifies us to Sumsub.",
    ),
    key(
        "sumsub.secret_key",
        Kind::Secret,
        None,
        "the secret key that Sumsub showed when the app token was made",
        "Signs our requests to Sumsub.",
    ),
    key(
        "sumsub.webhook_secrets",
        Kind::Secrets,
        None,
        "one or more secret keys of the webhook",
        "Any of them may have signed a webhook: list the old and the new one while you change it.",
    ),
    key(
        "sumsub.allow_sandbox",
        Kind::Bool,
        Some("false"),
        SWITCH,
        "Whether results from Sumsub's sandbox count. Anyone can make such a result: only for tests.",
    ),
    key(
        "sumsub.allow_sha1",
        Kind::Bool,
        Some("false"),
        SWITCH,
        "Whether webhooks signed with the legacy HMAC_SHA1_HEX are taken.",
    ),
    key(
        "sumsub.kyc_level",
        Kind::Text,
        Some("basic-kyc-level"),
        LEVEL,
        "The verification level of individuals.",
    ),
    key(
        "sumsub.kyb_level",
        Kind::Text,
        Some("basic-kyb-level"),
        LEVEL,
        "The verification level of every other customer type.",
    ),
    key(
        "sumsub.link_ttl",
        Kind::Text,
        Some("7d"),
        DURATION,
        "How long a verification link lives.",
    ),
    key(
        "sumsub.timeout",
        Kind::Text,
        Some("10s"),
        DURATION,
        "How long one request to Sumsub may take.",
    ),
    key(
        "sumsub.dashboard_url",
        Kind::Text,
        None,
        WEB_URL,
        "The page of an applicant in Sumsub's dashboard; the applicant id is put behind it. Left out: the id is shown without a link.",
    ),
    key(
        "sumsub.sweep.prospects_after",
        Kind::Text,
        Some("30m"),
        DURATION,
        "Sumsub is asked about an open prospect that stood still for so long, then less and less often.",
    ),
    key(
        "sumsub.sweep.prospects_at_most",
        Kind::Text,
        Some("1d"),
        DURATION,
        "How seldom Sumsub is asked about an open prospect at most.",
    ),
    key(
        "sumsub.sweep.customers_every",
        Kind::Text,
        Some("7d"),
        DURATION,
        "How often Sumsub is asked about every customer that isn't closed.",
    ),
    key(
        "sumsub.levels.individual",
        Kind::Text,
        None,
        LEVEL,
        "The level of individuals, instead of kyc_level.",
    ),
    key(
        "sumsub.levels.government_entity",
        Kind::Text,
        None,
        LEVEL,
        "The level of government entities, instead of kyb_level.",
    ),
    key(
        "sumsub.levels.private_company",
        Kind::Text,
        None,
        LEVEL,
        "The level of private companies, instead of kyb_level.",
    ),
    key(
        "sumsub.levels.bank",
        Kind::Text,
        None,
        LEVEL,
        "The level of banks, instead of kyb_level.",
    ),
    key(
        "sumsub.levels.financial_institution",
        Kind::Text,
        None,
        LEVEL,
        "The level of financial institutions, instead of kyb_level.",
    ),
    key(
        "sumsub.levels.foreign_agency_or_subsidiary",
        Kind::Text,
        None,
        LEVEL,
        "The level of foreign agencies and subsidiaries, instead of kyb_level.",
    ),
    key(
        "sumsub.levels.non_domiciled_company",
        Kind::Text,
        None,
        LEVEL,
        "The level of non-domiciled companies, instead of kyb_level.",
    ),
    key(
        "onboarding.allow_manual_conversion",
        Kind::Bool,
        Some("true"),
        SWITCH,
        "Whether who may (CUSTOMER_CONVERT) can make a prospect a customer past KYC.",
    ),
    key(
        "deposit.allow_unverified",
        Kind::Bool,
        Some("false"),
        SWITCH,
        "Whether money moves before a customer is verified.",
    ),
    key(
        "deposit.confirm_own",
        Kind::Bool,
        Some("false"),
        SWITCH,
        "Whether who recorded a deposit or started a withdrawal may confirm and revert it, too.",
    ),
    key(
        "retention.years",
        Kind::Number,
        Some("5"),
        "a whole number of years",
        "Personal data may be erased when a record has been closed for so long.",
    ),
    key(
        "identity.provider",
        Kind::Text,
        None,
        "built-in or keycloak",
        "Who keeps the logins of customers and operators.",
    ),
    key(
        "identity.temporary_password_valid_for",
        Kind::Text,
        Some("7d"),
        DURATION,
        "How long the temporary password of a welcome e-mail works.",
    ),
    key(
        "identity.keycloak.url",
        Kind::Text,
        None,
        WEB_URL,
        "Keycloak, as browsers and Usher both reach it. `usher keycloak setup` makes it ready.",
    ),
    key(
        "identity.keycloak.internal_realm",
        Kind::Text,
        Some("usher-internal"),
        REALM,
        "The operators' realm.",
    ),
    key(
        "identity.keycloak.customer_realm",
        Kind::Text,
        Some("usher-customers"),
        REALM,
        "The customers' realm.",
    ),
    key(
        "identity.keycloak.panel_secret",
        Kind::Secret,
        None,
        CLIENT_SECRET,
        "The secret of the client usher-panel in the operators' realm.",
    ),
    key(
        "identity.keycloak.portal_secret",
        Kind::Secret,
        None,
        CLIENT_SECRET,
        "The secret of the client usher-portal in the customers' realm.",
    ),
    key(
        "identity.keycloak.provisioning_secret",
        Kind::Secret,
        None,
        CLIENT_SECRET,
        "The secret of the client usher-provisioning in the customers' realm, whose service account manages the logins.",
    ),
    key(
        "identity.keycloak.partial_import",
        Kind::Bool,
        Some("false"),
        SWITCH,
        "Whether logins are made by partialImport: quicker, but the service account then needs manage-realm, with which its holder may change everything in the realm.",
    ),
    key(
        "identity.keycloak.timeout",
        Kind::Text,
        Some("10s"),
        DURATION,
        "How long one call to Keycloak may take.",
    ),
    key(
        "smtp.host",
        Kind::Text,
        None,
        "the name or address of a mail server",
        "The mail server that sends our e-mails.",
    ),
    key(
        "smtp.port",
        Kind::Number,
        Some("587"),
        "a port from 1 to 65535",
        "Its port: 587 for starttls, 465 for implicit, as a rule.",
    ),
    key(
        "smtp.tls",
        Kind::Text,
        Some("starttls"),
        "starttls, implicit or none",
        "How the connection is protected. none is for a mail server on this machine.",
    ),
    key(
        "smtp.username",
        Kind::Text,
        None,
        SOME_TEXT,
        "The login at the mail server, when it wants one.",
    ),
    key(
        "smtp.password",
        Kind::Secret,
        None,
        SOME_TEXT,
        "The password at the mail server.",
    ),
    key(
        "smtp.from",
        Kind::Text,
        None,
        "a mail address such as Usher <no-reply@bank.example>",
        "The sender of our e-mails.",
    ),
    key(
        "smtp.ca_file",
        Kind::Text,
        None,
        "the path of a PEM file",
        "A certificate authority to trust besides the system's.",
    ),
    key(
        "smtp.timeout",
        Kind::Text,
        Some("30s"),
        DURATION,
        "How long one conversation with the mail server may take.",
    ),
    key(
        "trusted_proxies",
        Kind::List,
        Some(""),
        "IP addresses or networks such as 10.0.0.0/8",
        "The proxies in front of us, whose X-Forwarded-For counts.",
    ),
    key(
        "log.format",
        Kind::Text,
        None,
        "text or json",
        "How log lines are written. Left out: text in dev, json in serve and worker.",
    ),
    key(
        "log.level",
        Kind::Text,
        Some("info"),
        "off, error, warn, info, debug or trace, also for one part: info,customer=debug",
        "What is logged. sqlx says only warnings unless it is named.",
    ),
];
