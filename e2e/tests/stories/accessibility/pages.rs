//! Every page of the panel and of the portal, with the route that the router has for it; `crates/web/tests/web/looked_at.rs` compares
//! the two.

/// A page: what its pictures are called, its route, and where one of them is. What stands in braces there the story fills in.
pub type Page = (&'static str, &'static str, &'static str);

/// What one sees before one is inside.
pub const BEFORE_SIGNING_IN: &[Page] = &[("login", "/login", "/login")];

/// What an invited operator goes through, in the story's order: `/password`, `/me/second-factor` and `/login/code`.
pub const OWN_LOGIN: [Page; 3] = [
    ("choose-password", "/password", "/password"),
    ("second-factor", "/me/second-factor", "/me/second-factor"),
    ("login-code", "/login/code", "/login/code"),
];

/// For an administrator.
#[rustfmt::skip]
pub const PANEL: &[Page] = &[
    ("overview", "/", "/"),
    ("overview-90-days", "/", "/?days=90&type=individual"),
    ("search", "/search", "/search?q=example"),
    ("needs-a-person", "/needs-a-person", "/needs-a-person"),
    ("needs-a-person-nothing", "/needs-a-person", "/needs-a-person?age=30d"),
    ("resolved", "/needs-a-person", "/needs-a-person?show=resolved"),
    ("resolve", "/raised/{id}/{operation}", "/raised/{raised}/resolve"),
    ("for-me", "/for-me", "/for-me"),
    ("prospects", "/prospects", "/prospects"),
    ("prospects-declined", "/prospects", "/prospects?stage=kyc_declined&created_from=2026-01-01"),
    ("prospects-no-day", "/prospects", "/prospects?created_from=2026-02-30"),
    ("nothing-found", "/prospects", "/prospects?q=nobody"),
    ("new-prospect", "/prospects/new", "/prospects/new"),
    ("imports", "/prospects/import", "/prospects/import"),
    ("import", "/prospects/import/{id}", "{import}"),
    ("assign", "/prospects/{public_id}/{operation}", "/prospects/{new}/assign"),
    ("prospect", "/prospects/{public_id}", "/prospects/{new}"),
    ("prospect-company", "/prospects/{public_id}", "/prospects/{company}"),
    ("prospect-declined", "/prospects/{public_id}", "/prospects/{declined}"),
    ("prospect-converted", "/prospects/{public_id}", "/prospects/{verified}"),
    ("change-email", "/prospects/{public_id}/{operation}", "/prospects/{new}/change-email"),
    ("change-type", "/prospects/{public_id}/{operation}", "/prospects/{new}/change-type"),
    ("another-link", "/prospects/{public_id}/{operation}", "/prospects/{new}/verification-link"),
    ("close", "/prospects/{public_id}/{operation}", "/prospects/{new}/close"),
    ("customers", "/customers", "/customers"),
    ("customer", "/customers/{public_id}", "/customers/{verified}"),
    ("customer-money", "/customers/{public_id}/money", "/customers/{verified}/money"),
    ("customer-verification", "/customers/{public_id}/verification", "/customers/{rejected}/verification"),
    ("customer-documents", "/customers/{public_id}/documents", "/customers/{verified}/documents"),
    ("customer-history", "/customers/{public_id}/history", "/customers/{verified}/history"),
    ("customer-rejected", "/customers/{public_id}", "/customers/{rejected}"),
    ("deactivate", "/customers/{public_id}/{operation}", "/customers/{verified}/deactivate"),
    ("record-deposit", "/customers/{public_id}/{kind}/new", "/customers/{verified}/deposits/new"),
    ("confirm-withdrawal", "/customers/{public_id}/{kind}/{document}/{operation}", "/customers/{verified}/withdrawals/{withdrawal}/confirm"),
    ("propose-credit", "/customers/{public_id}/credit/new", "/customers/{verified}/credit/new"),
    ("deny-credit", "/customers/{public_id}/credit/{proposal}/{operation}", "/customers/{verified}/credit/{proposal}/deny"),
    ("withdrawals", "/withdrawals", "/withdrawals"),
    ("withdrawals-wrong", "/withdrawals", "/withdrawals?least=ten"),
    ("deposits", "/deposits", "/deposits"),
    ("credit-proposals", "/credit-proposals", "/credit-proposals"),
    ("callbacks", "/callbacks", "/callbacks"),
    ("callback", "/callbacks/{id}", "/callbacks/1"),
    ("reprocess", "/callbacks/{id}/reprocess", "/callbacks/{ignored}/reprocess"),
    ("provisioning", "/provisioning", "/provisioning"),
    ("ledger", "/ledger", "/ledger"),
    ("ledger-set", "/ledger/sets/{category}", "/ledger/sets/individual"),
    ("ledger-empty-set", "/ledger/sets/{category}", "/ledger/sets/bank"),
    ("ledger-omnibus", "/ledger/omnibus", "/ledger/omnibus"),
    ("ledger-account", "/ledger/accounts/{code}", "{account}"),
    ("ledger-deposit", "/ledger/{kind}/{public_id}", "/ledger/deposits/{deposit}"),
    ("ledger-withdrawal", "/ledger/{kind}/{public_id}", "/ledger/withdrawals/{withdrawal}"),
    ("access", "/access", "/access"),
    ("new-token", "/access/tokens/new", "/access/tokens/new"),
    ("revoke-token", "/access/tokens/{id}/{operation}", "/access/tokens/{token}/revoke"),
    ("new-operator", "/access/operators/new", "/access/operators/new"),
    ("disable-operator", "/access/operators/{id}/{operation}", "/access/operators/{operator}/disable"),
    ("audit", "/audit", "/audit"),
    ("audit-entry", "/audit/{id}", "/audit/1"),
    ("my-account", "/me", "/me"),
    ("prospect-file", "/prospects/{public_id}/file", "/prospects/{declined}/file"),
    ("customer-file", "/customers/{public_id}/file", "/customers/{verified}/file"),
    ("help", "/help/{page}", "/help/prospects"),
    ("not-found", "", "/nowhere"),
];

/// For a customer who is inside.
#[rustfmt::skip]
pub const PORTAL: &[Page] = &[
    ("portal-home", "/", "/"),
    ("portal-entries", "/entries", "/entries"),
    ("portal-statement", "/statement", "/statement"),
    ("portal-bad-day", "/statement", "/statement?from=2026-02-30&to=2026-03-01"),
    ("portal-proposals", "/proposals", "/proposals"),
    ("portal-proposal", "/proposals/{id}", "/proposals/{proposal}"),
    ("portal-accept", "/proposals/{id}/{answer}", "/proposals/{proposal}/accept"),
    ("portal-security", "/security", "/security"),
    ("portal-link", "/verify/{token}", "{verify}"),
];

/// What shows no page of its own: it answers with a file, with a part of a page, or leads elsewhere; or it is looked at by the
/// story that leads there (`selecting`).
#[allow(dead_code, reason = "read by the test that compares")]
#[rustfmt::skip]
pub const NO_PAGES: &[&str] = &[
    "/overview/{file}", "/customers/{public_id}/provisioning/{id}", "/changes", "/graphql/ws", "/events", "/statement.csv",
    "/prospects/selected/{id}", "/prospects/import/{id}/result.csv", "/prospects.csv", "/customers.csv", "/callbacks.csv", "/audit.csv", "/withdrawals.csv", "/deposits.csv", "/credit-proposals.csv",
    "/me/password", "/me/time-zone", "/me/sessions/end", "/me/sessions/end-others", "/me/second-factor/remove", "/access/tokens",
    "/access/operators", "/login/keycloak", "/login/callback", "/security/password",
];
