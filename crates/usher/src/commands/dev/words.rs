//! What `usher dev` says to whoever started it.

use std::path::Path;

use crate::{
    config::{self, Loaded},
    dev::{operators::OPERATORS, ready_file::Ready, secrets::DevSecrets},
    say,
};

/// Says where everything is, how one signs in, and what to do next.
pub fn welcome(ready: &Ready, secrets: &DevSecrets, data: &Path) {
    let login = OPERATORS[0].0;
    say::out(format_args!(
        "
Usher is ready.

  Panel      {admin}   sign in as {login} with {password}
  Portal     {public}
  Simulator  {dev}/sumsub
  Mailbox    {dev}/mail
  Health     {ops}/health/ready{keycloak}

What next:
  1. Sign in to the panel and create a prospect; generate its verification link.
  2. Open the link and play the applicant: submit, then approve.
  3. Watch the customer become active, read the welcome e-mail in the mailbox, and sign in to the portal with it.

Ctrl-C stops everything; the data stays in {data}.
",
        admin = ready.admin_url,
        public = ready.public_url,
        dev = ready.dev_url,
        ops = ready.ops_url,
        keycloak = ready.keycloak_url.as_ref().map_or_else(String::new, |url| format!("\n  Keycloak   {url}")),
        password = secrets.operator_password,
        data = data.display(),
    ));
}

/// Says which keys are set in vain: `dev` never reaches outside by accident: these keys are for `serve`.
pub fn say_what_is_ignored(loaded: &Loaded) {
    let ours = [
        "admin.",
        "public.listen",
        "public.url",
        "ops.",
        "database.",
        "identity.provider",
        "identity.keycloak.url",
        "identity.keycloak.public_url",
        "identity.keycloak.panel_secret",
        "identity.keycloak.portal_secret",
        "identity.keycloak.provisioning_secret",
        "smtp.host",
        "smtp.port",
        "smtp.tls",
        "smtp.username",
        "smtp.password",
        "smtp.from",
        "smtp.hello",
        "smtp.ca_file",
        "sumsub.base_url",
        "sumsub.app_token",
        "sumsub.secret_key",
        "sumsub.webhook_secrets",
    ];
    for key in config::KEYS {
        if ours.iter().any(|prefix| key.name.starts_with(prefix)) && loaded.is_set(key.name) {
            say::aside(format_args!(
                "{}, from {}, is ignored: `usher dev` has its own.",
                key.name,
                loaded.origin(key.name)
            ));
        }
    }
}
