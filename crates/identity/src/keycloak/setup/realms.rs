//! Realms, their roles, the customers' profile, and the operators that `usher dev` seeds.

use access::Role;
use serde_json::{Value, json};

use super::{
    SetupError, StaffMember,
    api::AdminApi,
    wanted::{self, differences, merged},
};
use crate::keycloak::CUSTOMER_ID;

pub(super) async fn ensure(
    api: &mut AdminApi,
    name: &str,
    realm: wanted::Realm,
) -> Result<(), SetupError> {
    let path = format!("/{name}");
    let current = api.get(&path, &format!("show the realm {name}")).await?;
    if current.is_null() {
        let whole = merged(&realm.always, &realm.at_first);
        api.post("", &whole, &format!("make the realm {name}"))
            .await?;
        api.say(format!("made     realm {name}"));
        return Ok(());
    }
    let changes = differences(&realm.always, &current);
    if changes.is_empty() {
        api.say(format!("fine     realm {name}"));
    } else {
        api.put(&path, &realm.always, &format!("change the realm {name}"))
            .await?;
        api.say(format!("changed  realm {name}: {}", changes.join(", ")));
    }
    Ok(())
}

pub(super) async fn ensure_role(
    api: &mut AdminApi,
    realm: &str,
    role: Role,
) -> Result<(), SetupError> {
    let current = api
        .get(
            &format!("/{realm}/roles/{role}"),
            &format!("show the role {role}"),
        )
        .await?;
    if current.is_null() {
        let body = json!({"name": role.as_str(), "description": format!("Works with Usher's panel as {role}.")});
        api.post(
            &format!("/{realm}/roles"),
            &body,
            &format!("make the role {role}"),
        )
        .await?;
        api.say(format!("made     role {role} in {realm}"));
    } else {
        api.say(format!("fine     role {role} in {realm}"));
    }
    Ok(())
}

/// Customers are asked for no names, change neither their address nor whose login it is, and the latter is kept at all.
pub(super) async fn ensure_profile(api: &mut AdminApi, realm: &str) -> Result<(), SetupError> {
    let path = format!("/{realm}/users/profile");
    let current = api.get(&path, "show the user profile").await?;
    let mut wanted = current.clone();
    if wanted.get("attributes").is_none() {
        wanted = json!({"attributes": []});
    }
    let Some(attributes) = wanted.get_mut("attributes").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    for attribute in attributes.iter_mut() {
        let Some(fields) = attribute.as_object_mut() else {
            continue;
        };
        let by_administrators = json!({"view": ["admin", "user"], "edit": ["admin"]});
        match fields.get("name").and_then(Value::as_str) {
            Some("firstName" | "lastName") => {
                fields.remove("required");
            }
            Some("email" | "username") => {
                fields.insert("permissions".to_owned(), by_administrators);
            }
            _ => {}
        }
    }
    attributes.retain(|attribute| attribute["name"] != CUSTOMER_ID);
    attributes.push(json!({
        "name": CUSTOMER_ID,
        "displayName": "Customer id in Usher",
        "permissions": {"view": ["admin"], "edit": ["admin"]},
        "multivalued": false,
    }));
    let changes = profile_changes(&wanted, &current);
    if changes.is_empty() {
        api.say(format!("fine     user profile of {realm}"));
    } else {
        api.put(&path, &wanted, "change the user profile").await?;
        api.say(format!(
            "changed  user profile of {realm}: {}",
            changes.join(", ")
        ));
    }
    Ok(())
}

fn profile_changes(wanted: &Value, current: &Value) -> Vec<String> {
    let named = |profile: &Value, name: &str| {
        profile["attributes"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["name"] == name).cloned())
            .unwrap_or(Value::Null)
    };
    wanted["attributes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|attribute| attribute["name"].as_str())
        .filter(|name| {
            let (wanted, current) = (named(wanted, name), named(current, name));
            !differences(&wanted, &current).is_empty()
                || wanted.get("required").is_some() != current.get("required").is_some()
        })
        .map(str::to_owned)
        .collect()
}

/// An operator for trying out: made with the role, and given the password at each setup.
pub(super) async fn ensure_staff(
    api: &mut AdminApi,
    realm: &str,
    member: &StaffMember,
) -> Result<(), SetupError> {
    let email: String = url::form_urlencoded::byte_serialize(member.email.as_bytes()).collect();
    let found = api
        .get(
            &format!("/{realm}/users?email={email}&exact=true"),
            "look for an operator",
        )
        .await?;
    let credentials = json!([{"type": "password", "value": member.password, "temporary": false}]);
    if let Some(id) = found[0]["id"].as_str() {
        api.put(
            &format!("/{realm}/users/{id}"),
            &json!({"credentials": credentials}),
            "set an operator's password",
        )
        .await?;
        api.say(format!("fine     operator {}", member.email));
        return Ok(());
    }
    let (name, _) = member.email.split_once('@').unwrap_or((&member.email, ""));
    let user = json!({
        "username": member.email,
        "email": member.email,
        "emailVerified": true,
        "firstName": name,
        "lastName": "Operator",
        "enabled": true,
        "credentials": credentials,
    });
    api.post(&format!("/{realm}/users"), &user, "make an operator")
        .await?;
    let made = api
        .get(
            &format!("/{realm}/users?email={email}&exact=true"),
            "look for an operator",
        )
        .await?;
    let role = api
        .get(&format!("/{realm}/roles/{}", member.role), "show a role")
        .await?;
    let id = made[0]["id"].as_str().unwrap_or_default();
    api.post(
        &format!("/{realm}/users/{id}/role-mappings/realm"),
        &json!([role]),
        "give an operator a role",
    )
    .await?;
    api.say(format!(
        "made     operator {} ({})",
        member.email, member.role
    ));
    Ok(())
}
