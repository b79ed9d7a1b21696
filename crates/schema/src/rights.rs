//! What the server's database role may do with each table.

/// Tables that a server only ever adds to: what happened, and who was allowed what. Nobody can make it undone with the
/// server's role.
pub const ONLY_ADDED_TO: &[&str] = &[
    "audit_entries",
    // Servers seal, so they add here too. A function of the owner's that seals would narrow nothing worth having: a forged
    // seal hides no entry, because entries stay and earlier seals can't be changed, and `usher doctor` names it.
    "audit_seals",
    "operator_credentials",
    "prospect_events",
    "customer_events",
    "deposit_events",
    "withdrawal_events",
    "credit_facility_proposal_events",
    "outbox_eras",
    "outbox_events",
    // The ledger (see `cala-ledger`): its balances are sums that postings update, all else is history.
    "cala_account_events",
    "cala_account_set_events",
    "cala_balance_history",
    "cala_entries",
    "cala_entry_events",
    "cala_journal_events",
    "cala_persistent_outbox_events",
    "cala_transaction_events",
    "cala_transactions",
    "cala_tx_template_events",
    "cala_velocity_balance_history",
    "cala_velocity_control_events",
    "cala_velocity_limit_events",
    // The entries of the ledger's sums, numbered (see `deposit`).
    "ledger_sum_entries",
];

/// Tables whose rows a server changes and never deletes: what was received, and what there is. Erasing empties columns.
pub const NEVER_DELETED: &[&str] = &[
    "api_tokens",
    "applicants",
    "callbacks",
    "cala_account_sets",
    "cala_accounts",
    "cala_current_balances",
    "cala_journals",
    "cala_tx_templates",
    "cala_velocity_current_balances",
    "credit_facility_proposals",
    "customers",
    "deposits",
    "duplicate_decisions",
    "ledger_sums",
    "link_mails",
    "money_sums",
    "notes",
    "operators",
    "proposal_sums",
    "prospect_import_rows",
    "prospect_imports",
    "prospects",
    "provisioning_steps",
    "raised",
    "selected_prospects",
    "selections",
    "statistics",
    "withdrawals",
];

/// What a server says of an audit entry. It can choose neither its id nor its time.
pub(crate) const OF_AN_AUDIT_ENTRY: [&str; 5] =
    ["subject", "action", "object", "authorized", "records"];

/// Tables that a server only reads.
pub const ONLY_READ: &[&str] = &["_sqlx_migrations", "outbox_cut"];
