//! What an entry of the audit log is about: one table of the kinds that there are.
//!
//! A new kind is one line here. Stored names never change: the hash chain covers them.

use std::fmt;

use uuid::Uuid;

/// The page of the panel on which one sees an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectPage {
    /// Its own: this address and, behind it, the number that people know the object by.
    Own(&'static str),
    /// The page of the customer that it belongs to.
    OfItsCustomer,
    /// One that shows it among others, at this address.
    Among(&'static str),
    /// There is none, for this reason.
    None(&'static str),
}

macro_rules! kinds {
    ($($kind:ident = $name:literal, $words:literal, $page:expr;)*) => {
        /// What kind of thing an entry of the audit log is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ObjectKind {
            $(#[doc = concat!($words, ": `", $name, "` in the log.")] $kind,)*
        }

        impl ObjectKind {
            /// All of them, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name that the log stores.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What people read.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$kind => $words,)* }
            }

            /// Where one sees an object of this kind.
            #[must_use]
            pub const fn page(self) -> ObjectPage {
                match self { $(Self::$kind => $page,)* }
            }
        }
    };
}

kinds! {
    Prospect = "prospect", "Prospect", ObjectPage::Own("/prospects/");
    ProspectImport = "prospect-import", "Import of prospects", ObjectPage::Own("/prospects/import/");
    Customer = "customer", "Customer", ObjectPage::Own("/customers/");
    Callback = "callback", "Callback", ObjectPage::Own("/callbacks/");
    Raised = "raised", "Raised item", ObjectPage::Among("/needs-a-person");
    DepositAccount = "deposit-account", "Deposit account", ObjectPage::Own("/ledger/accounts/");
    Deposit = "deposit", "Deposit", ObjectPage::Own("/ledger/deposits/");
    Withdrawal = "withdrawal", "Withdrawal", ObjectPage::Own("/ledger/withdrawals/");
    CreditProposal = "credit-proposal", "Credit proposal", ObjectPage::OfItsCustomer;
    Operator = "operator", "Operator", ObjectPage::Among("/access");
    ApiToken = "api-token", "API token", ObjectPage::Among("/access");
    Provisioning = "provisioning", "Provisioning", ObjectPage::Among("/provisioning");
    Audit = "audit", "Audit log", ObjectPage::Among("/audit");
    Events = "events", "Event feed", ObjectPage::None("programs read it; it has no page");
    Download = "download", "Download", ObjectPage::None("a file that somebody took away, by how many rows it had: the entries before it name each of them");
    List = "list", "List", ObjectPage::None("a look at many: the entry names each of them");
}

/// Names that older entries of the log have for a kind; nothing is stored under them any more.
const OLDER_NAMES: [(&str, ObjectKind); 1] = [("credit_proposal", ObjectKind::CreditProposal)];

impl ObjectKind {
    /// The kind that the log calls `name`, or once called so; none for one of another version.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let older = || OLDER_NAMES.iter().find(|(older, _)| *older == name);
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.name() == name)
            .or_else(|| older().map(|(_, kind)| *kind))
    }

    /// What an entry's object is, by how the log stores it: its kind, and which one. None for a kind of another version.
    #[must_use]
    pub fn read(stored: &str) -> Option<(Self, Option<&str>)> {
        match stored.split_once(':') {
            Some((name, which)) => Some((Self::named(name)?, Some(which))),
            None => Some((Self::named(stored)?, None)),
        }
    }

    /// Every name under which the log has objects of this kind, the present one first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let older = OLDER_NAMES
            .into_iter()
            .filter_map(move |(name, kind)| (kind == self).then_some(name));
        std::iter::once(self.name()).chain(older)
    }

    /// The one with this UUID.
    #[must_use]
    pub fn id(self, id: impl Into<Uuid>) -> AuditObject {
        AuditObject {
            kind: self,
            which: Which::Id(id.into()),
        }
    }

    /// The one with this number.
    #[must_use]
    pub fn number(self, number: impl Into<i64>) -> AuditObject {
        AuditObject {
            kind: self,
            which: Which::Number(number.into()),
        }
    }

    /// The one that we call so.
    #[must_use]
    pub const fn called(self, name: &'static str) -> AuditObject {
        AuditObject {
            kind: self,
            which: Which::Name(name),
        }
    }

    /// One that is yet to be made.
    #[must_use]
    pub const fn yet_to_be_made(self) -> AuditObject {
        self.called("new")
    }

    /// All of them together, or the only one that there is.
    #[must_use]
    pub const fn whole(self) -> AuditObject {
        AuditObject {
            kind: self,
            which: Which::Whole,
        }
    }
}

/// What an entry of the audit log is about, as the log stores it: `prospect:<uuid>`, `callback:<number>`, `list`. Ids only, so
/// that it can stand there for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditObject {
    kind: ObjectKind,
    which: Which,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Which {
    Id(Uuid),
    Number(i64),
    Name(&'static str),
    Whole,
}

impl AuditObject {
    /// What a look at many is about, until it is known at whom.
    pub const LIST: Self = ObjectKind::List.whole();

    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(self) -> ObjectKind {
        self.kind
    }

    /// A prospect and the customer that it became are one person: the same for both, and of another object its own name.
    pub(super) fn person_or_record(self) -> String {
        let stored = self.to_string();
        match (self.kind, stored.split_once(':')) {
            (ObjectKind::Prospect | ObjectKind::Customer, Some((_, id))) => format!("person:{id}"),
            _ => stored,
        }
    }
}

impl fmt::Display for AuditObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind.name();
        match self.which {
            Which::Id(id) => write!(f, "{name}:{id}"),
            Which::Number(number) => write!(f, "{name}:{number}"),
            Which::Name(which) => write!(f, "{name}:{which}"),
            Which::Whole => f.write_str(name),
        }
    }
}
