//! The roots of the schema, each merged of what the resources have.

use async_graphql::{MergedObject, MergedSubscription};

use crate::{
    audit::AuditQueries,
    callbacks::{CallbackMutations, CallbackQueries},
    credit::{CreditMutations, CreditQueries},
    customers::{CustomerMutations, CustomerQueries, CustomerSubscription},
    deposits::{DepositMutations, DepositQueries, WithdrawalSubscription},
    me::MeQueries,
    prospects::{ProspectMutations, ProspectQueries, ProspectSubscription},
    provisioning::{ProvisioningMutations, ProvisioningQueries},
    public_id_target::PublicIdQueries,
    raised_items::{RaisedItemMutations, RaisedItemQueries},
    statistics::StatisticsQueries,
};

/// Looking things up. Every look at one record is in the audit log.
#[derive(MergedObject, Default)]
pub struct Query(
    MeQueries,
    ProspectQueries,
    CustomerQueries,
    DepositQueries,
    CreditQueries,
    ProvisioningQueries,
    CallbackQueries,
    RaisedItemQueries,
    AuditQueries,
    PublicIdQueries,
    StatisticsQueries,
);

/// The root of mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    ProspectMutations,
    CustomerMutations,
    DepositMutations,
    CreditMutations,
    ProvisioningMutations,
    CallbackMutations,
    RaisedItemMutations,
);

/// What changes, within a second. Ends with an error when the permission does.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    ProspectSubscription,
    CustomerSubscription,
    WithdrawalSubscription,
);
