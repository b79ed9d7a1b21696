//! An address names one operation: what the router reads from it leads back to the operation, and no two share one.

use std::collections::HashSet;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Path,
    http::Request,
    routing::get,
};
use tower::ServiceExt as _;

use super::Operation;
use crate::admin::{
    access::operations::{OperatorOperation, Revoke},
    callbacks::operations::Reprocess,
    credit::operations::CreditOperation,
    customers::operations::CustomerOperation,
    deposits::operations::MoneyOperation,
    needs_a_person::operations::RaisedOperation,
    prospects::operations::ProspectOperation,
    provisioning::operations::Retry,
};

const CUSTOMER: &str = "/customers/100001";
const ID: &str = "0198c0de-0000-7000-8000-000000000000";

/// The slug of the operation that an address names.
async fn named<O: Operation>(Path(address): Path<O::Address>) -> &'static str {
    O::named(&address).map_or("", |operation| operation.words().slug)
}

/// Asks for the address of each of these operations, at these routes; answers the addresses.
async fn led_back<O: Operation>(routes: &[&str], address: impl Fn(O) -> String) -> Vec<String> {
    let router = routes.iter().fold(Router::new(), |router, route| {
        router.route(route, get(named::<O>))
    });
    let mut addresses = Vec::new();
    let mut slugs = HashSet::new();
    for operation in O::ALL {
        let (address, slug) = (address(*operation), operation.words().slug);
        assert!(slugs.insert(slug), "two are called {slug}");
        let request = Request::get(&address).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let named = to_bytes(answer.into_body(), 100).await.unwrap();
        assert_eq!(named, slug, "{address}");
        addresses.push(address);
    }
    addresses
}

#[tokio::test]
async fn an_address_names_one_operation() {
    let slug = |at: &'static str, slug: &str| format!("{at}/{slug}");
    let all = [
        led_back(
            &["/prospects/{public_id}/{operation}"],
            |it: ProspectOperation| slug("/prospects/100001", it.words().slug),
        )
        .await,
        led_back(
            &["/customers/{public_id}/{operation}"],
            |it: CustomerOperation| slug(CUSTOMER, it.words().slug),
        )
        .await,
        led_back(
            &[
                "/customers/{public_id}/{kind}/new",
                "/customers/{public_id}/{kind}/{document}/{operation}",
            ],
            |it: MoneyOperation| it.address(CUSTOMER, "100012"),
        )
        .await,
        led_back(
            &[
                "/customers/{public_id}/credit/new",
                "/customers/{public_id}/credit/{proposal}/{operation}",
            ],
            |it: CreditOperation| it.address(CUSTOMER, ID),
        )
        .await,
        led_back(
            &["/access/operators/{id}/{operation}"],
            |it: OperatorOperation| format!("/access/operators/{ID}/{}", it.words().slug),
        )
        .await,
        led_back(&["/access/tokens/{id}/{operation}"], |it: Revoke| {
            format!("/access/tokens/{ID}/{}", it.words().slug)
        })
        .await,
        led_back(&["/raised/{id}/{operation}"], |it: RaisedOperation| {
            slug("/raised/7", it.words().slug)
        })
        .await,
        led_back(&["/callbacks/{id}/reprocess"], |it: Reprocess| {
            slug("/callbacks/7", it.words().slug)
        })
        .await,
        led_back(&["/provisioning/retry/{customer}/{step}"], |_: Retry| {
            format!("/provisioning/retry/{ID}/login")
        })
        .await,
    ]
    .concat();
    let distinct: HashSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "two share an address: {all:?}");
}
