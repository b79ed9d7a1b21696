//! What was found, in groups.

use access::Permission;
use customer::search::Person;
use deposit::{DocumentKind, FoundDocument};
use kernel::Sought;
use ledger::AccountOnRecord;

use crate::{admin::AdminState, error_page::PageError, format::money, layout::Viewer};

/// What was found of one kind.
pub struct Group {
    /// As its heading's id ends.
    pub key: &'static str,
    pub heading: &'static str,
    pub hits: Vec<Hit>,
}

/// One thing that was found.
pub struct Hit {
    pub address: String,
    /// What it is called.
    pub name: String,
    /// What tells it from others.
    pub detail: String,
}

/// Joined as a line of details.
fn line(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

impl From<Person> for Hit {
    fn from(found: Person) -> Self {
        let public_id = found.public_id;
        let (list, kind, state) = match found.activity {
            Some(activity) => ("customers", "Customer", activity.label()),
            None => ("prospects", "Prospect", found.stage.label()),
        };
        let (name, email) = match (found.name, found.email) {
            (Some(name), email) => (name, email),
            (None, Some(email)) => (email, None),
            (None, None) => (format!("{kind} {public_id}"), None),
        };
        Self {
            address: format!("/{list}/{public_id}"),
            name,
            detail: line([
                email,
                Some(public_id),
                Some(format!("{kind}, {state}")),
                found.by_note.then(|| "in a note".to_owned()),
            ]),
        }
    }
}

impl From<AccountOnRecord> for Hit {
    fn from(found: AccountOnRecord) -> Self {
        let owner = ledger::public_id_in(&found.account.code);
        Self {
            address: format!("/ledger/accounts/{}", found.account.code),
            detail: line([
                owner.map(|owner| format!("Customer {owner}")),
                Some(money(found.account.settled)),
            ]),
            name: found.account.code,
        }
    }
}

impl From<FoundDocument> for Hit {
    fn from(found: FoundDocument) -> Self {
        let (list, kind) = match found.kind {
            DocumentKind::Deposit => ("deposits", "Deposit"),
            DocumentKind::Withdrawal => ("withdrawals", "Withdrawal"),
        };
        Self {
            address: format!("/ledger/{list}/{}", found.public_id),
            name: format!("{kind} {}", found.public_id),
            detail: line([
                found.reference,
                Some(money(found.amount.cents())),
                Some(found.status.to_owned()),
            ]),
        }
    }
}

/// All that the viewer may see of what could be meant, at most `first` of each kind; kinds of which there is none are left out.
pub async fn find(
    state: &AdminState,
    viewer: &Viewer,
    sought: &Sought,
    first: i64,
) -> Result<Vec<Group>, PageError> {
    let who = &viewer.subject;
    let sees_money = viewer.may(Permission::DepositRead);
    let people = async {
        if viewer.may(Permission::CustomerRead) {
            state.onboarding.find_people(who, sought, first).await
        } else {
            Ok(Vec::new())
        }
    };
    let accounts = async {
        if sees_money {
            account(state, viewer, sought).await
        } else {
            Ok(None)
        }
    };
    let documents = async {
        if sees_money {
            state.money.find_documents(who, sought, first).await
        } else {
            Ok(Vec::new())
        }
    };
    let (people, accounts, documents) = tokio::try_join!(people, accounts, documents)?;
    let groups = [
        Group {
            key: "people",
            heading: "People and companies",
            hits: people.into_iter().map(Hit::from).collect(),
        },
        Group {
            key: "accounts",
            heading: "Accounts",
            hits: accounts.into_iter().map(Hit::from).collect(),
        },
        Group {
            key: "money",
            heading: "Deposits and withdrawals",
            hits: documents.into_iter().map(Hit::from).collect(),
        },
    ];
    Ok(groups
        .into_iter()
        .filter(|group| !group.hits.is_empty())
        .collect())
}

/// The account with this number or id in the ledger, or that of whoever has this public id.
async fn account(
    state: &AdminState,
    viewer: &Viewer,
    sought: &Sought,
) -> Result<Option<AccountOnRecord>, kernel::Error> {
    let who = &viewer.subject;
    match sought {
        Sought::Id(id) => state.deposits.read(who, *id).await,
        Sought::Number(number) => {
            let code = ledger::account_code(number);
            state.deposits.read_by_code(who, &code).await
        }
        Sought::Words(words) => {
            let code = words.to_ascii_uppercase();
            state.deposits.read_by_code(who, &code).await
        }
        Sought::Nothing | Sought::Applicant(_) | Sought::Contact(_) => Ok(None),
    }
}
