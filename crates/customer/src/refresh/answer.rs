//! What Sumsub answers when it is asked, as the callback that should have come.

use serde_json::json;
use sumsub::Applicant;

/// An answer, made a callback of.
pub(super) struct AnswerAsCallback {
    /// `refresh:applicantId:attemptId:reviewStatus:reviewAnswer:reviewDate` (`docs/RULES.md`, "Which callback counts").
    pub(super) key: String,
    /// As a callback's body.
    pub(super) body: String,
    pub(super) callback_type: &'static str,
    /// GREEN, RED or what else was answered.
    pub(super) answer: Option<String>,
    /// Whether the review has ended: what was applied of it once is never applied again.
    pub(super) completed: bool,
}

/// `None` when the applicant has no review that could tell something.
pub(super) fn as_callback(applicant: &Applicant, sandbox: bool) -> Option<AnswerAsCallback> {
    let review = applicant.review.as_ref()?;
    let status = review.review_status.as_deref()?;
    let callback_type = match status {
        "init" => "applicantCreated",
        "pending" | "queued" | "prechecked" => "applicantPending",
        "onHold" => "applicantOnHold",
        "completed" => "applicantReviewed",
        _ => return None,
    };
    let result = review.review_result.as_ref();
    let answer = result.and_then(|result| result.review_answer.as_deref());
    let key = format!(
        "refresh:{}:{}:{status}:{}:{}",
        applicant.id,
        review.attempt_id.as_deref().unwrap_or_default(),
        answer.unwrap_or_default(),
        review.review_date.as_deref().unwrap_or_default(),
    );
    // Only a completed review has a time of its own.
    let at = review.completed_at().map(|at| at.to_rfc3339());
    let mut body = json!({
        "type": callback_type,
        "applicantId": applicant.id,
        "externalUserId": applicant.external_user_id,
        "applicantType": applicant.type_,
        "levelName": review.level_name,
        "sandboxMode": sandbox,
        "reviewStatus": status,
        "createdAtMs": at,
        "reviewResult": result.map(|result| json!({
            "reviewAnswer": result.review_answer,
            "rejectLabels": result.reject_labels,
            "reviewRejectType": result.review_reject_type,
            "moderationComment": result.moderation_comment,
            "clientComment": result.client_comment,
        })),
    });
    // Absent is not null.
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    if let Some(result) = body["reviewResult"].as_object_mut() {
        result.retain(|_, value| !value.is_null());
    }
    Some(AnswerAsCallback {
        key,
        body: body.to_string(),
        callback_type,
        answer: answer.map(str::to_owned),
        completed: status == "completed",
    })
}

#[cfg(test)]
mod tests {
    use sumsub::{
        Review,
        webhook::{Callback, ReviewResult},
    };

    use super::*;
    use crate::kyc::{Observation, Status};

    fn applicant(status: &str, answer: Option<&str>) -> Applicant {
        Applicant {
            id: "a1".to_owned(),
            external_user_id: Some("p1".to_owned()),
            review: Some(Review {
                level_name: Some("basic-kyc-level".to_owned()),
                review_status: Some(status.to_owned()),
                review_result: answer.map(|answer| ReviewResult {
                    review_answer: Some(answer.to_owned()),
                    ..ReviewResult::default()
                }),
                review_date: Some("2026-03-01 10:00:05+0000".to_owned()),
                attempt_id: Some("t1".to_owned()),
                ..Review::default()
            }),
            ..Applicant::default()
        }
    }

    #[test]
    fn a_completed_review_is_a_whole_callback() {
        let answer = as_callback(&applicant("completed", Some("GREEN")), false).unwrap();
        assert_eq!(
            answer.key,
            "refresh:a1:t1:completed:GREEN:2026-03-01 10:00:05+0000"
        );
        let observation = Observation::from(Callback::parse(answer.body.as_bytes()).unwrap());
        assert_eq!(observation.status(), Some(Status::Green));
        assert_eq!(observation.sandbox, Some(false));
        assert_eq!(
            observation.at.unwrap().to_rfc3339(),
            "2026-03-01T10:00:05+00:00"
        );
    }

    #[test]
    fn an_unfinished_review_has_no_time() {
        let answer = as_callback(&applicant("onHold", None), true).unwrap();
        let observation = Observation::from(Callback::parse(answer.body.as_bytes()).unwrap());
        assert_eq!(observation.status(), Some(Status::OnHold));
        assert_eq!((observation.at, observation.sandbox), (None, Some(true)));
    }

    #[test]
    fn what_tells_nothing_is_no_callback() {
        assert!(as_callback(&Applicant::default(), false).is_none());
        assert!(as_callback(&applicant("somethingNew", None), false).is_none());
    }
}
