//! Our clients, their secrets, and what their service accounts may do.

use serde_json::{Value, json};

use super::{
    SetupError,
    api::AdminApi,
    wanted::{self, differences, merged},
};
use crate::keycloak::API_AUDIENCE;

/// One client as it has to be.
pub(super) struct Client<'a> {
    pub(super) realm: &'a str,
    pub(super) id: &'a str,
    pub(super) wanted: Value,
    pub(super) secret: Option<&'a str>,
    /// The roles of `realm-management` that its service account has, and no others; none without a service account.
    pub(super) rights: Option<&'a [&'a str]>,
    pub(super) mapper: Option<Value>,
}

/// Answers the client's secret.
pub(super) async fn ensure(api: &mut AdminApi, client: &Client<'_>) -> Result<String, SetupError> {
    let (realm, id) = (client.realm, client.id);
    let mut wanted = client.wanted.clone();
    if let Some(secret) = client.secret {
        wanted["secret"] = json!(secret);
    }
    let mut current = find(api, realm, id).await?;
    if current.is_null() {
        api.post(
            &format!("/{realm}/clients"),
            &wanted,
            &format!("make the client {id}"),
        )
        .await?;
        api.say(format!("made     client {id} in {realm}"));
        current = find(api, realm, id).await?;
    } else {
        let changes = differences(&wanted, &current);
        if changes.is_empty() {
            api.say(format!("fine     client {id} in {realm}"));
        } else {
            let uuid = text(&current, "id");
            api.put(
                &format!("/{realm}/clients/{uuid}"),
                &merged(&wanted, &current),
                &format!("change the client {id}"),
            )
            .await?;
            api.say(format!(
                "changed  client {id} in {realm}: {}",
                changes.join(", ")
            ));
        }
    }
    let uuid = text(&current, "id");
    if let Some(mapper) = &client.mapper {
        let path = format!("/{realm}/clients/{uuid}/protocol-mappers/models");
        ensure_mapper(api, &path, mapper, id).await?;
    }
    if let Some(rights) = client.rights {
        ensure_rights(api, realm, id, &uuid, rights).await?;
    }
    let secret = api
        .get(
            &format!("/{realm}/clients/{uuid}/client-secret"),
            &format!("show the secret of {id}"),
        )
        .await?;
    Ok(text(&secret, "value"))
}

/// The client scope with which a program's tokens are meant for us. Given to nobody by itself.
pub(super) async fn ensure_audience_scope(
    api: &mut AdminApi,
    realm: &str,
) -> Result<(), SetupError> {
    let path = format!("/{realm}/client-scopes");
    let what = format!("make the client scope {API_AUDIENCE}");
    let mut scope = named(
        &api.get(&path, "show the client scopes").await?,
        API_AUDIENCE,
    );
    if scope.is_null() {
        api.post(&path, &wanted::audience_scope(), &what).await?;
        api.say(format!("made     client scope {API_AUDIENCE} in {realm}"));
        scope = named(
            &api.get(&path, "show the client scopes").await?,
            API_AUDIENCE,
        );
    } else {
        api.say(format!("fine     client scope {API_AUDIENCE} in {realm}"));
    }
    let path = format!("{path}/{}/protocol-mappers/models", text(&scope, "id"));
    ensure_mapper(api, &path, &wanted::audience_mapper(), API_AUDIENCE).await
}

async fn ensure_mapper(
    api: &mut AdminApi,
    path: &str,
    mapper: &Value,
    of: &str,
) -> Result<(), SetupError> {
    let name = text(mapper, "name");
    let current = named(
        &api.get(path, &format!("show the mappers of {of}")).await?,
        &name,
    );
    if current.is_null() {
        api.post(path, mapper, &format!("make the mapper {name} of {of}"))
            .await?;
        api.say(format!("made     mapper {name} of {of}"));
        return Ok(());
    }
    let changes = differences(mapper, &current);
    if changes.is_empty() {
        api.say(format!("fine     mapper {name} of {of}"));
    } else {
        let path = format!("{path}/{}", text(&current, "id"));
        api.put(
            &path,
            &merged(mapper, &current),
            &format!("change the mapper {name} of {of}"),
        )
        .await?;
        api.say(format!(
            "changed  mapper {name} of {of}: {}",
            changes.join(", ")
        ));
    }
    Ok(())
}

async fn ensure_rights(
    api: &mut AdminApi,
    realm: &str,
    id: &str,
    uuid: &str,
    rights: &[&str],
) -> Result<(), SetupError> {
    let what = format!("change what the service account of {id} may do");
    let account = api
        .get(
            &format!("/{realm}/clients/{uuid}/service-account-user"),
            &what,
        )
        .await?;
    let management = text(&find(api, realm, "realm-management").await?, "id");
    let path = format!(
        "/{realm}/users/{}/role-mappings/clients/{management}",
        text(&account, "id")
    );
    let has = api.get(&path, &what).await?;
    let has: Vec<Value> = has.as_array().cloned().unwrap_or_default();
    let too_many: Vec<Value> = has
        .iter()
        .filter(|role| !rights.contains(&text(role, "name").as_str()))
        .cloned()
        .collect();
    let mut missing = Vec::new();
    for right in rights
        .iter()
        .filter(|right| has.iter().all(|role| role["name"] != **right))
    {
        let role = api
            .get(
                &format!("/{realm}/clients/{management}/roles/{right}"),
                &what,
            )
            .await?;
        missing.push(role);
    }
    if missing.is_empty() && too_many.is_empty() {
        api.say(format!("fine     rights of {id}: {}", rights.join(", ")));
        return Ok(());
    }
    if !missing.is_empty() {
        api.post(&path, &Value::Array(missing.clone()), &what)
            .await?;
    }
    if !too_many.is_empty() {
        api.delete(&path, &Value::Array(too_many.clone()), &what)
            .await?;
    }
    let list = |roles: &[Value]| {
        roles
            .iter()
            .map(|role| text(role, "name"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut words = Vec::new();
    if !missing.is_empty() {
        words.push(format!("given {}", list(&missing)));
    }
    if !too_many.is_empty() {
        words.push(format!("taken {}", list(&too_many)));
    }
    api.say(format!("changed  rights of {id}: {}", words.join("; ")));
    Ok(())
}

async fn find(api: &mut AdminApi, realm: &str, id: &str) -> Result<Value, SetupError> {
    let found = api
        .get(
            &format!("/{realm}/clients?clientId={id}"),
            &format!("show the client {id}"),
        )
        .await?;
    Ok(found.get(0).cloned().unwrap_or(Value::Null))
}

fn named(all: &Value, name: &str) -> Value {
    let found = all
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == name));
    found.cloned().unwrap_or(Value::Null)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
