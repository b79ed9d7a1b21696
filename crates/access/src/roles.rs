//! Roles and permissions: the table *Who may do what* of `docs/RULES.md`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What somebody is at the bank. Written `admin`, `onboarding-officer`, `auditor`, `event-reader` everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Runs the onboarding day by day.
    OnboardingOfficer,
    /// Looks, and changes nothing.
    Auditor,
    /// A program that follows the events, and may do nothing else.
    EventReader,
}

/// What a role allows. Written in capitals everywhere, such as `CUSTOMER_CREATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// Create a prospect.
    CustomerCreate,
    /// See prospects, customers, callbacks.
    CustomerRead,
    /// Verification links, contact, type, close, reopen, deactivate, reactivate, retry, resend, reprocess, refresh, resolve.
    CustomerUpdate,
    /// Convert by hand, past KYC.
    CustomerConvert,
    /// Restore after a RED; link an existing login.
    CustomerRestore,
    /// Erase personal data.
    CustomerErase,
    /// Record deposits, start and cancel withdrawals.
    DepositCreate,
    /// See deposit accounts, deposits, withdrawals and the ledger.
    DepositRead,
    /// Confirm or revert a withdrawal; revert a deposit.
    WithdrawalConfirm,
    /// Make a credit proposal.
    CreditPropose,
    /// Decide a credit proposal.
    CreditDecide,
    /// See, make and end operators and API tokens.
    AccessManage,
    /// Read the audit log.
    AuditRead,
    /// Follow the events (`docs/events.md`).
    EventsRead,
}

impl Role {
    /// Every role that there is, of people and of programs.
    pub const ALL: [Role; 4] = [
        Role::Admin,
        Role::OnboardingOfficer,
        Role::Auditor,
        Role::EventReader,
    ];

    /// The roles of people. The others are for programs only.
    pub const PEOPLE: [Role; 3] = [Role::Admin, Role::OnboardingOfficer, Role::Auditor];

    /// Whether the role has the permission: the table *Who may do what* of `docs/RULES.md`, row by row.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        use Permission::*;
        let (admin, onboarding_officer, auditor, event_reader) = match permission {
            CustomerCreate => (true, true, false, false),
            CustomerRead => (true, true, true, false),
            CustomerUpdate => (true, true, false, false),
            CustomerConvert | CustomerRestore | CustomerErase => (true, false, false, false),
            DepositCreate => (true, true, false, false),
            DepositRead => (true, true, true, false),
            WithdrawalConfirm => (true, false, false, false),
            CreditPropose => (true, true, false, false),
            CreditDecide => (true, false, false, false),
            AccessManage => (true, false, false, false),
            AuditRead => (true, false, true, false),
            EventsRead => (true, false, true, true),
        };
        match self {
            Role::Admin => admin,
            Role::OnboardingOfficer => onboarding_officer,
            Role::Auditor => auditor,
            Role::EventReader => event_reader,
        }
    }

    /// Whether this role allows nothing that `other` doesn't: what somebody with the role `other` may hand on.
    #[must_use]
    pub fn is_within(self, other: Role) -> bool {
        Permission::ALL
            .into_iter()
            .all(|permission| !self.allows(permission) || other.allows(permission))
    }

    /// The role as people say it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Role::Admin => "Admin",
            Role::OnboardingOfficer => "Onboarding officer",
            Role::Auditor => "Auditor",
            Role::EventReader => "Event reader",
        }
    }

    /// The role's name as configuration, database and JSON have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::OnboardingOfficer => "onboarding-officer",
            Role::Auditor => "auditor",
            Role::EventReader => "event-reader",
        }
    }
}

impl Permission {
    /// Every permission, in the order of `docs/RULES.md`.
    pub const ALL: [Permission; 14] = [
        Permission::CustomerCreate,
        Permission::CustomerRead,
        Permission::CustomerUpdate,
        Permission::CustomerConvert,
        Permission::CustomerRestore,
        Permission::CustomerErase,
        Permission::DepositCreate,
        Permission::DepositRead,
        Permission::WithdrawalConfirm,
        Permission::CreditPropose,
        Permission::CreditDecide,
        Permission::AccessManage,
        Permission::AuditRead,
        Permission::EventsRead,
    ];

    /// The permission's name, such as `CUSTOMER_CREATE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Permission::CustomerCreate => "CUSTOMER_CREATE",
            Permission::CustomerRead => "CUSTOMER_READ",
            Permission::CustomerUpdate => "CUSTOMER_UPDATE",
            Permission::CustomerConvert => "CUSTOMER_CONVERT",
            Permission::CustomerRestore => "CUSTOMER_RESTORE",
            Permission::CustomerErase => "CUSTOMER_ERASE",
            Permission::DepositCreate => "DEPOSIT_CREATE",
            Permission::DepositRead => "DEPOSIT_READ",
            Permission::WithdrawalConfirm => "WITHDRAWAL_CONFIRM",
            Permission::CreditPropose => "CREDIT_PROPOSE",
            Permission::CreditDecide => "CREDIT_DECIDE",
            Permission::AccessManage => "ACCESS_MANAGE",
            Permission::AuditRead => "AUDIT_READ",
            Permission::EventsRead => "EVENTS_READ",
        }
    }
}

/// Not the name of a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role: use admin, onboarding-officer, auditor or event-reader")]
pub struct UnknownRole(pub String);

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == name)
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, Role};

    #[test]
    fn the_roles_are_what_the_rules_say() {
        let cells = testkit::rules_table("roles");
        let names: Vec<&str> = cells
            .iter()
            .filter(|cell| cell.column == "allows")
            .map(|cell| cell.row)
            .collect();
        assert_eq!(names, Permission::ALL.map(Permission::as_str));
        for cell in cells.iter().filter(|cell| cell.column != "allows") {
            let role = cell.column.replace(' ', "-").parse::<Role>().unwrap();
            let permission = Permission::ALL
                .into_iter()
                .find(|known| known.as_str() == cell.row)
                .unwrap();
            assert_eq!(role.allows(permission), cell.text == "yes", "{cell:?}");
        }
    }

    #[test]
    fn a_role_hands_on_no_more_than_it_has() {
        use Role::*;
        let within = |role: Role| Role::ALL.map(|other| role.is_within(other));
        assert_eq!(within(Admin), [true, false, false, false]);
        assert_eq!(within(OnboardingOfficer), [true, true, false, false]);
        // An auditor reads the audit log, an officer doesn't.
        assert_eq!(within(Auditor), [true, false, true, false]);
        assert_eq!(within(EventReader), [true, false, true, true]);
    }

    #[test]
    fn names_are_one_and_the_same_everywhere() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
            assert_eq!(serde_json::json!(role), role.as_str());
        }
        for permission in Permission::ALL {
            assert_eq!(serde_json::json!(permission), permission.as_str());
        }
        assert!("Admin".parse::<Role>().is_err());
    }
}
