//! Companies and their beneficial owners.

use sumsub::webhook::MemberOf;
use url::Url;

use crate::stage::Stage;

/// A company with Jane Roe, who owns 62.5 % of it; with the link to Jane's own page.
async fn with_owner(stage: &Stage) -> (Url, Url) {
    let link = stage.company_link("firm").await;
    stage
        .press(
            &link,
            "personal-info",
            &[("company_name", "Acme & Co"), ("country", "USA")],
        )
        .await;
    let fields = [
        ("owner_first_name", "Jane"),
        ("owner_last_name", "Roe"),
        ("owner_share", "62.5"),
    ];
    stage.press(&link, "owners", &fields).await;
    let page = stage.page(link.clone()).await;
    let token = page
        .split("/sumsub/link/")
        .skip(1)
        .filter_map(|part| part.split(['"', '/']).next())
        .find(|token| !link.path().ends_with(token))
        .unwrap();
    let owner = link.join(token).unwrap();
    (link, owner)
}

#[tokio::test]
async fn an_owner_is_an_applicant_of_its_own_whose_webhooks_name_the_company() {
    let stage = Stage::new().await;
    let (link, owner) = with_owner(&stage).await;
    let company = stage.applicant("firm").await;
    let [jane] = company
        .personal_data()
        .company_info
        .unwrap()
        .beneficiaries
        .try_into()
        .unwrap_or_else(|_| panic!("one owner"));
    assert_eq!(
        (jane.name().as_deref(), jane.share_size.as_deref()),
        (Some("Jane Roe"), Some("62.5"))
    );
    assert_eq!(jane.types, ["ubo"]);
    let applicant = stage
        .client
        .applicant(jane.applicant_id.as_ref().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        applicant.info.unwrap().first_name.as_deref(),
        Some("Jane"),
        "REST knows the owner too"
    );

    let page = stage.page(owner.clone()).await;
    assert!(page.contains("A beneficial owner of") && page.contains("Acme &#38; Co"));
    for (action, fields) in [
        ("hold", [].as_slice()),
        ("reject", &[("reject_type", "FINAL"), ("label", "FORGERY")]),
        ("approve", &[]),
    ] {
        stage.press(&owner, action, fields).await;
    }
    let received = stage.exactly(6).await;
    for received in &received {
        let of_owner = received.callback.applicant_id == jane.applicant_id;
        let member_of = if of_owner {
            vec![MemberOf {
                applicant_id: company.id.clone(),
            }]
        } else {
            Vec::new()
        };
        assert_eq!(received.callback.applicant_member_of, member_of);
        assert_ne!(
            of_owner,
            received.callback.external_user_id.as_deref() == Some("firm")
        );
    }
    let kinds: Vec<_> = received
        .iter()
        .filter(|received| received.callback.applicant_id == jane.applicant_id)
        .map(|received| received.kind().to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "applicantCreated",
            "applicantOnHold",
            "applicantReviewed",
            "applicantReviewed"
        ]
    );
    let home = stage.page(stage.url("")).await;
    assert!(home.contains("a beneficial owner"));
    drop(link);
}

#[tokio::test]
async fn the_company_page_decides_about_its_owners_and_stays_where_it_is() {
    let stage = Stage::new().await;
    let (link, owner) = with_owner(&stage).await;
    let page = stage.page(link.clone()).await;
    for name in [
        "Approve Jane Roe",
        "Reject Jane Roe",
        "Put Jane Roe on hold",
    ] {
        assert!(page.contains(&format!(r#"aria-label="{name}""#)), "{name}");
    }
    let token = link.path().rsplit('/').next().unwrap();
    let answer = stage
        .http
        .post(format!("{owner}/reject"))
        .form(&[("back", token), ("reject_type", "FINAL")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["location"].to_str().unwrap(), link.path());
    assert!(stage.page(link.clone()).await.contains("Rejected for good"));
    let elsewhere = stage
        .http
        .post(format!("{owner}/approve"))
        .form(&[("back", "//evil.test")])
        .send()
        .await
        .unwrap();
    assert_eq!(
        elsewhere.headers()["location"].to_str().unwrap(),
        owner.path()
    );
}

#[tokio::test]
async fn a_deleted_owner_is_no_beneficiary_any_more_and_its_successor_is() {
    let stage = Stage::new().await;
    let (link, owner) = with_owner(&stage).await;
    let beneficiaries = async || {
        let company = stage.applicant("firm").await.personal_data().company_info;
        company.unwrap().beneficiaries
    };
    let first = beneficiaries().await[0].applicant_id.clone();
    stage.press(&owner, "delete", &[]).await;
    assert!(beneficiaries().await.is_empty());
    assert!(stage.page(link).await.contains("Deleted"));
    stage.press(&owner, "open", &[]).await;
    let second = beneficiaries().await[0].applicant_id.clone();
    assert!(second.is_some() && second != first);
    let received = stage.exactly(5).await;
    assert_eq!(received[4].callback.applicant_member_of.len(), 1);
}

#[tokio::test]
async fn only_a_company_has_owners_and_a_share_is_a_share() {
    let stage = Stage::new().await;
    let person = stage.link("p").await;
    assert_eq!(stage.post(&person, "owners", &[]).await, 422);
    assert!(!stage.page(person).await.contains("Beneficial owners"));
    let company = stage.company_link("firm").await;
    for wrong in [
        ("owner_share", "101"),
        ("owner_share", "-1"),
        ("owner_share", "NaN"),
        ("owner_share", "half"),
        ("owner_type", "cat"),
    ] {
        assert_eq!(stage.post(&company, "owners", &[wrong]).await, 422);
    }
    assert!(stage.page(company).await.contains("None yet"));
}
