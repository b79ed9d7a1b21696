//! Whose fault a mail server's refusal is: read from its words, its enhanced status code (RFC 3463, RFC 5248, and what
//! large providers document of their own), its reply code (RFC 5321) and the command that it answers.

mod phrases;
#[cfg(test)]
mod tests;

use crate::delivery::Stage;

/// Whose fault it is. Only the last three are about the recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server's own: it is busy, or broken.
    Server,
    /// The name that we greet with.
    Ehlo,
    /// The name that the DNS has for our address.
    ReverseName,
    /// Our sender address (`smtp.from`).
    Sender,
    /// Our login, or that we have none.
    Login,
    /// That the connection is, or isn't, encrypted.
    Encryption,
    /// The server takes no mail for others from us.
    Relay,
    /// Our address or domain is on a list of those who send spam.
    Blocklist,
    /// Nothing proves that we may send for our domain: SPF, DKIM, DMARC.
    Unproven,
    /// We sent more than we may.
    Limit,
    /// Some rule about who may send.
    Policy,
    /// What the mail says, or how large it is.
    Mail,
    /// There is no such recipient, or it takes no mail from us.
    Address,
    /// The recipient takes no mail for the moment.
    AddressLater,
    /// The recipient's mailbox is full.
    MailboxFull,
}

/// Whose fault it is that a server answered `code` and `words` at this stage. `recipient` is masked, its domain too: what
/// they happen to be called says nothing.
pub(crate) fn classify(stage: Stage, code: u16, words: &str, recipient: &str) -> Fault {
    let reply = Reply {
        stage,
        code,
        words: masked(words, recipient),
        status: enhanced(code, words),
    };
    let fault = phrases::strong(&reply)
        .or_else(|| reply.by_exact_status())
        .or_else(|| phrases::weak(&reply))
        .or_else(|| reply.by_subject())
        .unwrap_or_else(|| reply.by_reply_code());
    match fault {
        Fault::Address if code < 500 => Fault::AddressLater,
        fault => fault,
    }
}

/// An answer as it is looked at.
struct Reply {
    stage: Stage,
    code: u16,
    /// In small letters.
    words: String,
    /// Subject and detail of the enhanced status code.
    status: Option<(u16, u16)>,
}

impl Reply {
    /// Whether the server knows the recipient already; before that it can't be about them.
    fn knows_recipient(&self) -> bool {
        matches!(self.stage, Stage::Recipient | Stage::Content)
    }

    fn says(&self, phrase: &str) -> bool {
        self.words.contains(phrase)
    }

    /// The codes that say it all.
    fn by_exact_status(&self) -> Option<Fault> {
        let address = self.knows_recipient().then_some(Fault::Address);
        match self.status? {
            (1, 1..=4 | 6 | 9 | 10) | (2, 1 | 4) => address,
            (1, 7 | 8) | (2, 252) => Some(Fault::Sender),
            (1, 90) | (4, 5) | (7, 28 | 705) => Some(Fault::Limit),
            (2, 2) if self.knows_recipient() => Some(Fault::MailboxFull),
            (2, 3) | (3, 4) | (6, _) => Some(Fault::Mail),
            (7, 3 | 8 | 9 | 12 | 13 | 14 | 57 | 139) => Some(Fault::Login),
            (7, 10 | 11) => Some(Fault::Encryption),
            // RFC 5248 and Google number these differently.
            (7, 27) if self.says("null mx") => Some(Fault::Sender),
            (7, 29) if self.says("tls") => Some(Fault::Encryption),
            (7, 30) if !self.says("dkim") => Some(Fault::Encryption),
            (7, 20..=24 | 26 | 27 | 29 | 30 | 32 | 40 | 509 | 515) => Some(Fault::Unproven),
            (7, 25) => Some(Fault::ReverseName),
            (7, 54 | 64) => Some(Fault::Relay),
            (7, 60 | 501..=503 | 750) => Some(Fault::Sender),
            (7, 506) => Some(Fault::Ehlo),
            (7, 511 | 606..=649 | 708) => Some(Fault::Blocklist),
            // Exchange Online: groups and mailboxes that take nothing from outside.
            (7, 2 | 17 | 18 | 124 | 129 | 133..=136 | 504 | 505) => address,
            _ => None,
        }
    }

    /// What the code is about, when it says no more than that.
    fn by_subject(&self) -> Option<Fault> {
        let (subject, _) = self.status?;
        match subject {
            // Exchange Online answers 5.4.1 for who isn't in its directory.
            1 | 2 | 4 if self.knows_recipient() => Some(Fault::Address),
            3 | 4 => Some(Fault::Server),
            7 if self.code < 500 => Some(Fault::Server),
            7 if self.stage == Stage::Content => Some(Fault::Mail),
            7 if self.stage == Stage::Auth => Some(Fault::Login),
            7 if !self.needs_login() => Some(Fault::Policy),
            _ => None,
        }
    }

    /// The reply codes of a server that wants a login (RFC 4954), or wants it earlier.
    fn needs_login(&self) -> bool {
        matches!(self.code, 503 | 530 | 535 | 538)
    }

    /// Without any better sign.
    fn by_reply_code(&self) -> Fault {
        if self.needs_login() && self.stage > Stage::StartTls {
            return Fault::Login;
        }
        match (self.stage, self.code) {
            (Stage::Connect | Stage::StartTls, 501 | 504) => Fault::Ehlo,
            // "Mailbox busy, or blocked for the moment".
            (Stage::Recipient, 450) => Fault::Address,
            (_, code) if code < 500 => Fault::Server,
            (Stage::Connect, _) => Fault::Policy,
            (Stage::StartTls, _) => Fault::Encryption,
            (Stage::Auth, _) => Fault::Login,
            (Stage::Sender, _) => Fault::Sender,
            (Stage::Recipient | Stage::Content, 552) => Fault::MailboxFull,
            (Stage::Recipient, 500 | 502 | 504 | 555) => Fault::Server,
            // "Transaction failed" says nothing of the mailbox.
            (Stage::Recipient, 554) => Fault::Policy,
            (Stage::Recipient, _) => Fault::Address,
            (Stage::Content, _) => Fault::Mail,
        }
    }
}

/// In small letters, with neither the address nor its domain.
fn masked(words: &str, recipient: &str) -> String {
    let mut words = words.to_ascii_lowercase();
    let recipient = recipient.to_ascii_lowercase();
    let domain = recipient.rsplit_once('@').map(|(_, domain)| domain);
    for name in [Some(recipient.as_str()), domain].into_iter().flatten() {
        if !name.is_empty() {
            words = words.replace(name, "*");
        }
    }
    words
}

/// Subject and detail of the first enhanced status code in an answer of this reply code: of any of its lines, and as
/// qmail writes it, `(#5.1.1)`.
fn enhanced(code: u16, words: &str) -> Option<(u16, u16)> {
    let class = code / 100;
    words
        .split(|c: char| {
            c.is_whitespace() || matches!(c, '(' | ')' | '#' | ',' | ';' | ':' | '[' | ']')
        })
        .find_map(|word| {
            let mut parts = word
                .trim_end_matches('.')
                .split('.')
                .map(|part| part.parse::<u16>().ok());
            let status = (parts.next()??, parts.next()??, parts.next()??);
            let ends = parts.next().is_none();
            (ends && status.0 == class && status.1 <= 7 && status.2 <= 999)
                .then_some((status.1, status.2))
        })
}
