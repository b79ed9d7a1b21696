//! The parts of the panel, and how its menu groups them.

use access::Permission;

/// The part of the panel that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The first page: `/`.
    Overview,
    /// What somebody has to look at: `/needs-a-person`.
    NeedsAPerson,
    /// `/prospects` and below.
    Prospects,
    /// `/customers` and below.
    Customers,
    /// All withdrawals: `/withdrawals`.
    Withdrawals,
    /// All deposits: `/deposits`.
    Deposits,
    /// All credit proposals: `/credit-proposals`.
    Proposals,
    /// `/callbacks` and below.
    Callbacks,
    /// What provisioning does: `/provisioning`.
    Provisioning,
    /// `/ledger` and below.
    Ledger,
    /// `/access` and below.
    Access,
    /// The audit log: `/audit`.
    Audit,
}

impl Section {
    pub(crate) const ALL: [Section; 12] = [
        Section::Overview,
        Section::NeedsAPerson,
        Section::Prospects,
        Section::Customers,
        Section::Withdrawals,
        Section::Deposits,
        Section::Proposals,
        Section::Ledger,
        Section::Callbacks,
        Section::Provisioning,
        Section::Access,
        Section::Audit,
    ];

    /// Those that stand in the menu under a word of their own.
    const MONEY: [Section; 4] = [
        Section::Withdrawals,
        Section::Deposits,
        Section::Proposals,
        Section::Ledger,
    ];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Section::Overview => "/",
            Section::NeedsAPerson => "/needs-a-person",
            Section::Prospects => "/prospects",
            Section::Customers => "/customers",
            Section::Withdrawals => "/withdrawals",
            Section::Deposits => "/deposits",
            Section::Proposals => "/credit-proposals",
            Section::Callbacks => "/callbacks",
            Section::Provisioning => "/provisioning",
            Section::Ledger => "/ledger",
            Section::Access => "/access",
            Section::Audit => "/audit",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Section::Overview => "Overview",
            Section::NeedsAPerson => "Needs a person",
            Section::Prospects => "Prospects",
            Section::Customers => "Customers",
            Section::Withdrawals => "Withdrawals",
            Section::Deposits => "Deposits",
            Section::Proposals => "Credit proposals",
            Section::Callbacks => "Callbacks",
            Section::Provisioning => "Provisioning",
            Section::Ledger => "Ledger",
            Section::Access => "Access",
            Section::Audit => "Audit log",
        }
    }

    /// What one needs to see it.
    pub(super) fn permission(self) -> Permission {
        match self {
            Section::Withdrawals | Section::Deposits | Section::Ledger => Permission::DepositRead,
            Section::Access => Permission::AccessManage,
            Section::Audit => Permission::AuditRead,
            _ => Permission::CustomerRead,
        }
    }
}

/// Parts of the panel that stand together in the menu.
pub(crate) struct MenuGroup {
    pub(crate) word: Option<&'static str>,
    pub(crate) sections: Vec<&'static Section>,
}

impl MenuGroup {
    /// The menu of whoever may see these.
    pub(super) fn all(may: impl Fn(Section) -> bool) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for section in Section::ALL.iter().filter(|section| may(**section)) {
            let word = Section::MONEY.contains(section).then_some("Money");
            match groups.last_mut().filter(|group| group.word == word) {
                Some(group) => group.sections.push(section),
                None => groups.push(Self {
                    word,
                    sections: vec![section],
                }),
            }
        }
        groups
    }
}
