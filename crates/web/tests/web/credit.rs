//! Credit facility proposals through a customer's page: who may be considered, made by one, decided by another.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    common::{App, Browser},
    pages::main,
};

const CUSTOMER: &str = "/customers/100001";
const PROPOSE: &str = "/customers/100001/credit/new";

async fn propose(browser: &mut Browser) -> Uuid {
    let id = Uuid::now_v7();
    let fields = [
        ("id", id.to_string()),
        ("amount", "50,000".to_owned()),
        ("purpose", "A new <roof>".to_owned()),
        ("note", "Knows what she does.".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    for _ in 0..2 {
        let answer = browser.post(PROPOSE, &fields).await;
        assert_eq!(
            answer.header("location"),
            "/customers/100001?done=propose-credit#done",
            "{}",
            answer.body
        );
    }
    id
}

#[tokio::test]
async fn a_proposal_is_made_by_one_accepted_and_approved_by_another() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut first = app.signed_in(Role::Admin).await;
    let mut second = app.another(Role::Admin).await;
    let page = first.get(CUSTOMER).await.body;
    assert!(
        page.contains("The customer may be considered for a credit facility."),
        "{page}"
    );
    let id = propose(&mut first).await;
    let all = app.credit.own(ada.into()).await.unwrap();
    assert_eq!(all.len(), 1, "sent twice, made once");
    let approve = format!("{CUSTOMER}/credit/{id}/approve");
    let early = second.post(&approve, &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(
        early
            .body
            .contains("The customer has to accept this proposal first."),
        "{}",
        early.body
    );

    app.credit.accept(ada.into(), id.into()).await.unwrap();
    let own = "Somebody else has to decide this: you made the proposal yourself.";
    let page = first.get(CUSTOMER).await;
    let region = main(
        &page,
        &[
            (&id.to_string(), "PROPOSAL"),
            (&ada.to_string(), "CUSTOMER"),
        ],
    );
    let region = region.split("aria-labelledby=\"credit\">").nth(1).unwrap();
    insta::assert_snapshot!(region.split("</section>").next().unwrap());
    for act in ["approve", "deny"] {
        let path = format!("{CUSTOMER}/credit/{id}/{act}");
        let asked = first.get(&path).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        assert!(asked.body.contains(own) && !asked.body.contains("<dialog"));
        let sent = first.post(&path, &[("reason", "kept")]).await;
        assert_eq!(sent.status, StatusCode::CONFLICT);
        assert!(sent.body.contains(own), "{}", sent.body);
    }

    let overview = second.get("/").await.body;
    assert!(
        overview.contains("Credit proposals to decide")
            && overview.contains(&format!("{CUSTOMER}#proposal-{id}")),
        "{overview}"
    );
    let answer = second.post(&approve, &[("reason", "Sound.")]).await;
    assert_eq!(
        answer.header("location"),
        format!("/customers/100001?done=approve-credit&at=proposal-{id}#done"),
        "{}",
        answer.body
    );
    let page = second.get(answer.header("location")).await.body;
    assert!(
        page.contains("The proposal was approved.") && page.contains("Approved: Sound."),
        "{page}"
    );
    assert!(!page.contains("act-deny-credit"), "{page}");
}

#[tokio::test]
async fn a_proposal_is_denied_without_a_reason() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut admin = app.signed_in(Role::Admin).await;
    let id = propose(&mut officer).await;
    app.credit.accept(ada.into(), id.into()).await.unwrap();
    let deny = format!("{CUSTOMER}/credit/{id}/deny");
    let long = "x".repeat(1001);
    let answer = admin.post(&deny, &[("reason", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("dialog-reason-problem"),
        "{}",
        answer.body
    );
    let answer = admin.post(&deny, &[]).await;
    let page = admin.get(answer.header("location")).await.body;
    assert!(page.contains("The proposal was denied."), "{page}");
    let approve = format!("{CUSTOMER}/credit/{id}/approve");
    let late = admin.post(&approve, &[]).await;
    assert!(
        late.body.contains("This proposal was denied already."),
        "{}",
        late.body
    );
}

#[tokio::test]
async fn who_can_not_be_considered_is_told_every_reason() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    app.approved(Uuid::now_v7(), "new@bank.example").await;
    let mut admin = app.signed_in(Role::Admin).await;
    let page = admin.get("/customers/100002").await.body;
    for reason in [
        "The customer is still being provisioned.",
        "There is no deposit account yet.",
    ] {
        assert!(page.contains(&format!("<li>{reason}</li>")), "{page}");
    }
    assert!(!page.contains("act-propose-credit"), "{page}");
    let usher = access::Subject::system("test");
    let done = app
        .onboarding
        .deactivate_customer(&usher, ada.into(), "asked for it");
    done.await.unwrap();
    let reason = "The customer is deactivated.";
    assert!(admin.get(CUSTOMER).await.body.contains(reason));
    let fields = [("amount", "1"), ("purpose", "A roof")];
    let answer = admin.post(PROPOSE, &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains(reason), "{}", answer.body);
    assert!(
        answer.body.contains("value=\"A roof\""),
        "what was typed stays"
    );
}

#[tokio::test]
async fn every_field_of_a_proposal_says_what_is_wrong() {
    let app = App::open().await;
    app.active("ada@bank.example").await;
    let mut admin = app.signed_in(Role::Admin).await;
    let long = "x".repeat(5000);
    for (field, value) in [
        ("amount", ""),
        ("amount", "-1"),
        ("amount", "0.001"),
        ("amount", "5 EUR"),
        ("purpose", " "),
        ("purpose", &long),
        ("note", &long),
    ] {
        let mut fields = [("amount", "5"), ("purpose", "A roof"), ("note", "")];
        for known in &mut fields {
            if known.0 == field {
                known.1 = value;
            }
        }
        let answer = admin.post(PROPOSE, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let problem = format!("id=\"dialog-{field}-problem\"");
        assert!(answer.body.contains(&problem), "{field}: {}", answer.body);
        assert_eq!(answer.body.matches("aria-invalid=\"true\"").count(), 1);
    }
}
