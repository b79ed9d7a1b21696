//! What servers say in words, in small letters. Many send no enhanced status code, or a vague one beside clear words.

use super::{Fault, Reply};

/// Phrases that are about us whatever the code says.
const STRONG: &[(Fault, &[&str])] = &[
    (
        Fault::Ehlo,
        &[
            "helo command rejected",
            "fully-qualified hostname",
            "fully qualified hostname",
            "invalid helo",
            "invalid ehlo",
            "bad helo",
            "bad ehlo",
            "helo name",
            "ehlo name",
            "helo argument",
            "ehlo argument",
            "helo string",
            "ehlo string",
            "helo hostname",
            "helo host name",
            "helo domain",
            "your helo",
            "forged helo",
            "helo is ",
        ],
    ),
    (
        Fault::Blocklist,
        &[
            "blocked using",
            "blacklist",
            "black list",
            "blocklist",
            "block list",
            "denylist",
            "spamhaus",
            "spamcop",
            "barracuda reputation",
            "barracudacentral",
            "barracudanetworks.com/reputation",
            "dnsbl",
            "in an rbl",
            "uceprotect",
            "sorbs.net",
            "abusix",
            "ipcheck.proofpoint",
            "talosintelligence",
            "senderbase",
            "s3140",
            "s3150",
            "is listed",
            "listed at",
            "listed in",
            "listed by",
            "banned sending ip",
            "poor reputation",
            "bad reputation",
            "low reputation",
        ],
    ),
    (
        Fault::Sender,
        &[
            "sender address rejected",
            "sender verify failed",
            "sender verification failed",
            "sender denied",
            "sender rejected",
            "invalid sender",
            "unknown sender",
            "sender unknown",
            "sender domain",
            "domain of sender",
            "for sender domain",
            "from address",
            "sender identity",
            "not owned by user",
            "to send as",
            "sendasdenied",
            "outbound sender",
            "address is not verified",
            "sender not allowed",
        ],
    ),
];

/// Phrases that count where the code is vague.
const WEAK: &[(Fault, &[&str])] = &[
    (
        Fault::ReverseName,
        &[
            "reverse hostname",
            "reverse dns",
            "reverse lookup",
            "reverse-dns",
            "ptr record",
            "no ptr",
            "rdns",
            "find your hostname",
            "resolve your hostname",
        ],
    ),
    (
        Fault::Encryption,
        &[
            "starttls",
            "encryption required",
            "tls required",
            "tls is required",
            "requires tls",
        ],
    ),
    (
        Fault::Relay,
        &[
            "relaying",
            "to relay",
            "relay access",
            "relay denied",
            "relay not",
            "not relay",
            "relay for",
            "relay prohibited",
            "no relay",
            "open relay",
            "rcpthosts",
        ],
    ),
    (
        Fault::Login,
        &[
            "authentication required",
            "authentication is required",
            "authentication needed",
            "auth required",
            "auth first",
            "authenticate first",
            "must authenticate",
            "must be authenticated",
            "not authenticated",
            "unauthenticated senders",
            "smtp auth",
            "login required",
            "log in first",
        ],
    ),
];

/// Phrases about the recipient, once the server knows it.
const OF_RECIPIENT: &[(Fault, &[&str])] = &[
    (
        Fault::MailboxFull,
        &[
            "over quota",
            "over its quota",
            "overquota",
            "quota exceeded",
            "exceeded its quota",
            "exceeds quota",
            "quota exceed",
            "disk quota",
            "mailbox full",
            "mailbox is full",
            "inbox is full",
            "exceeded storage",
            "exceeded its storage",
            "out of storage",
            "storage limit",
            "mailbox size limit",
        ],
    ),
    (
        Fault::Address,
        &[
            "user unknown",
            "unknown user",
            "user not found",
            "no such user",
            "no such recipient",
            "no such mailbox",
            "no such address",
            "no such account",
            "no mailbox",
            "mailbox not found",
            "mailbox unavailable",
            "mailbox not available",
            "mailbox unknown",
            "unknown mailbox",
            "invalid mailbox",
            "mailbox disabled",
            "not a valid mailbox",
            "recipient not found",
            "recipientnotfound",
            "recipient unknown",
            "unknown recipient",
            "invalid recipient",
            "unknown address",
            "address unknown",
            "address not found",
            "unknown local",
            "unrouteable address",
            "unroutable address",
            "does not exist",
            "doesn't exist",
            "doesn't have a",
            "does not have an account",
            "account is disabled",
            "account disabled",
            "account has been disabled",
            "no longer available",
            "no longer valid",
            "not a known user",
        ],
    ),
];

/// Phrases that count when nothing else was found.
const WEAKEST: &[(Fault, &[&str])] = &[
    (
        Fault::Limit,
        &[
            "rate limit",
            "ratelimit",
            "sending limit",
            "sending quota",
            "sending rate",
            "too many messages",
            "too many emails",
            "credits exceeded",
            "throttl",
        ],
    ),
    (
        Fault::Mail,
        &[
            "message size",
            "size exceeds",
            "too large",
            "databytes",
            "too big",
        ],
    ),
];

/// Whom a server blames in so many words.
pub(super) fn strong(reply: &Reply) -> Option<Fault> {
    // Ordinary for who comes for the first time; over in minutes.
    let first_time = [
        "greylist",
        "graylist",
        "grey list",
        "gray list",
        "grey-list",
    ];
    if reply.code < 500 && first_time.iter().any(|phrase| reply.says(phrase)) {
        return Some(Fault::Server);
    }
    of(STRONG, reply)
}

/// Whom a server whose code is vague means.
pub(super) fn weak(reply: &Reply) -> Option<Fault> {
    let proofs = ["spf", "dkim", "dmarc"];
    let unproven = reply
        .words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| proofs.contains(&word));
    if unproven {
        return Some(Fault::Unproven);
    }
    of(WEAK, reply)
        .or_else(|| {
            reply
                .knows_recipient()
                .then(|| of(OF_RECIPIENT, reply))
                .flatten()
        })
        .or_else(|| of(WEAKEST, reply))
}

fn of(phrases: &[(Fault, &[&str])], reply: &Reply) -> Option<Fault> {
    phrases
        .iter()
        .find(|(_, all)| all.iter().any(|phrase| reply.says(phrase)))
        .map(|(fault, _)| *fault)
}
