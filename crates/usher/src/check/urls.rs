//! Addresses that can't be right.

use super::{Findings, Weight};
use crate::config::{IdentityProvider, Loaded, is_loopback};

/// What two addresses say of each other. Plain http is refused elsewhere.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    let config = &loaded.config;
    let mut wrong = Vec::new();
    if let (Some(admin), Some(public)) = (&config.admin.url, &config.public.url)
        && admin.origin() == public.origin()
    {
        wrong.push(
            "admin.url and public.url are the same: browsers find panel and portal by them; give each a host name or port of its own"
                .to_owned(),
        );
    }
    if let Some(url) = &config.identity.keycloak.url
        && url.path().contains("/realms/")
    {
        wrong.push(format!(
            "identity.keycloak.url = \"{url}\" leads to a realm: leave out what begins with /realms/"
        ));
    }
    findings.all("addresses go together", Weight::Wrong, wrong);
    if let Some(contact) = &config.public.contact_email
        && !contact
            .split_once('@')
            .is_some_and(|(_, domain)| domain.contains('.'))
    {
        findings.add(
            "public.contact_email",
            Weight::Warning,
            format!("public.contact_email = \"{contact}\" is no mail address: customers are told to write to it"),
        );
    }
    if config.identity.provider == Some(IdentityProvider::BuiltIn)
        && config.identity.keycloak.url.is_some()
    {
        findings.add(
            "identity.keycloak.url",
            Weight::Warning,
            "identity.keycloak.url is of no use while identity.provider is built-in: set identity.provider to keycloak, or leave the \
             address out",
        );
    }
    let dashboard = config.sumsub.dashboard_url.address_of("ID");
    let loopback = dashboard.parse().is_ok_and(|url| is_loopback(&url));
    if dashboard.starts_with("http://") && !loopback {
        findings.add(
            "sumsub.dashboard_url",
            Weight::Warning,
            format!("sumsub.dashboard_url leads to {dashboard}, which is plain http: use https"),
        );
    }
}
