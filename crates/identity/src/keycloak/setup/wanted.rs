//! How realms and clients have to be: the part of each representation that matters to us.

use serde_json::{Value, json};

use super::ClientUrls;
use crate::keycloak::{
    API_AUDIENCE, CUSTOMER_ID, PANEL_CLIENT, PORTAL_CLIENT, PROVISIONING_CLIENT,
};

/// What a realm has to be, and what it is when we make it.
pub(super) struct Realm {
    pub(super) always: Value,
    pub(super) at_first: Value,
}

pub(super) fn internal_realm(name: &str) -> Realm {
    Realm {
        always: common(name),
        at_first: json!({
            "displayName": "Operators",
            // Half an hour unused, eight hours in all: as our own sessions.
            "ssoSessionIdleTimeout": 1800,
            "ssoSessionMaxLifespan": 28800,
            "passwordPolicy": "length(12) and notUsername and notEmail",
        }),
    }
}

pub(super) fn customer_realm(name: &str) -> Realm {
    Realm {
        always: common(name),
        at_first: json!({
            "displayName": "Customer portal",
            "ssoSessionIdleTimeout": 1800,
            "ssoSessionMaxLifespan": 28800,
            "passwordPolicy": "length(12) and notUsername and notEmail",
        }),
    }
}

/// People sign in with their e-mail, nobody registers by themselves, and guessing is slowed down.
fn common(name: &str) -> Value {
    json!({
        "realm": name,
        "enabled": true,
        "registrationAllowed": false,
        "loginWithEmailAllowed": true,
        "duplicateEmailsAllowed": false,
        "registrationEmailAsUsername": false,
        "editUsernameAllowed": false,
        "bruteForceProtected": true,
    })
}

/// Authorization code with PKCE and a secret; nothing else.
fn sign_in(id: &str, name: &str, urls: &ClientUrls, service_account: bool) -> Value {
    json!({
        "clientId": id,
        "name": name,
        "enabled": true,
        "protocol": "openid-connect",
        "publicClient": false,
        "clientAuthenticatorType": "client-secret",
        "standardFlowEnabled": true,
        "implicitFlowEnabled": false,
        "directAccessGrantsEnabled": false,
        "serviceAccountsEnabled": service_account,
        // The service account's roles have to get into its token; people's tokens are only read by us.
        "fullScopeAllowed": service_account,
        "consentRequired": false,
        "baseUrl": urls.home,
        "redirectUris": [urls.callback],
        "webOrigins": [],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": urls.signed_out,
            "backchannel.logout.url": urls.back_channel,
            "backchannel.logout.session.required": "true",
        },
    })
}

pub(super) fn panel_client(urls: &ClientUrls) -> Value {
    sign_in(PANEL_CLIENT, "Usher panel", urls, true)
}

pub(super) fn portal_client(urls: &ClientUrls) -> Value {
    sign_in(PORTAL_CLIENT, "Customer portal", urls, false)
}

pub(super) fn provisioning_client() -> Value {
    json!({
        "clientId": PROVISIONING_CLIENT,
        "name": "Usher provisioning",
        "enabled": true,
        "protocol": "openid-connect",
        "publicClient": false,
        "clientAuthenticatorType": "client-secret",
        "standardFlowEnabled": false,
        "implicitFlowEnabled": false,
        "directAccessGrantsEnabled": false,
        "serviceAccountsEnabled": true,
        "fullScopeAllowed": true,
        "redirectUris": [],
        "webOrigins": [],
    })
}

/// Puts the customer's id into the ID token.
pub(super) fn customer_id_mapper() -> Value {
    json!({
        "name": CUSTOMER_ID,
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {
            "user.attribute": CUSTOMER_ID,
            "claim.name": CUSTOMER_ID,
            "jsonType.label": "String",
            "id.token.claim": "true",
            "access.token.claim": "false",
            "userinfo.token.claim": "false",
        },
    })
}

/// The client scope that makes a program's access token one for us.
pub(super) fn audience_scope() -> Value {
    json!({
        "name": API_AUDIENCE,
        "description": "Give this scope to a program's client, and a role to its service account, and Usher takes its access tokens.",
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "false"},
    })
}

pub(super) fn audience_mapper() -> Value {
    json!({
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {
            "included.custom.audience": API_AUDIENCE,
            "access.token.claim": "true",
            "id.token.claim": "false",
        },
    })
}

/// What of `wanted` is otherwise in `current`, by path. Objects may hold more than is wanted; lists are compared as sets.
pub(super) fn differences(wanted: &Value, current: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(wanted, current, "", &mut found);
    found
}

fn walk(wanted: &Value, current: &Value, path: &str, found: &mut Vec<String>) {
    match (wanted, current) {
        (Value::Object(wanted), current) => {
            for (name, value) in wanted {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                walk(
                    value,
                    current.get(name).unwrap_or(&Value::Null),
                    &path,
                    found,
                );
            }
        }
        (Value::Array(wanted), Value::Array(current)) => {
            let same =
                wanted.len() == current.len() && wanted.iter().all(|one| current.contains(one));
            if !same {
                found.push(path.to_owned());
            }
        }
        // What is empty may be left out.
        (Value::Array(wanted), Value::Null) if wanted.is_empty() => {}
        (wanted, current) if wanted == current => {}
        _ => found.push(path.to_owned()),
    }
}

/// `current` with what is `wanted` put over it.
pub(super) fn merged(wanted: &Value, current: &Value) -> Value {
    match (wanted, current) {
        (Value::Object(wanted), Value::Object(current)) => {
            let mut all = current.clone();
            for (name, value) in wanted {
                let under = current.get(name).unwrap_or(&Value::Null);
                all.insert(name.clone(), merged(value, under));
            }
            Value::Object(all)
        }
        _ => wanted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wanted_and_otherwise_is_a_difference() {
        let current = json!({"a": 1, "list": ["x", "y"], "in": {"b": true, "c": 2}, "more": 1});
        let same = json!({"a": 1, "list": ["y", "x"], "in": {"b": true}, "none": []});
        assert_eq!(differences(&same, &current), Vec::<String>::new());
        let other = json!({"a": 2, "list": ["x"], "in": {"b": false, "d": 1}});
        assert_eq!(differences(&other, &current), ["a", "in.b", "in.d", "list"]);
        assert_eq!(
            merged(&other, &current),
            json!({"a": 2, "list": ["x"], "in": {"b": false, "c": 2, "d": 1}, "more": 1})
        );
    }
}
