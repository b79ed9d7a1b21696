//! The steps. Each is safe to repeat: it looks before it creates.
//!
//! A new one is one file here, with its [`StepInfo`], and one line in the list `steps!` (and the `mod` that names the file). Its place in
//! the list is its place among a customer's steps; its loop, its queue in health and metrics, and its rows come of that.

mod access;
mod account_lock;
mod deposit_account;
mod email_notice;
mod login;
mod verification_link;
mod welcome_email;

use std::{sync::Arc, time::Duration};

use customer::{
    Onboarding,
    primitives::{Activity, CustomerId, CustomerType, Stage},
};
use identity::IdentityProvider;

use crate::Proof;

/// The step that makes the login.
pub const LOGIN: &str = "login";
/// The step that sends the login and a temporary password.
pub const WELCOME_EMAIL: &str = "welcome_email";
/// The step that opens the account on the ledger.
pub const DEPOSIT_ACCOUNT: &str = "deposit_account";
/// The standing step that brings the login to what the facts say now.
pub const ACCESS: &str = "access";
/// The standing step that tells of a changed e-mail.
pub const EMAIL_NOTICE: &str = "email_notice";
/// The standing step that locks a closed customer's account in the ledger.
pub const ACCOUNT_LOCK: &str = "account_lock";
/// The standing step that mails a prospect the verification link.
pub const VERIFICATION_LINK: &str = "verification_link";
/// What a step waits for that the customer's side puts off: nothing that could come back is away.
pub(crate) const RECIPIENT: &str = "recipient";

/// How many mails of a batch are on their way at once.
const AT_ONCE: usize = 16;

/// Whose steps there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOf {
    /// Each of them is a customer.
    Customers,
    /// Of prospects that are no customers yet; they keep the UUID.
    Prospects,
}

/// How somebody stands whose step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A customer, active or not.
    Customer(Activity),
    /// A prospect who is no customer.
    Prospect(Stage),
}

/// What a step needs to know of a customer or prospect, read just before it runs.
#[derive(Clone)]
pub struct Facts {
    /// Whose step it is; prospects and customers share their UUIDs.
    pub customer: CustomerId,
    /// The short number.
    pub public_id: String,
    /// None once it is erased.
    pub email: Option<String>,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    /// What follows for the login and the account, or for the link.
    pub standing: Standing,
    /// Counted from 1, anew whenever the step is wanted anew.
    pub attempt: i32,
    /// How often the step was wanted anew, or no longer, before this.
    pub generation: i32,
    /// How many changes of e-mail are still to be told of.
    pub changes: i32,
    /// How long the recipient has put it off by now ([`StepError::Deferred`]); none when it doesn't.
    pub deferred_for: Option<Duration>,
    /// Nobody asked for it: what is outside is compared with the facts once more.
    pub is_recheck: bool,
}

impl Facts {
    /// The customer's activity; a prospect is none that anything follows from.
    #[must_use]
    pub fn activity(&self) -> Activity {
        match self.standing {
            Standing::Customer(activity) => activity,
            Standing::Prospect(_) => Activity::Inactive,
        }
    }
}

/// Why a step was not done. The words are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Worth a retry.
    #[error("{0}")]
    Retry(String),
    /// What the step needs beside its own dependency is away: worth a retry, and pulled forward when that is back.
    #[error("{words}")]
    Away {
        /// The other dependency, by its name.
        dependency: &'static str,
        /// Why, in words for operators.
        words: String,
    },
    /// The customer's side puts it off, and what the step depends on is well: worth a retry for `patience`, then a person has
    /// to look.
    #[error("{words}")]
    Deferred {
        /// Why, in words for operators.
        words: String,
        /// For how long, since it was put off first.
        patience: Duration,
    },
    /// No retry mends it.
    #[error("{0}")]
    NeedsPerson(String),
    /// It isn't ours any more, or the customer stands otherwise by now ([`Proof`]): left as it was, and done by whoever has it next.
    #[error("it was left to whoever has it next")]
    Lost,
}

/// What came of a step; never personal data.
pub type StepDetail = Option<String>;

/// What is so of a step whoever runs it: what its rows say, and how its loop takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepInfo {
    /// The name it is stored under.
    pub name: &'static str,
    /// Whose step it is.
    pub of: StepOf,
    /// What people read.
    pub label: &'static str,
    /// What it needs from outside, by the name that people read; steps with one dependency are pulled forward together.
    pub dependency: &'static str,
    /// The name of the step that has to be done first.
    pub after: Option<&'static str>,
    /// Whether it is no part of *provisioning done*: wanted anew whenever the facts change, and done for everybody, whether they have
    /// access or not.
    pub standing: bool,
    /// How many customers one batch takes.
    pub batch_size: i64,
    /// The name of the step that mends it when it was done late, over the head of whoever had taken the step over meanwhile.
    pub repaired_by: Option<&'static str>,
}

