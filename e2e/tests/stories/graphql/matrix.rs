//! Who may do what: every operation of the schema, asked by every role and by nobody.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{Admin, Usher, graphql::Api};
use reqwest::StatusCode;
use serde_json::json;

use super::schema::{Schema, text};

/// What each mutation needs.
const MUTATIONS: &str = "
    callbackReprocess                    CUSTOMER_UPDATE
    creditFacilityProposalApprove        CREDIT_DECIDE
    creditFacilityProposalCreate         CREDIT_PROPOSE
    creditFacilityProposalDeny           CREDIT_DECIDE
    customerClose                        CUSTOMER_UPDATE
    customerEmailUpdate                  CUSTOMER_UPDATE
    customerFreeze                       CUSTOMER_UPDATE
    customerKycLinkCreate                CUSTOMER_UPDATE
    customerPersonalDataErase            CUSTOMER_ERASE
    customerRefresh                      CUSTOMER_UPDATE
    customerRestore                      CUSTOMER_RESTORE
    customerTelegramHandleUpdate         CUSTOMER_UPDATE
    customerUnfreeze                     CUSTOMER_UPDATE
    depositRecord                        DEPOSIT_CREATE
    depositRevert                        WITHDRAWAL_CONFIRM
    existingLoginLink                    CUSTOMER_RESTORE
    prospectAssign                       CUSTOMER_UPDATE
    prospectClose                        CUSTOMER_UPDATE
    prospectConvert                      CUSTOMER_CONVERT
    prospectCreate                       CUSTOMER_CREATE
    prospectCustomerTypeUpdate           CUSTOMER_UPDATE
    prospectEmailUpdate                  CUSTOMER_UPDATE
    prospectKycLinkCreate                CUSTOMER_UPDATE
    prospectKycLinkSend                  CUSTOMER_UPDATE
    prospectNoteAdd                      CUSTOMER_UPDATE
    prospectPersonalDataErase            CUSTOMER_ERASE
    prospectRefresh                      CUSTOMER_UPDATE
    prospectReopen                       CUSTOMER_UPDATE
    prospectSnooze                       CUSTOMER_UPDATE
    prospectTelegramHandleUpdate         CUSTOMER_UPDATE
    provisioningRetry                    CUSTOMER_UPDATE
    provisioningRetryAll                 CUSTOMER_UPDATE
    raisedItemDifferentPeople            CUSTOMER_UPDATE
    raisedItemResolve                    CUSTOMER_UPDATE
    raisedItemSamePerson                 CUSTOMER_UPDATE
    raisedItemsResolve                   CUSTOMER_UPDATE
    welcomeEmailResend                   CUSTOMER_UPDATE
    withdrawalCancel                     DEPOSIT_CREATE
    withdrawalConfirm                    WITHDRAWAL_CONFIRM
    withdrawalInitiate                   DEPOSIT_CREATE
    withdrawalRevert                     WITHDRAWAL_CONFIRM
";

/// What a query needs beyond CUSTOMER_READ and DEPOSIT_READ, which every person's role has.
const QUERIES: [(&str, &str); 2] = [("audit", "AUDIT_READ"), ("auditActions", "AUDIT_READ")];

/// What a person's role may not do.
const MISSING: [(&str, &[&str]); 3] = [
    ("admin", &[]),
    (
        "onboarding-officer",
        &[
            "CUSTOMER_CONVERT",
            "CUSTOMER_RESTORE",
            "CUSTOMER_ERASE",
            "WITHDRAWAL_CONFIRM",
            "CREDIT_DECIDE",
            "ACCESS_MANAGE",
            "AUDIT_READ",
        ],
    ),
    (
        "auditor",
        &[
            "CUSTOMER_CREATE",
            "CUSTOMER_UPDATE",
            "CUSTOMER_CONVERT",
            "CUSTOMER_RESTORE",
            "CUSTOMER_ERASE",
            "DEPOSIT_CREATE",
            "WITHDRAWAL_CONFIRM",
            "CREDIT_PROPOSE",
            "CREDIT_DECIDE",
            "ACCESS_MANAGE",
        ],
    ),
];

