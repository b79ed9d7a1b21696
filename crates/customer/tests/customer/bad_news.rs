//! Nothing bad is ever missed: bad news that fits a record only in part, in any order.

use crate::common::{Log, admin, applicant, callback, green, officer, red};
use customer::{ProspectInput, callback_log::view::CallbackFilter, primitives::ProspectId};
use serde_json::{Value, json};

impl Log {
    async fn company(&self) -> ProspectId {
        let input = ProspectInput {
            email: format!("{}@acme.example", uuid::Uuid::now_v7()),
            telegram_handle: String::new(),
            customer_type: "private_company".to_owned(),
        };
        let made = self
            .onboarding
            .create_prospect(&officer(), ProspectId::new(), &input)
            .await;
        made.unwrap_or_else(|error| panic!("{error}")).id
    }

    async fn person(&self) -> ProspectId {
        self.prospect(&format!("{}@example.com", uuid::Uuid::now_v7()))
            .await
    }

    async fn customer(&self) -> ProspectId {
        let id = self.person().await;
        self.receives(&green(id, 1)).await;
        assert_eq!(self.stands(id).await, "verified");
        id
    }

    /// The customer's verification, or the prospect's stage.
    async fn stands(&self, id: ProspectId) -> String {
        sqlx::query_scalar(
            "SELECT coalesce((SELECT verification FROM customers WHERE id = $1), (SELECT stage FROM prospects WHERE id = $1))",
        )
        .bind(uuid::Uuid::from(id))
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    async fn causes_at(&self, id: ProspectId) -> Vec<String> {
        let items = self.onboarding.raised_about(id.into()).await.unwrap();
        for item in &items {
            let cause = item.known;
            let cause = cause.unwrap_or_else(|| panic!("no cause: {}", item.cause));
            let found: bool =
                sqlx::query_scalar("SELECT cause_name = $2 FROM raised WHERE id = $1")
                    .bind(item.id)
                    .bind(cause.name())
                    .fetch_one(&self.pool)
                    .await
                    .unwrap();
            assert!(found, "{cause}: {}", item.cause);
        }
        items.into_iter().map(|item| item.cause).collect()
    }

    async fn newest(&self) -> (String, String) {
        sqlx::query_as(
            "SELECT outcome, coalesce(reason, '') FROM callbacks ORDER BY id DESC LIMIT 1",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }
}

fn with(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

/// What Sumsub says of a company, by its applicant `company-{id}`.
fn of_company(id: ProspectId, body: Value) -> Value {
    with(
        body,
        json!({"applicantId": format!("company-{id}"), "levelName": "basic-kyb-level", "applicantType": "company"}),
    )
}

/// What Sumsub says of somebody who belongs to these companies (their applicants).
fn of_owner(owner: &str, companies: &[String], body: Value) -> Value {
    let companies: Vec<Value> = companies
        .iter()
        .map(|id| json!({"applicantId": id}))
        .collect();
    with(
        body,
        json!({"applicantId": owner, "externalUserId": null, "levelName": "owners-level",
            "applicantMemberOf": companies, "applicantType": "individual"}),
    )
}

/// Every order of what is told.
fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(of - 1) {
        for at in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(at, of - 1);
            all.push(order);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_sent_by_hand_moves_nothing_and_is_shown() {
    let log = Log::open().await;
    for marked in [json!(true), json!("true"), json!(1)] {
        let test = json!({"testMode": marked});
        let id = log.person().await;
        log.receives(&with(green(id, 1), test.clone())).await;
        assert_eq!(log.stands(id).await, "new", "{marked}");
        let (outcome, reason) = log.newest().await;
        assert_eq!(outcome, "ignored");
        assert!(reason.starts_with("test:"), "{reason}");

        let customer = log.customer().await;
        log.receives(&with(red(customer, 2, "FINAL"), test.clone()))
            .await;
        log.receives(&with(
            callback(customer, "applicantDeleted", 3),
            test.clone(),
        ))
        .await;
        assert_eq!(log.stands(customer).await, "verified");
        assert_eq!(log.causes_at(customer).await, Vec::<String>::new());
        let shown = log
            .onboarding
            .callbacks(
                &officer(),
                &CallbackFilter {
                    prospect: Some(customer.to_string()),
                    ..CallbackFilter::default()
                },
                10,
                None,
            )
            .await
            .unwrap();
        assert_eq!(shown.rows.len(), 3, "a test is shown with the record");
        log.receives(&red(customer, 4, "FINAL")).await;
        assert_eq!(
            log.stands(customer).await,
            "rejected",
            "the applicant id is not retired"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_is_read_as_what_it_says() {
    let log = Log::open().await;
    let id = log.person().await;
    log.receives(&with(green(id, 1), json!({"sandboxMode": "true"})))
        .await;
    assert_eq!(log.stands(id).await, "new");
    log.receives(&with(green(id, 2), json!({"sandboxMode": "maybe"})))
        .await;
    assert_eq!(log.stands(id).await, "new");
    log.receives(&with(green(id, 3), json!({"sandboxMode": "false"})))
        .await;
    assert_eq!(log.stands(id).await, "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_without_our_id_counts_before_and_after_the_green() {
    let log = Log::open().await;
    for red_first in [true, false] {
        let id = log.person().await;
        let news = [
            with(red(id, 20, "FINAL"), json!({"externalUserId": null})),
            green(id, 10),
        ];
        let order = if red_first { [0, 1] } else { [1, 0] };
        for at in order {
            log.receives(&news[at]).await;
        }
        assert_eq!(log.stands(id).await, "rejected", "RED first: {red_first}");
        assert_eq!(log.causes_at(id).await.len(), 1);
    }
    // Both in one batch, too.
    let id = log.person().await;
    log.store(&with(red(id, 20, "FINAL"), json!({"externalUserId": null})))
        .await;
    log.store(&green(id, 10)).await;
    log.drained().await;
    assert_eq!(log.stands(id).await, "rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_red_is_raised_at_each_company_in_any_order() {
    let log = Log::open().await;
    for order in orders(4) {
        let (one, other) = (log.company().await, log.company().await);
        let owner = format!("owner-{one}");
        let companies = [format!("company-{one}"), format!("company-{other}")];
        let news = [
            of_company(one, callback(one, "applicantCreated", 1)),
            of_company(other, callback(other, "applicantCreated", 2)),
            of_owner(&owner, &companies, callback(one, "applicantCreated", 3)),
            of_owner(&owner, &companies, red(one, 4, "FINAL")),
        ];
        for at in &order {
            log.receives(&news[*at]).await;
        }
        for company in [one, other] {
            assert_eq!(
                log.causes_at(company).await,
                ["a RED for a beneficial owner of this company"],
                "{order:?}"
            );
            assert_eq!(log.stands(company).await, "kyc_started", "{order:?}");
            let owners = log
                .onboarding
                .beneficial_owners(company.into())
                .await
                .unwrap();
            assert_eq!(owners.len(), 1, "{order:?}");
            assert_eq!(owners[0].applicant_id, owner);
            assert_eq!(owners[0].standing.unwrap().label(), "Declined", "{order:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nested_owner_and_one_whose_companies_are_told_apart_are_heard_in_any_order() {
    let log = Log::open().await;
    for order in orders(4) {
        let (top, side) = (log.company().await, log.company().await);
        let (between, owner) = (format!("between-{top}"), format!("owner-{top}"));
        let news = [
            of_company(top, callback(top, "applicantCreated", 1)),
            // A company of a company.
            with(
                of_owner(
                    &between,
                    &[format!("company-{top}")],
                    callback(top, "applicantPending", 2),
                ),
                json!({"applicantType": "company"}),
            ),
            of_owner(&owner, std::slice::from_ref(&between), red(top, 3, "FINAL")),
            // The second company stands in another callback of the owner's.
            of_owner(
                &owner,
                &[format!("company-{side}")],
                callback(top, "applicantPending", 4),
            ),
        ];
        for at in &order {
            log.receives(&news[*at]).await;
        }
        log.receives(&of_company(side, callback(side, "applicantCreated", 5)))
            .await;
        for company in [top, side] {
            assert_eq!(
                log.causes_at(company).await,
                ["a RED for a beneficial owner of this company"],
                "{order:?}"
            );
        }
        let owners = log.onboarding.beneficial_owners(top.into()).await.unwrap();
        assert_eq!(owners.len(), 2, "the company between and its owner");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_never_stands_for_the_company() {
    let log = Log::open().await;
    for company_known in [true, false] {
        for named_type in [json!("individual"), Value::Null, json!("company")] {
            let id = log.company().await;
            let created = of_company(id, callback(id, "applicantCreated", 1));
            if company_known {
                log.receives(&created).await;
            }
            let whole = with(
                of_owner(
                    &format!("owner-{id}"),
                    &[format!("company-{id}")],
                    green(id, 2),
                ),
                json!({"externalUserId": id.to_string(), "levelName": "basic-kyb-level", "applicantType": named_type}),
            );
            log.receives(&whole).await;
            log.receives(&with(whole.clone(), json!({"type": "applicantPending", "reviewResult": null, "createdAtMs": "2026-03-01 10:00:03"}))).await;
            let stage = log.stands(id).await;
            assert!(
                ["new", "kyc_started"].contains(&stage.as_str()),
                "{stage} {named_type}"
            );
            if !company_known {
                log.receives(&created).await;
            }
            assert_eq!(log.stands(id).await, "kyc_started", "{named_type}");
            let bound: String =
                sqlx::query_scalar("SELECT applicant_id FROM prospects WHERE id = $1")
                    .bind(uuid::Uuid::from(id))
                    .fetch_one(&log.pool)
                    .await
                    .unwrap();
            assert_eq!(bound, format!("company-{id}"));
            log.receives(&of_company(id, green(id, 9))).await;
            assert_eq!(
                log.stands(id).await,
                "verified",
                "its own GREEN converts it"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_of_the_wrong_type_never_converts() {
    let log = Log::open().await;
    let person = log.person().await;
    log.receives(&with(green(person, 1), json!({"applicantType": "company"})))
        .await;
    assert_eq!(log.stands(person).await, "new");
    assert_eq!(log.causes_at(person).await.len(), 1);
    let company = log.company().await;
    log.receives(&with(
        of_company(company, green(company, 1)),
        json!({"applicantType": "individual"}),
    ))
    .await;
    assert_eq!(log.stands(company).await, "new");
    assert_eq!(log.causes_at(company).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_is_a_customer_himself_is_locked_and_his_company_hears_of_it() {
    let log = Log::open().await;
    for order in orders(3) {
        let (company, person) = (log.company().await, log.customer().await);
        let member = json!([{"applicantId": format!("company-{company}")}]);
        let news = [
            of_company(company, callback(company, "applicantCreated", 1)),
            with(
                callback(person, "applicantCreated", 2),
                json!({"applicantMemberOf": member}),
            ),
            // A RED that doesn't say to whom he belongs.
            with(
                red(person, 5, "FINAL"),
                json!({"applicantType": "individual"}),
            ),
        ];
        for at in &order {
            log.receives(&news[*at]).await;
        }
        assert_eq!(log.stands(person).await, "rejected", "{order:?}");
        assert_eq!(
            log.causes_at(company).await,
            ["a RED for a beneficial owner of this company"],
            "{order:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_news_under_another_id_is_raised_and_by_a_known_applicant_it_applies() {
    let log = Log::open().await;
    let id = log.customer().await;
    log.receives(&with(
        red(id, 2, "FINAL"),
        json!({"applicantId": "re-created"}),
    ))
    .await;
    assert_eq!(log.stands(id).await, "verified");
    assert_eq!(
        log.causes_at(id).await.len(),
        1,
        "another applicant's RED is raised"
    );

    for junk in [
        "not-a-uuid",
        "beneficiary-random-x",
        &uuid::Uuid::now_v7().to_string(),
    ] {
        let id = log.customer().await;
        log.receives(&with(red(id, 2, "FINAL"), json!({"externalUserId": junk})))
            .await;
        assert_eq!(log.stands(id).await, "rejected", "{junk}");
    }
    let spelled = log.customer().await;
    let name = format!("  {} ", spelled.to_string().to_uppercase());
    log.receives(&with(
        red(spelled, 2, "FINAL"),
        json!({"externalUserId": name}),
    ))
    .await;
    assert_eq!(log.stands(spelled).await, "rejected");

    // Two of our records in one callback: neither is moved, both hear of it.
    let (one, other) = (log.customer().await, log.customer().await);
    log.receives(&with(
        red(one, 2, "FINAL"),
        json!({"externalUserId": other.to_string()}),
    ))
    .await;
    assert_eq!(
        (
            log.causes_at(one).await.len(),
            log.causes_at(other).await.len()
        ),
        (1, 1)
    );

    // Only the inspection is told: its applicant was named before, or is named later.
    for named_first in [true, false] {
        let id = log.customer().await;
        let naming = with(
            callback(id, "applicantPersonalInfoChanged", 3),
            json!({"inspectionId": format!("i-{id}")}),
        );
        let news = with(
            red(id, 4, "FINAL"),
            json!({"inspectionId": format!("i-{id}"), "applicantId": null, "externalUserId": null}),
        );
        let told = if named_first {
            [&naming, &news]
        } else {
            [&news, &naming]
        };
        for body in told {
            log.receives(body).await;
        }
        assert_eq!(
            log.causes_at(id).await.len(),
            1,
            "named first: {named_first}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_level_than_expected_is_raised_once_with_both() {
    let log = Log::open().await;
    for (what, word) in [
        ("GREEN", "GREEN"),
        ("RED", "RED"),
        ("applicantOnHold", "on hold"),
    ] {
        for customer in [false, true] {
            let id = if customer {
                log.customer().await
            } else {
                log.person().await
            };
            let body = match what {
                "GREEN" => green(id, 2),
                "RED" => red(id, 2, "RETRY"),
                other => callback(id, other, 2),
            };
            let body = with(body, json!({"levelName": "advanced-level"}));
            log.receives(&body).await;
            log.receives(&body).await;
            let raised = log.causes_at(id).await;
            assert_eq!(raised.len(), 1, "{what} {customer}: {raised:?}");
            for part in [word, "advanced-level", "basic-kyc-level"] {
                assert!(raised[0].contains(part), "{}", raised[0]);
            }
        }
    }
    let id = log.person().await;
    log.receives(&with(
        callback(id, "applicantLevelChanged", 1),
        json!({"levelName": "advanced-level", "previousLevelName": "basic-kyc-level"}),
    ))
    .await;
    log.receives(&callback(id, "applicantDeactivated", 2)).await;
    let raised = log.causes_at(id).await;
    assert_eq!(raised.len(), 2, "{raised:?}");
    assert!(
        raised[0].contains("advanced-level") && raised[0].contains("basic-kyc-level"),
        "{}",
        raised[0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_news_in_a_shape_that_we_do_not_know_is_raised() {
    let log = Log::open().await;
    let id = log.customer().await;
    let shapes = [
        json!({"type": "ApplicantReviewed"}),
        json!({"type": null}),
        json!({"type": "amlCaseReviewed", "applicantId": null}),
        json!({"type": "applicantKytTxnRejected", "reviewResult": null}),
        json!({"type": "applicantActionReviewed", "externalUserId": null}),
        json!({"type": "applicantWorkflowFailed", "reviewResult": null}),
        json!({"type": "applicantWorkflowCompleted"}),
        json!({"type": "companyMonitoring", "reviewResult": null, "payload": {"results": [{"applicantId": format!("applicant-{id}"), "answer": "RED"}]}}),
        json!({"type": "applicantPersonalDataDeleted", "reviewResult": null}),
        json!({"type": "applicantReviewed", "reviewResult": {"reviewAnswer": "YELLOW"}}),
    ];
    for (at, shape) in shapes.iter().enumerate() {
        let second = u32::try_from(at).unwrap() + 2;
        log.receives(&with(red(id, second, "FINAL"), shape.clone()))
            .await;
        assert_eq!(log.causes_at(id).await.len(), at + 1, "{shape}");
    }
    assert_eq!(log.stands(id).await, "verified");

    let company = log.company().await;
    log.receives(&of_company(
        company,
        callback(company, "applicantCreated", 1),
    ))
    .await;
    let yellow = with(
        red(company, 2, "FINAL"),
        json!({"reviewResult": {"reviewAnswer": "YELLOW"}}),
    );
    log.receives(&of_owner(
        "yellow-owner",
        &[format!("company-{company}")],
        yellow,
    ))
    .await;
    assert_eq!(log.causes_at(company).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn good_and_harmless_news_is_not_raised() {
    let log = Log::open().await;
    let id = log.customer().await;
    for (second, kind) in [
        (2, "applicantTagsChanged"),
        (3, "applicantWorkflowCompleted"),
        (4, "applicantActivated"),
        (5, "applicantActionReviewed"),
        (6, "applicantPersonalInfoChanged"),
        (7, "somethingNew"),
    ] {
        log.receives(&with(green(id, second), json!({"type": kind})))
            .await;
    }
    assert_eq!(log.causes_at(id).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_nobody_of_ours_can_be_listed() {
    let log = Log::open().await;
    let id = log.person().await;
    log.receives(&green(id, 1)).await;
    log.receives(&with(
        red(id, 2, "FINAL"),
        json!({"applicantId": "stranger", "externalUserId": "strange"}),
    ))
    .await;
    let nobodys = CallbackFilter {
        nobodys: true,
        ..CallbackFilter::default()
    };
    let page = log
        .onboarding
        .callbacks(&officer(), &nobodys, 10, None)
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].applicant_id.as_deref(), Some("stranger"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_deleted_can_be_verified_anew_by_a_link_made_after_it() {
    let log = Log::open().await;
    let id = log.customer().await;
    log.receives(&red(id, 2, "FINAL")).await;
    log.receives(&callback(id, "applicantDeleted", 3)).await;
    let anew = |body: Value| with(body, json!({"applicantId": format!("anew-{id}")}));
    let before = log.causes_at(id).await.len();
    log.receives(&anew(green(id, 4))).await;
    assert_eq!(
        log.causes_at(id).await.len(),
        before + 1,
        "without a link it is raised"
    );
    log.onboarding.generate_link(&officer(), id).await.unwrap();
    log.receives(&anew(green(id, 5))).await;
    assert!(
        log.causes_at(id)
            .await
            .last()
            .unwrap()
            .contains("Restore is possible")
    );
    log.onboarding
        .restore_customer(&admin(), id.into(), "verified anew")
        .await
        .unwrap();
    assert_eq!(log.stands(id).await, "verified");
    log.receives(&anew(red(id, 6, "FINAL"))).await;
    assert_eq!(
        log.stands(id).await,
        "rejected",
        "the new applicant is the customer's"
    );

    let verified = log.customer().await;
    log.receives(&callback(verified, "applicantDeleted", 3))
        .await;
    let before = log.causes_at(verified).await.len();
    log.receives(&with(
        red(verified, 4, "FINAL"),
        json!({"applicantId": "anew"}),
    ))
    .await;
    assert_eq!(log.causes_at(verified).await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_is_offered_only_when_it_would_be_granted() {
    let log = Log::open().await;
    let id = log.customer().await;
    log.receives(&with(red(id, 2, "FINAL"), json!({"createdAtMs": null})))
        .await;
    assert_eq!(log.stands(id).await, "rejected");
    // Dated before the RED was received.
    log.receives(&green(id, 3)).await;
    let raised = log.causes_at(id).await;
    let restored = log
        .onboarding
        .restore_customer(&admin(), id.into(), "why")
        .await;
    assert!(restored.is_err());
    assert!(
        !raised
            .iter()
            .any(|cause| cause.contains("Restore is possible")),
        "{raised:?}"
    );
    assert_eq!(raised.len(), 2, "but it is raised: {raised:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_and_a_refresh_raise_one_fact_once() {
    let log = Log::open().await;
    for webhook_first in [true, false] {
        let id = log.customer().await;
        let mut told = applicant(id, "completed", Some("RED"), 30);
        told["review"]["levelName"] = json!("advanced-level");
        log.sumsub.tell(id, told);
        let webhook = with(
            red(id, 30, "RETRY"),
            json!({"levelName": "advanced-level", "createdAtMs": "2026-03-01 10:00:30.704"}),
        );
        if webhook_first {
            log.receives(&webhook).await;
        }
        log.onboarding
            .refresh_from_sumsub(&officer(), id)
            .await
            .unwrap();
        log.drained().await;
        if !webhook_first {
            log.receives(&webhook).await;
        }
        assert_eq!(
            log.causes_at(id).await.len(),
            1,
            "webhook first: {webhook_first}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_actions_of_one_correlation_id_are_two() {
    let log = Log::open().await;
    let id = log.person().await;
    for action in ["one", "other"] {
        log.receives(&with(
            callback(id, "applicantActionReviewed", 1),
            json!({"applicantActionId": action, "reviewResult": {"reviewAnswer": "GREEN"}}),
        ))
        .await;
    }
    assert_eq!(
        log.count("callbacks WHERE outcome = 'conflicting'").await,
        0
    );
    assert_eq!(log.count("callbacks").await, 2);
    assert_eq!(log.causes_at(id).await, Vec::<String>::new());
}
