//! The dealings, and how they are spoken of.

use access::Permission;

use crate::error_page::PageError;

/// What is done with money or credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dealing {
    RecordDeposit,
    RevertDeposit,
    StartWithdrawal,
    ConfirmWithdrawal,
    CancelWithdrawal,
    RevertWithdrawal,
    ProposeCredit,
    ApproveCredit,
    DenyCredit,
}

/// How a dealing is spoken of.
pub struct Words {
    /// In the address that says it is done, and in ids.
    pub slug: &'static str,
    /// The kind of document that it is about, and what is done to one, in addresses.
    path: (&'static str, Option<&'static str>),
    /// The button that opens the dialog.
    pub button: &'static str,
    /// The dialog's name.
    pub heading: &'static str,
    /// What will happen.
    pub consequence: &'static str,
    /// What has happened.
    pub done: &'static str,
    /// What it needs.
    pub permission: Permission,
    /// It takes something away.
    pub grave: bool,
}

const ALL: [Dealing; 9] = [
    Dealing::RecordDeposit,
    Dealing::RevertDeposit,
    Dealing::StartWithdrawal,
    Dealing::ConfirmWithdrawal,
    Dealing::CancelWithdrawal,
    Dealing::RevertWithdrawal,
    Dealing::ProposeCredit,
    Dealing::ApproveCredit,
    Dealing::DenyCredit,
];

/// What the page says when the dealing that an address names is done.
pub fn done(slug: &str) -> Option<&'static str> {
    let mut all = ALL.iter().map(|dealing| dealing.words());
    all.find(|words| words.slug == slug).map(|words| words.done)
}

impl Dealing {
    /// The dealing that an address names.
    ///
    /// # Errors
    /// When it names none.
    pub fn named(kind: &str, act: Option<&str>) -> Result<Self, PageError> {
        ALL.into_iter()
            .find(|dealing| dealing.words().path == (kind, act))
            .ok_or(PageError::NotFound("page"))
    }

    /// Where the dialog is, for the customer at `record` and the document with this number.
    pub fn address(self, record: &str, document: &str) -> String {
        match self.words().path {
            (kind, None) => format!("{record}/{kind}/new"),
            (kind, Some(act)) => format!("{record}/{kind}/{document}/{act}"),
        }
    }

    /// What tells its button from the others of the page.
    pub fn slug(self, document: &str) -> String {
        let words = self.words();
        match words.path.1 {
            None => words.slug.to_owned(),
            Some(_) => format!("{}-{document}", words.slug),
        }
    }

    /// Its words.
    #[rustfmt::skip]
    pub fn words(self) -> Words {
        use Permission::{CreditDecide, CreditPropose, DepositCreate, WithdrawalConfirm};
        let words = |slug, path, button, heading, consequence, done, permission, grave| Words {
            slug, path, button, heading, consequence, done, permission, grave,
        };
        match self {
            Dealing::RecordDeposit => words("record-deposit", ("deposits", None), "Record deposit", "Record deposit",
                "The money is on the account at once.",
                "The deposit was recorded.",
                DepositCreate, false),
            Dealing::RevertDeposit => words("revert-deposit", ("deposits", Some("revert")), "Revert", "Revert deposit",
                "The money leaves the account again, by a counter-entry. Both stay in the books.",
                "The deposit was reverted.",
                WithdrawalConfirm, true),
            Dealing::StartWithdrawal => words("start-withdrawal", ("withdrawals", None), "Start withdrawal", "Start withdrawal",
                "The money is reserved at once, and leaves when the withdrawal is confirmed.",
                "The withdrawal was started; it waits to be confirmed.",
                DepositCreate, false),
            Dealing::ConfirmWithdrawal => words("confirm-withdrawal", ("withdrawals", Some("confirm")), "Confirm", "Confirm withdrawal",
                "The reserved money leaves.",
                "The withdrawal was confirmed.",
                WithdrawalConfirm, false),
            Dealing::CancelWithdrawal => words("cancel-withdrawal", ("withdrawals", Some("cancel")), "Cancel", "Cancel withdrawal",
                "The reserved money is on the account again.",
                "The withdrawal was cancelled.",
                DepositCreate, false),
            Dealing::RevertWithdrawal => words("revert-withdrawal", ("withdrawals", Some("revert")), "Revert", "Revert withdrawal",
                "The money comes back to the account, by a counter-entry. Both stay in the books.",
                "The withdrawal was reverted.",
                WithdrawalConfirm, true),
            Dealing::ProposeCredit => words("propose-credit", ("credit", None), "Propose credit", "Propose credit",
                "The customer finds the proposal in the portal and accepts or declines it. Then another operator decides.",
                "The proposal was made; it waits for the customer.",
                CreditPropose, false),
            Dealing::ApproveCredit => words("approve-credit", ("credit", Some("approve")), "Approve", "Approve proposal",
                "The bank's credit system hears of it. This can't be undone.",
                "The proposal was approved.",
                CreditDecide, false),
            Dealing::DenyCredit => words("deny-credit", ("credit", Some("deny")), "Deny", "Deny proposal",
                "The proposal ends here. This can't be undone.",
                "The proposal was denied.",
                CreditDecide, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::prospects::operations::{OF_CUSTOMER, named};

    #[test]
    fn an_address_names_one_dealing() {
        for dealing in ALL {
            let (kind, act) = dealing.words().path;
            assert_eq!(Dealing::named(kind, act).ok(), Some(dealing));
            let slug = dealing.words().slug;
            assert_eq!(done(slug), Some(dealing.words().done));
            assert_eq!(named(&OF_CUSTOMER, slug), None, "{slug}");
        }
        assert!(Dealing::named("deposits", Some("confirm")).is_err());
        assert!(Dealing::named("loans", None).is_err());
    }
}
