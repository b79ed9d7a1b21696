//! The settings of a mailer that can be wrong whatever the server says.

use std::{fs, net::IpAddr};

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
};

use crate::{ConfigError, SmtpConfig, Tls};

/// TLS as configured, with the certificates to trust besides the system's.
pub(super) fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, ConfigError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let wrong = |reason: String| ConfigError {
            setting: "smtp.ca_file",
            reason: format!("{} {reason}", path.display()),
        };
        let pem = fs::read(path).map_err(|error| wrong(format!("can't be read ({error})")))?;
        if !pem
            .windows(27)
            .any(|line| line == b"-----BEGIN CERTIFICATE-----")
        {
            return Err(wrong(
                "holds no certificate; it has to be a PEM file".to_owned(),
            ));
        }
        let certificate = Certificate::from_pem(&pem)
            .map_err(|error| wrong(format!("holds a certificate that can't be read ({error})")))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| ConfigError {
        setting: "smtp.tls",
        reason: format!("TLS can't be set up ({error})"),
    })
}

/// The login at the server: user name and password, or neither.
pub(super) fn credentials(config: &SmtpConfig) -> Result<Option<Credentials>, ConfigError> {
    let missing = |setting, other| ConfigError {
        setting,
        reason: format!(
            "is missing, but {other} is set; set both, or neither if the server wants no login"
        ),
    };
    match (&config.username, &config.password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing("smtp.password", "smtp.username")),
        (None, Some(_)) => Err(missing("smtp.username", "smtp.password")),
        (Some(_), Some(_)) if config.tls == Tls::None && !is_loopback(&config.host) => Err(ConfigError {
            setting: "smtp.tls",
            reason: "with none, smtp.password would cross the network in clear; use starttls or implicit".to_owned(),
        }),
        (Some(username), Some(password)) => Ok(Some(Credentials::new(username.clone(), password.clone()))),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
