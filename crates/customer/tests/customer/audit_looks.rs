//! Looking at one record: who looked is written down, and what is shown is of use.

use crate::common::{Log, admin, green, officer, red};
use customer::{
    customer::Customer,
    onboarding::LinkToShow,
    primitives::{ProspectId, Stage},
    prospect::Prospect,
};

impl Log {
    async fn public_id(&self, id: ProspectId) -> String {
        sqlx::query_scalar("SELECT public_id FROM prospects WHERE id = $1")
            .bind(uuid::Uuid::from(id))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    async fn prospects_page(&self, id: ProspectId) -> Prospect {
        let public_id = self.public_id(id).await;
        let who = officer();
        let found = self.onboarding.prospect_by_public_id(&who, &public_id);
        found.await.unwrap()
    }

    async fn customers_page(&self, id: ProspectId) -> (Prospect, Customer) {
        let public_id = self.public_id(id).await;
        let who = officer();
        let found = self.onboarding.customer_by_public_id(&who, &public_id);
        found.await.unwrap()
    }

    /// The link on the customer's page.
    async fn customers_link(&self, id: ProspectId) -> Option<String> {
        let (prospect, customer) = self.customers_page(id).await;
        match self.onboarding.link_to_show(&prospect, Some(&customer)) {
            LinkToShow::Newest(link) => link.url.clone(),
            LinkToShow::NotMade | LinkToShow::NothingToVerify => None,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_at_a_customer_is_one_entry_of_the_audit_log() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.store(&green(id, 1)).await;
    log.drained().await;
    let before = log.count("audit_entries").await;
    let (prospect, customer) = log.customers_page(id).await;
    assert_eq!(
        (prospect.id, customer.public_id.clone()),
        (id, prospect.public_id.clone())
    );
    assert_eq!(prospect.kyc.stage, Stage::Converted);
    assert_eq!(log.count("audit_entries").await - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shown_as_long_as_there_is_something_to_verify() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let id = log.prospect("ada@example.com").await;
    let prospect = log.prospects_page(id).await;
    assert_eq!(service.link_to_show(&prospect, None), LinkToShow::NotMade);
    let first = service.generate_link(&who, id).await.unwrap();
    let prospect = log.prospects_page(id).await;
    let LinkToShow::Newest(shown) = service.link_to_show(&prospect, None) else {
        panic!("the link is not shown");
    };
    assert_eq!(shown.url, first.url);

    log.store(&green(id, 1)).await;
    log.drained().await;
    assert_eq!(
        service.link_to_show(&log.prospects_page(id).await, None),
        LinkToShow::NothingToVerify,
        "what is left to do is on the customer's page"
    );
    assert_eq!(log.customers_link(id).await, None, "a verified customer");
    log.store(&red(id, 2, "RETRY")).await;
    log.drained().await;
    assert_eq!(log.customers_link(id).await, first.url, "who may try again");
    service
        .close_customer(&who, id.into(), "asked for it")
        .await
        .unwrap();
    assert_eq!(log.customers_link(id).await, None, "a closed one");

    let closed = log.prospect("bob@example.com").await;
    service.generate_link(&who, closed).await.unwrap();
    service
        .close_prospect(&admin(), closed, "a double")
        .await
        .unwrap();
    assert_eq!(
        service.link_to_show(&log.prospects_page(closed).await, None),
        LinkToShow::NothingToVerify
    );
}
