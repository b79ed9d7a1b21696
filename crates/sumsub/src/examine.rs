//! What Sumsub lets us do, and which levels it has: for who looks whether the settings are right.

use reqwest::Method;
use serde_json::json;

use crate::{Client, SumsubError, fields::Fields, transport::malformed};

/// One call, and whether the app token may make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// What it is for: `create verification links`, …
    pub to: &'static str,
    /// Whether Sumsub lets us.
    pub given: bool,
}

/// Nobody's id, in the form of Sumsub's.
const NOBODY: &str = "000000000000000000000000";

impl Client {
    /// The names of the levels that there are (`GET /resources/applicants/-/levels`).
    ///
    /// # Errors
    /// As every call.
    pub async fn levels(&self) -> Result<Vec<String>, SumsubError> {
        const CALL: &str = "list the levels";
        let answer = self
            .transport
            .ask(
                CALL,
                Method::GET,
                "/resources/applicants/-/levels",
                None::<&()>,
            )
            .await?;
        let fields =
            Fields::parse(&answer).map_err(|_| malformed(CALL, "it is not a JSON object"))?;
        // Both forms are seen: `{"list": {"items": […]}}` and `{"items": […]}`.
        let list = fields.object("list");
        let items = list.as_ref().unwrap_or(&fields).objects("items");
        let names: Vec<String> = items
            .iter()
            .filter_map(|level| level.text("name"))
            .collect();
        if names.is_empty() {
            return Err(malformed(CALL, "it holds no level"));
        }
        Ok(names)
    }

    /// Tries each call that we make, with what can't be: nothing comes of it but whether we may.
    ///
    /// # Errors
    /// As every call; that we may not is no error.
    pub async fn rights(&self) -> Result<Vec<Right>, SumsubError> {
        let nothing = None::<serde_json::Value>;
        // Without a level's name Sumsub makes no link.
        let no_link = Some(json!({"levelName": "", "userId": "", "ttlInSecs": 60}));
        let calls = [
            (
                "look up applicants",
                Method::GET,
                format!("/resources/applicants/{NOBODY}/one"),
                nothing.clone(),
            ),
            (
                "tell how reviews stand",
                Method::GET,
                format!("/resources/applicants/{NOBODY}/status"),
                nothing,
            ),
            (
                "create verification links",
                Method::POST,
                "/resources/sdkIntegrations/levels/-/websdkLink".to_owned(),
                no_link,
            ),
        ];
        let mut rights = Vec::new();
        for (to, method, path, body) in calls {
            let answer = self.transport.ask(to, method, &path, body.as_ref()).await;
            let given = match answer {
                Ok(_) => true,
                Err(SumsubError::Rejected { status: 403, .. }) => false,
                Err(SumsubError::Rejected { status, .. }) if status != 401 => true,
                Err(error) => return Err(error),
            };
            rights.push(Right { to, given });
        }
        Ok(rights)
    }
}
