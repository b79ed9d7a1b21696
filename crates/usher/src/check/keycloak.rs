//! Keycloak: whether it answers as whom we expect, and whether it is as it should be.

use std::{error::Error as _, time::Duration};

use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::{Findings, Weight, too_slow, within};
use crate::{
    app::examine_keycloak,
    config::{IdentityProvider, Loaded, keycloak},
};

const ISSUER: &str = "issuer of Keycloak's realm";

/// Asks each realm who it is, then looks at all that Usher needs there.
pub async fn examine(loaded: &Loaded, patience: Option<Duration>) -> Findings {
    let mut findings = Findings::default();
    let config = &loaded.config;
    let (Some(IdentityProvider::Keycloak), Some(admin), Some(public)) = (
        config.identity.provider,
        config.admin.url.as_ref(),
        config.public.url.as_ref(),
    ) else {
        return findings;
    };
    // What is missing was said.
    let Ok(keycloak) = keycloak(config) else {
        return findings;
    };
    if loaded.problems.concern(&["identity"]) {
        return findings;
    }
    let work = async {
        let realms = [
            (
                &keycloak.internal_realm,
                keycloak.internal_realm_url(),
                keycloak.internal_issuer(),
            ),
            (
                &keycloak.customer_realm,
                keycloak.customer_realm_url(),
                keycloak.customer_issuer(),
            ),
        ];
        for (realm, place, issuer) in realms {
            match ask_issuer(&place, &issuer, keycloak.timeout).await {
                Answer::Is => findings.ok(format!("{ISSUER} {realm}")),
                // The next check says how to make the realm.
                Answer::NoRealm => {}
                Answer::Found(weight, words) => {
                    return findings.add(format!("{ISSUER} {realm}"), weight, words);
                }
            }
        }
        match examine_keycloak(&keycloak, admin, public).await {
            Ok(found) => {
                // Who the issuer is was looked at above.
                for finding in found
                    .into_iter()
                    .filter(|finding| !finding.is_about_issuer())
                {
                    let weight = if finding.is_about_settings() {
                        Weight::Wrong
                    } else {
                        Weight::Trouble
                    };
                    match finding.problem {
                        None => findings.ok(finding.what),
                        Some(words) => {
                            let words = format!("{}: {words}", finding.what);
                            findings.add(finding.what, weight, words);
                        }
                    }
                }
            }
            Err(failure) => findings.add("Keycloak", Weight::Trouble, failure.to_string()),
        }
    };
    if within(patience, work).await.is_none() {
        findings.add(
            "Keycloak answers us",
            Weight::Trouble,
            too_slow("Keycloak, at identity.keycloak.url,", patience),
        );
    }
    findings
}

enum Answer {
    Is,
    NoRealm,
    Found(Weight, String),
}

/// `place` is where we reach the realm, `expected` what it has to call itself.
async fn ask_issuer(place: &Url, expected: &Url, timeout: Duration) -> Answer {
    let place = place.as_str().trim_end_matches('/');
    let expected = expected.as_str().trim_end_matches('/');
    let http = reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let asked = match http {
        Ok(http) => {
            let url = format!("{place}/.well-known/openid-configuration");
            http.get(url).send().await
        }
        Err(error) => Err(error),
    };
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => return no_answer(place, &error),
    };
    match answer.status() {
        StatusCode::NOT_FOUND => return Answer::NoRealm,
        status if status.is_server_error() => {
            return Answer::Found(
                Weight::Trouble,
                format!("Keycloak answers {status} at {place}: look at its log"),
            );
        }
        status if !status.is_success() => {
            return Answer::Found(
                Weight::Wrong,
                format!(
                    "{place} answers {status}: identity.keycloak.url doesn't lead to a Keycloak, correct it"
                ),
            );
        }
        _ => {}
    }
    let said: Value = answer.json().await.unwrap_or_default();
    match said["issuer"].as_str() {
        Some(issuer) if issuer.trim_end_matches('/') == expected => Answer::Is,
        Some(issuer) => Answer::Found(
            Weight::Wrong,
            format!(
                "Keycloak calls itself {issuer}, we expect {expected}: set identity.keycloak.url to the address by which Keycloak knows \
                 itself (its hostname setting)"
            ),
        ),
        None => Answer::Found(
            Weight::Wrong,
            format!("{place} is no realm of a Keycloak: correct identity.keycloak.url"),
        ),
    }
}

fn no_answer(place: &str, error: &reqwest::Error) -> Answer {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = inner.to_string();
        cause = inner.source();
    }
    if words.contains("certificate") {
        return Answer::Found(
            Weight::Wrong,
            format!(
                "the certificate of {place} is not trusted ({words}): correct the host in identity.keycloak.url, or add its authority \
                 to this system's (update-ca-certificates, or a file that SSL_CERT_FILE names)"
            ),
        );
    }
    Answer::Found(
        Weight::Trouble,
        format!(
            "{place} doesn't answer ({words}): start Keycloak, or correct identity.keycloak.url"
        ),
    )
}
