//! What somebody asked to do, as the audit log names it: one table for all of Usher.
//!
//! A new action is one line here. Stored names never change: the hash chain covers them.

use std::fmt;

use kernel::AuditedAct;

use super::AuditObject;

macro_rules! actions {
    ($($action:ident = $name:literal, $words:literal;)*) => {
        /// What somebody asked to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AuditAction {
            $(#[doc = concat!($words, ": `", $name, "` in the log.")] $action,)*
        }

        impl AuditAction {
            /// All of them, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The name that the log stores.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }

            /// What people read.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$action => $words,)* }
            }
        }
    };
}

actions! {
    SearchFind = "search.find", "Find anyone";
    ProspectList = "prospect.list", "List prospects";
    ProspectDownload = "prospect.download", "Download the list of prospects";
    ProspectRead = "prospect.read", "Look at a prospect";
    ProspectCreate = "prospect.create", "Create a prospect";
    ProspectImportUpload = "prospect_import.upload", "Upload a file of prospects";
    ProspectImportStart = "prospect_import.start", "Import prospects";
    ProspectImportList = "prospect_import.list", "List imports";
    ProspectImportRead = "prospect_import.read", "Look at an import";
    ProspectImportDownload = "prospect_import.download", "Download the result of an import";
    ProspectGenerateLink = "prospect.generate_link", "Generate a verification link";
    ProspectSendLink = "prospect.send_link", "Send a verification link";
    ProspectRemind = "prospect.remind", "Remind of a verification link";
    ProspectRefresh = "prospect.refresh", "Ask Sumsub about a prospect";
    ProspectChangeType = "prospect.change_type", "Change the customer type";
    ProspectChangeEmail = "prospect.change_email", "Change the e-mail address";
    ProspectChangeTelegramHandle = "prospect.change_telegram_handle", "Change the Telegram handle";
    ProspectConvert = "prospect.convert", "Convert a prospect by hand";
    ProspectClose = "prospect.close", "Close a prospect";
    ProspectReopen = "prospect.reopen", "Reopen a prospect";
    ProspectAssign = "prospect.assign", "Assign a prospect or customer";
    ProspectAddNote = "prospect.add_note", "Add a note about a prospect or customer";
    ProspectSnooze = "prospect.snooze", "Snooze a prospect or customer";
    ProspectWake = "prospect.wake", "Wake a prospect or customer";
    ProspectErase = "prospect.erase", "Erase personal data";
    CustomerList = "customer.list", "List customers";
    CustomerDownload = "customer.download", "Download the list of customers";
    CustomerRead = "customer.read", "Look at a customer";
    CustomerRestore = "customer.restore", "Restore a customer";
    CustomerDeactivate = "customer.deactivate", "Deactivate a customer";
    CustomerReactivate = "customer.reactivate", "Reactivate a customer";
    CustomerClose = "customer.close", "Close a customer";
    CustomerChangePassword = "customer.change_password", "Change one's own password in the portal";
    CustomerSignOutEverywhere = "customer.sign_out_everywhere", "Sign out of the portal everywhere";
    CallbackList = "callback.list", "List callbacks";
    CallbackDownload = "callback.download", "Download the list of callbacks";
    CallbackRead = "callback.read", "Look at a callback";
    CallbackReprocess = "callback.reprocess", "Process a callback again";
    RaisedList = "raised.list", "List what needs a person";
    RaisedResolve = "raised.resolve", "Resolve what needs a person";
    RaisedSamePerson = "raised.same_person", "Decide that two records are one person";
    RaisedDifferentPeople = "raised.different_people", "Decide that two records are different people";
    NoticeList = "notice.list", "List what came in for oneself";
    WaitsList = "waits.list", "List what applicants wait for";
    StatisticsRead = "statistics.read", "Look at the statistics";
    StatisticsDownload = "statistics.download", "Download the statistics";
    ProvisioningList = "provisioning.list", "List provisioning steps";
    ProvisioningRetry = "provisioning.retry", "Retry provisioning";
    ProvisioningResendWelcome = "provisioning.resend_welcome", "Resend the welcome e-mail";
    ProvisioningLinkExistingLogin = "provisioning.link_existing_login", "Link an existing login";
    DepositAccountList = "deposit_account.list", "List deposit accounts";
    DepositAccountRead = "deposit_account.read", "Look at a deposit account";
    LedgerRead = "ledger.read", "Look at the ledger";
    DepositList = "deposit.list", "List deposits";
    DepositRead = "deposit.read", "Look at a deposit";
    DepositDownload = "deposit.download", "Download deposits";
    DepositRecord = "deposit.record", "Record a deposit";
    DepositRevert = "deposit.revert", "Revert a deposit";
    WithdrawalList = "withdrawal.list", "List withdrawals";
    WithdrawalRead = "withdrawal.read", "Look at a withdrawal";
    WithdrawalDownload = "withdrawal.download", "Download withdrawals";
    WithdrawalInitiate = "withdrawal.initiate", "Initiate a withdrawal";
    WithdrawalConfirm = "withdrawal.confirm", "Confirm a withdrawal";
    WithdrawalCancel = "withdrawal.cancel", "Cancel a withdrawal";
    WithdrawalRevert = "withdrawal.revert", "Revert a withdrawal";
    CreditProposalList = "credit_proposal.list", "List credit proposals";
    CreditProposalRead = "credit_proposal.read", "Look at a credit proposal";
    CreditProposalDownload = "credit_proposal.download", "Download credit proposals";
    CreditProposalPropose = "credit_proposal.propose", "Propose a credit facility";
    CreditProposalAccept = "credit_proposal.accept", "Accept a credit proposal";
    CreditProposalDecline = "credit_proposal.decline", "Decline a credit proposal";
    CreditProposalApprove = "credit_proposal.approve", "Approve a credit proposal";
    CreditProposalDeny = "credit_proposal.deny", "Deny a credit proposal";
    CreditProposalCancel = "credit_proposal.cancel", "Cancel a credit proposal";
    AccessRead = "access.read", "Look at operators and API tokens";
    OperatorAdd = "operator.add", "Add an operator";
    OperatorSetRole = "operator.set_role", "Change an operator's role";
    OperatorDisable = "operator.disable", "Disable an operator";
    OperatorEnable = "operator.enable", "Enable an operator";
    OperatorResetPassword = "operator.reset_password", "Reset an operator's password";
    OperatorRemoveSecondFactor = "operator.remove_second_factor", "Remove an operator's second factor";
    OperatorChangePassword = "operator.change_password", "Change one's own password";
    OperatorChoosePassword = "operator.choose_password", "Choose a password in place of a temporary one";
    OperatorEnrolSecondFactor = "operator.enrol_second_factor", "Set up a second factor";
    OperatorRemoveOwnSecondFactor = "operator.remove_own_second_factor", "Remove one's own second factor";
    OperatorSecondFactor = "operator.second_factor", "Give a code of the second factor";
    OperatorUseRecoveryCode = "operator.use_recovery_code", "Use a recovery code";
    OperatorEndSession = "operator.end_session", "End one of one's own sessions";
    OperatorEndOtherSessions = "operator.end_other_sessions", "End all of one's other sessions";
    TokenCreate = "token.create", "Create an API token";
    TokenRevoke = "token.revoke", "Revoke an API token";
    AuditRead = "audit.read", "Look at the audit log";
    AuditDownload = "audit.download", "Download the audit log";
    EventsRead = "events.read", "Read the event feed";
}

impl AuditAction {
    /// The action that the log calls `name`; none for one of another version.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.name() == name)
    }

    /// What people read for a stored name: its words, or the name as it is when this version doesn't know it.
    #[must_use]
    pub fn words_of(name: &str) -> &str {
        Self::named(name).map_or(name, |action| action.words())
    }
}

impl AuditAction {
    /// This action on an object, as a record's history names the entry of the log behind an event.
    #[must_use]
    pub fn on(self, object: AuditObject) -> AuditedAct {
        AuditedAct {
            action: self.name(),
            object: object.to_string(),
        }
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