/// One step of provisioning.
#[async_trait::async_trait]
pub trait Step: Send + Sync + 'static {
    /// What is so of it whoever runs it.
    fn info(&self) -> &StepInfo;
    /// The name it is stored under.
    fn name(&self) -> &'static str {
        self.info().name
    }
    /// The names of the standing steps that take back what this one may have done just as a customer lost access and came to be
    /// like this.
    fn undone_by(&self, _activity: Activity) -> &'static [&'static str] {
        &[]
    }
    /// How often what is outside is compared with the facts again, when nothing has changed; never when there is none.
    fn recheck_every(&self) -> Option<Duration> {
        None
    }
    /// What else it needs from outside, by the name that people read.
    fn also_needs(&self) -> Option<&'static str> {
        None
    }
    /// Does it for each customer; one answer each, in the same order. A bad one never fails its neighbours. The proof is
    /// asked just before each effect outside.
    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>>;
    /// A cheap look whether the dependency answers.
    async fn probe(&self) -> Result<(), StepError>;
    /// The same for what else it needs.
    async fn probe_other(&self) -> Result<(), StepError> {
        Ok(())
    }
}

/// The outside that the steps act on.
#[derive(Clone)]
pub struct Ports {
    /// Who keeps the customers' logins.
    pub identity: Arc<dyn IdentityProvider>,
    /// Sends the mails.
    pub mailer: mail::Mailer,
    /// The ledger's deposit accounts.
    pub deposits: ledger::Ledger,
    /// Knows the addresses that a customer had before.
    pub onboarding: Onboarding,
    /// Where customers sign in, and where the links in mails to prospects lead.
    pub portal_url: url::Url,
    /// The bank's name in mails to prospects.
    pub bank_name: String,
    /// How long a temporary password can be used.
    pub temporary_for: Duration,
    /// How often each login, and each closed account, is compared with what it should be.
    pub recheck_every: Duration,
}

/// Makes of a list of steps all that there is to know of them.
macro_rules! steps {
    ($($file:ident::$step:ident),+ $(,)?) => {
        /// What is so of every step, in the order in which people read them.
        pub(crate) const INFOS: &[StepInfo] = &[$($file::INFO),+];

        /// Every step, in the order in which people read them.
        #[must_use]
        pub fn all(ports: &Ports) -> Vec<Arc<dyn Step>> {
            vec![$(Arc::new($file::$step::new(ports))),+]
        }
    };
}

steps![
    login::Login,
    welcome_email::WelcomeEmail,
    deposit_account::DepositAccount,
    access::Access,
    email_notice::EmailNotice,
    account_lock::AccountLock,
    verification_link::VerificationLink,
];

/// Whether the step of this name is one of prospects.
pub(crate) fn is_of_prospects(step: &str) -> bool {
    let info = INFOS.iter().find(|info| info.name == step);
    info.is_some_and(|info| info.of == StepOf::Prospects)
}

/// The names of all steps.
pub fn names() -> impl Iterator<Item = &'static str> {
    INFOS.iter().map(|info| info.name)
}

/// Asks in one call about those that there is something to ask about, and puts the answers back into their places.
async fn ask_in_one_call<T, R>(
    items: Vec<Result<T, R>>,
    ask: impl AsyncFnOnce(&[T]) -> Vec<R>,
) -> Vec<R> {
    let mut asked = Vec::new();
    let places: Vec<Option<R>> = items
        .into_iter()
        .map(|item| match item {
            Ok(item) => {
                asked.push(item);
                None
            }
            Err(known) => Some(known),
        })
        .collect();
    let mut answers = if asked.is_empty() {
        Vec::new()
    } else {
        ask(&asked).await
    }
    .into_iter();
    places
        .into_iter()
        .filter_map(|known| known.or_else(|| answers.next()))
        .collect()
}

/// Nothing can be sent to somebody whose address is gone.
fn erased() -> StepError {
    StepError::NeedsPerson("The customer's e-mail address was erased.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_names_only_steps_that_there_are() {
        let all: Vec<&str> = names().collect();
        for (place, info) in INFOS.iter().enumerate() {
            assert!(
                !all[..place].contains(&info.name),
                "{} is there twice",
                info.name
            );
            for other in info.after.into_iter().chain(info.repaired_by) {
                assert!(all.contains(&other), "{}: no step {other}", info.name);
            }
        }
    }
}
