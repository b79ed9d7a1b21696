//! Sumsub: whether it answers, what our app token may do, and whether the levels exist.

use std::time::Duration;

use sumsub::{Client, SumsubConfig, SumsubError};

use super::{Findings, Weight, too_slow, within};
use crate::{app::sumsub_config, config::Loaded};

const ANSWERS: &str = "Sumsub answers us";
const LEVELS: &str = "Sumsub has the levels";
const RIGHTS: &str = "rights of sumsub.app_token";

/// Asks for the levels, and tries each call that we make with what can't be.
pub async fn examine(loaded: &Loaded, patience: Option<Duration>) -> Findings {
    let mut findings = Findings::default();
    let sumsub = &loaded.config.sumsub;
    // What is missing was said.
    let (Some(token), Some(key)) = (&sumsub.app_token, &sumsub.secret_key) else {
        return findings;
    };
    let used = ["sumsub.base_url", "sumsub.app_token", "sumsub.secret_key"];
    if loaded.problems.concern(&used) {
        return findings;
    }
    let config = sumsub_config(
        &loaded.config,
        sumsub.base_url.clone(),
        token.clone(),
        key.clone(),
    );
    let client = match Client::new(SumsubConfig { tries: 1, ..config }) {
        Ok(client) => client,
        Err(error) => {
            findings.add(ANSWERS, Weight::Wrong, error.to_string());
            return findings;
        }
    };
    let looked = within(patience, look(loaded, &client, &mut findings)).await;
    if looked.is_none() {
        findings.add(
            ANSWERS,
            Weight::Trouble,
            too_slow("Sumsub, at sumsub.base_url,", patience),
        );
    }
    findings
}

async fn look(loaded: &Loaded, client: &Client, findings: &mut Findings) {
    match client.levels().await {
        Ok(there) => {
            findings.ok(ANSWERS);
            findings.all(LEVELS, Weight::Wrong, missing_levels(loaded, &there));
        }
        Err(SumsubError::Rejected { status: 403, .. }) => {
            findings.ok(ANSWERS);
            findings.add(
                LEVELS,
                Weight::Warning,
                "sumsub.app_token may not list the levels, so whether they exist isn't known: give it that right in Sumsub's dashboard",
            );
        }
        Err(error) => {
            let (weight, words) = explain(&error);
            return findings.add(ANSWERS, weight, words);
        }
    }
    match client.rights().await {
        Ok(rights) => {
            let (given, lacking): (Vec<_>, Vec<_>) =
                rights.into_iter().partition(|right| right.given);
            let given: Vec<&str> = given.iter().map(|right| right.to).collect();
            let what = format!("{RIGHTS} ({})", given.join(", "));
            let sentences = lacking.iter().map(|right| {
                format!(
                    "sumsub.app_token may not {}: give it that right in Sumsub's dashboard, or use another token",
                    right.to
                )
            });
            findings.all(&what, Weight::Wrong, sentences.collect());
        }
        Err(error) => {
            let (weight, words) = explain(&error);
            findings.add(RIGHTS, weight, words);
        }
    }
}

fn missing_levels(loaded: &Loaded, there: &[String]) -> Vec<String> {
    let sumsub = &loaded.config.sumsub;
    let own = &sumsub.levels;
    let mut wanted = vec![
        ("sumsub.kyc_level", &sumsub.kyc_level),
        ("sumsub.kyb_level", &sumsub.kyb_level),
    ];
    let by_type = [
        ("sumsub.levels.individual", &own.individual),
        ("sumsub.levels.government_entity", &own.government_entity),
        ("sumsub.levels.private_company", &own.private_company),
        ("sumsub.levels.bank", &own.bank),
        (
            "sumsub.levels.financial_institution",
            &own.financial_institution,
        ),
        (
            "sumsub.levels.foreign_agency_or_subsidiary",
            &own.foreign_agency_or_subsidiary,
        ),
        (
            "sumsub.levels.non_domiciled_company",
            &own.non_domiciled_company,
        ),
    ];
    wanted.extend(
        by_type
            .into_iter()
            .filter_map(|(key, level)| Some((key, level.as_ref()?))),
    );
    wanted
        .into_iter()
        .filter(|(_, level)| !there.contains(level))
        .map(|(key, level)| {
            format!(
                "{key} = \"{level}\" is no level in Sumsub, which has {}: use one of these (upper and lower case differ), or make it \
                 in Sumsub's dashboard",
                there.join(", ")
            )
        })
        .collect()
}

/// Sumsub's numbers for why it doesn't let us in: <https://docs.sumsub.com/reference/error-codes-description>.
fn explain(error: &SumsubError) -> (Weight, String) {
    if matches!(error, SumsubError::Unavailable { .. }) {
        return (Weight::Trouble, error.to_string());
    }
    let SumsubError::Rejected {
        status,
        error_code,
        correlation_id,
        ..
    } = error
    else {
        return (Weight::Wrong, error.to_string());
    };
    let words = match (status, error_code) {
        (401, Some(4001)) => "Sumsub doesn't know the app token: correct sumsub.app_token".to_owned(),
        (401, Some(4003)) => {
            "Sumsub finds our signature wrong: correct sumsub.secret_key, which belongs to sumsub.app_token".to_owned()
        }
        (401, Some(4004)) => {
            "Sumsub finds our request too old or too new: set this machine's clock (sumsub.app_token and sumsub.secret_key may be right)"
                .to_owned()
        }
        // Any server has a 404; only Sumsub's names the request.
        (404, _) if correlation_id.is_none() => {
            "sumsub.base_url doesn't lead to Sumsub's API: it answers 404; the address is https://api.sumsub.com as a rule".to_owned()
        }
        _ => error.to_string(),
    };
    (Weight::Wrong, words)
}