/// A token of this role, made on the panel's page.
pub async fn token(usher: &Usher, role: &str) -> Result<String> {
    let ready = usher.ready();
    let admin = Admin::with_token(&ready.admin_url, &ready.api_token)?;
    let form = admin
        .window()
        .open("/access/tokens/new")
        .await?
        .ok()?
        .form("Review")?
        .fill("Name", &format!("the matrix, {role}"))?
        .fill("Role", label(role))?
        .fill("Valid for days", "1")?;
    let review = admin.window().submit(&form).await?.ok()?;
    let shown = admin
        .window()
        .submit(&review.form("Confirm")?)
        .await?
        .ok()?;
    let (_, after) = shown
        .body
        .split_once("value=\"usher_")
        .with_context(|| format!("no token is shown: {}", shown.text()))?;
    let secret = after.split('"').next().unwrap_or_default();
    Ok(format!("usher_{secret}"))
}

fn label(role: &str) -> &'static str {
    match role {
        "admin" => "Admin",
        "auditor" => "Auditor",
        _ => "Onboarding officer",
    }
}

pub async fn roles(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let schema = Schema::ask(&Api::new(&ready.admin_url, &ready.api_token)?).await?;
    let needs = |name: &str| {
        MUTATIONS
            .lines()
            .filter_map(|line| line.trim().split_once(char::is_whitespace))
            .find(|(mutation, _)| *mutation == name)
            .map(|(_, permission)| permission.trim())
    };
    for (role, missing) in MISSING {
        let api = Api::new(&ready.admin_url, &token(&usher, role).await?)?;
        let me = api
            .data(
                "{ me { user { role { name } } userCanCreateProspect } }",
                json!({}),
            )
            .await?;
        ensure!(
            me["me"]["userCanCreateProspect"] == !missing.contains(&"CUSTOMER_CREATE"),
            "{role}: {me}"
        );
        for field in schema.roots("mutationType")? {
            let name = text(&field["name"]);
            let permission =
                needs(name).with_context(|| format!("say here what the mutation {name} needs"))?;
            asked(
                &api,
                &schema,
                "mutation",
                field,
                missing.contains(&permission),
                permission,
            )
            .await
            .with_context(|| format!("{role}: {name}"))?;
        }
        for field in schema.roots("queryType")? {
            let name = text(&field["name"]);
            let permission = QUERIES
                .into_iter()
                .find(|(query, _)| *query == name)
                .map_or("CUSTOMER_READ", |(_, permission)| permission);
            asked(
                &api,
                &schema,
                "query",
                field,
                missing.contains(&permission),
                permission,
            )
            .await
            .with_context(|| format!("{role}: {name}"))?;
        }
    }
    Ok(())
}

async fn asked(
    api: &Api,
    schema: &Schema,
    kind: &str,
    field: &serde_json::Value,
    forbidden: bool,
    permission: &str,
) -> Result<()> {
    let operation = schema.about_nothing(kind, field)?;
    let answer = api.send(&operation.text, operation.variables).await?;
    ensure!(
        answer.status == StatusCode::OK,
        "{} {}",
        answer.status,
        answer.body
    );
    let code = answer.code();
    if forbidden {
        let named = &answer.body["errors"][0]["extensions"]["permission"];
        ensure!(
            code == Some("FORBIDDEN") && named == permission,
            "{}",
            answer.body
        );
    } else {
        // What it is about does not exist, or the input is one that nobody can use.
        ensure!(
            matches!(
                code,
                None | Some("NOT_FOUND" | "CONFLICT" | "BAD_USER_INPUT")
            ),
            "{}",
            answer.body
        );
        ensure!(kind == "mutation" || code.is_none(), "{}", answer.body);
    }
    if let Some(errors) = answer.body["errors"].as_array() {
        for error in errors {
            ensure!(
                error["extensions"]["requestId"].as_str().is_some(),
                "no request id: {error}"
            );
        }
    }
    Ok(())
}

pub async fn strangers(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let schema = Schema::ask(&Api::new(&ready.admin_url, &ready.api_token)?).await?;
    for token in ["", "usher_no-token-of-ours", "eyJhbGciOiJub25lIn0.e30."] {
        let api = Api::new(&ready.admin_url, token)?;
        for (kind, root) in [("mutation", "mutationType"), ("query", "queryType")] {
            for field in schema.roots(root)? {
                let operation = schema.about_nothing(kind, field)?;
                let answer = api.send(&operation.text, operation.variables).await?;
                ensure!(
                    answer.status == StatusCode::UNAUTHORIZED
                        && answer.code() == Some("UNAUTHENTICATED"),
                    "{} {}",
                    answer.status,
                    answer.body
                );
            }
        }
    }
    Ok(())
}
