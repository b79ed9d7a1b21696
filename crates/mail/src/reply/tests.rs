//! Answers of real servers, as they are on the wire (lines joined with a blank, as `lettre` hands them over).

use super::{Fault, Fault::*, classify, enhanced};
use crate::delivery::Stage::{self, Auth, Connect, Content, Recipient, StartTls};

const RECIPIENT: &str = "ann@spamhaus-relay.example";

/// Each: whose fault, the command, the reply code, the words.
const ANSWERS: &[(Fault, Stage, u16, &str)] = &[
    // The name that we greet with, whenever it is looked at.
    (
        Ehlo,
        Connect,
        504,
        "5.5.2 <web1>: Helo command rejected: need fully-qualified hostname",
    ),
    (
        Ehlo,
        Recipient,
        504,
        "5.5.2 <web1>: Helo command rejected: need fully-qualified hostname",
    ),
    (
        Ehlo,
        Recipient,
        450,
        "4.7.1 <web1.bank.example>: Helo command rejected: Host not found",
    ),
    (
        Ehlo,
        Stage::Sender,
        550,
        "5.7.1 <localhost>: Helo command rejected: You are not me",
    ),
    (Ehlo, Connect, 501, "Syntactically invalid HELO argument(s)"),
    (Ehlo, Connect, 501, "5.5.4 Invalid domain name"),
    (Ehlo, Connect, 504, "command parameter not implemented"),
    (
        Ehlo,
        Recipient,
        550,
        "Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
    ),
    (Ehlo, Content, 550, "5.7.506 Access Denied, Bad HELO"),
    // The sender.
    (
        Sender,
        Stage::Sender,
        553,
        "5.1.8 <no-reply@bank.example>... Domain of sender address no-reply@bank.example does not exist",
    ),
    (
        Sender,
        Stage::Sender,
        501,
        "5.1.7 Bad sender address syntax",
    ),
    (
        Sender,
        Recipient,
        450,
        "4.1.8 <no-reply@bank.invalid>: Sender address rejected: Domain not found",
    ),
    (
        Sender,
        Recipient,
        553,
        "5.7.1 <no-reply@bank.example>: Sender address rejected: not owned by user usher",
    ),
    (
        Sender,
        Recipient,
        504,
        "5.5.2 <no-reply>: Sender address rejected: need fully-qualified address",
    ),
    (
        Sender,
        Recipient,
        550,
        "Verification failed for <no-reply@bank.example> No Such User Here Sender verify failed",
    ),
    (
        Sender,
        Content,
        550,
        "5.7.60 SMTP; Client does not have permissions to send as this sender",
    ),
    (
        Sender,
        Content,
        554,
        "5.2.252 SendAsDenied; usher@bank.example not allowed to send as no-reply@bank.example",
    ),
    (
        Sender,
        Stage::Sender,
        550,
        "5.1.8 Access denied, bad outbound sender",
    ),
    (
        Sender,
        Content,
        554,
        "Message rejected: Email address is not verified. The following identities failed the check",
    ),
    (
        Sender,
        Content,
        550,
        "The from address does not match a verified Sender Identity.",
    ),
    (Sender, Recipient, 550, "5.7.27 Sender address has null MX"),
    (Sender, Stage::Sender, 550, "5.1.1 no such user"),
    (Sender, Stage::Sender, 550, "rejected"),
    // The login, or that there is none.
    (
        Login,
        Auth,
        535,
        "5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
    ),
    (
        Login,
        Auth,
        534,
        "5.7.9 Application-specific password required",
    ),
    (
        Login,
        Auth,
        535,
        "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant",
    ),
    (
        Login,
        Stage::Sender,
        530,
        "5.7.57 Client not authenticated to send mail",
    ),
    (Login, Stage::Sender, 530, "5.5.1 Authentication Required."),
    (Login, Stage::Sender, 530, "5.7.0 Authentication required"),
    (Login, Recipient, 503, "AUTH first"),
    (
        Login,
        Stage::Sender,
        550,
        "Unauthenticated senders not allowed",
    ),
    (
        Server,
        Auth,
        454,
        "4.7.0 Temporary authentication failure: Connection lost to authentication server",
    ),
    (
        Encryption,
        Stage::Sender,
        530,
        "5.7.0 Must issue a STARTTLS command first",
    ),
    (
        Encryption,
        Auth,
        538,
        "5.7.11 Encryption required for requested authentication mechanism",
    ),
    // Mail for others.
    (
        Relay,
        Recipient,
        554,
        "5.7.1 <the address>: Relay access denied",
    ),
    (
        Relay,
        Recipient,
        454,
        "4.7.1 <the address>: Relay access denied",
    ),
    (Relay, Recipient, 550, "5.7.1 Unable to relay"),
    (
        Relay,
        Recipient,
        550,
        "5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
    ),
    (
        Relay,
        Content,
        550,
        "5.7.64 TenantAttribution; Relay Access Denied",
    ),
    (Relay, Recipient, 550, "relay not permitted"),
    (
        Relay,
        Recipient,
        553,
        "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    ),
    // Blocklists, with and without codes, at any command.
    (
        Blocklist,
        Connect,
        554,
        "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    ),
    (
        Blocklist,
        Recipient,
        554,
        "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1",
    ),
    (
        Blocklist,
        Connect,
        550,
        "192.0.2.1 is listed at bl.spamcop.net",
    ),
    (Blocklist, Auth, 550, "Your IP is on our blacklist"),
    (
        Blocklist,
        Stage::Sender,
        550,
        "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
    ),
    (
        Blocklist,
        Recipient,
        550,
        "JunkMail rejected - host [192.0.2.1]:4711 is in an RBL: https://www.spamhaus.org/sbl/query/SBLCSS",
    ),
    (
        Blocklist,
        Connect,
        554,
        "Service unavailable; Client host [192.0.2.1] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1",
    ),
    (
        Blocklist,
        Content,
        550,
        "5.7.606 Access denied, banned sending IP [192.0.2.1]",
    ),
    (
        Blocklist,
        Content,
        550,
        "5.7.511 Access denied, banned sender[192.0.2.1]",
    ),
    (
        Blocklist,
        Connect,
        553,
        "5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
    ),
    (
        Blocklist,
        Recipient,
        450,
        "4.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example",
    ),
    // SPF, DKIM, DMARC.
    (
        Unproven,
        Content,
        550,
        "5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.",
    ),
    (
        Unproven,
        Content,
        550,
        "5.7.1 Unauthenticated email from bank.example is not accepted due to domain's DMARC policy.",
    ),
    (
        Unproven,
        Content,
        550,
        "5.7.509 Access denied, sending domain bank.example does not pass DMARC verification and has a DMARC policy of reject",
    ),
    (
        Unproven,
        Recipient,
        550,
        "5.7.23 <the address>: Recipient address rejected: Message rejected due to: SPF fail - not authorized.",
    ),
    (
        Unproven,
        Recipient,
        550,
        "SPF: 192.0.2.1 is not allowed to send mail from bank.example",
    ),
    (
        Unproven,
        Content,
        421,
        "4.7.30 Your email has been rate limited because DKIM authentication didn't pass for this message.",
    ),
    (
        ReverseName,
        Content,
        550,
        "5.7.25 The IP address sending this message does not have a PTR record setup",
    ),
    (
        ReverseName,
        Recipient,
        450,
        "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]",
    ),
    (
        ReverseName,
        Recipient,
        550,
        "5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
    ),
    // Other rules about who may send, and how much.
    (Policy, Connect, 554, "No SMTP service here"),
    (
        Policy,
        Connect,
        554,
        "5.7.1 You are not allowed to connect.",
    ),
    (
        Policy,
        Recipient,
        550,
        "5.7.1 Message rejected due to local policy",
    ),
    (
        Policy,
        Recipient,
        554,
        "5.7.1 <the address>: Recipient address rejected: Access denied",
    ),
    (Policy, Recipient, 554, "Transaction failed"),
    (
        Limit,
        Content,
        550,
        "5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to",
    ),
    (
        Limit,
        Content,
        421,
        "4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
    ),
    (
        Limit,
        Content,
        550,
        "5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    ),
    (
        Limit,
        Stage::Sender,
        451,
        "Authentication failed: Maximum credits exceeded",
    ),
    (Mail, Content, 554, "5.7.1 Looks like spam"),
    (
        Mail,
        Content,
        550,
        "5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail.",
    ),
    (Mail, Content, 552, "5.3.4 Message size exceeds fixed limit"),
    (
        Mail,
        Content,
        552,
        "sorry, that message size exceeds my databytes limit (#5.3.4)",
    ),
    (Mail, Content, 554, "Transaction failed"),
    // Servers in trouble, and greylisting.
    (
        Server,
        Connect,
        421,
        "4.3.2 System not accepting network messages",
    ),
    (Server, Connect, 450, "too busy"),
    (Server, Recipient, 451, "4.3.0 Try again later"),
    (
        Server,
        Recipient,
        451,
        "Temporary local problem - please try later",
    ),
    (Server, Recipient, 452, "4.3.1 Insufficient system storage"),
    (
        Server,
        Recipient,
        450,
        "4.7.1 <the address>: Recipient address rejected: Greylisted, see http://postgrey.example",
    ),
    (
        Server,
        Recipient,
        450,
        "4.2.0 <the address>: Recipient address rejected: Greylisted for 5 minutes",
    ),
    (
        Server,
        Recipient,
        451,
        "4.7.1 Greylisting in action, please come back later",
    ),
    (
        Server,
        Recipient,
        451,
        "4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS780)",
    ),
    (
        Server,
        Recipient,
        421,
        "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    ),
    // Nobody of that name.
    (
        Address,
        Recipient,
        550,
        "5.1.1 <the address>: Recipient address rejected: User unknown in local recipient table",
    ),
    (
        Address,
        Recipient,
        550,
        "5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address",
    ),
    (
        Address,
        Recipient,
        550,
        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    ),
    (
        Address,
        Recipient,
        550,
        "5.4.1 Recipient address rejected: Access denied. [AM7EUR06FT012.eop-eur06.prod.protection.outlook.com]",
    ),
    (
        Address,
        Recipient,
        550,
        "5.1.2 <the address>: Recipient address rejected: Domain not found",
    ),
    (
        Address,
        Recipient,
        501,
        "5.1.3 Bad recipient address syntax",
    ),
    (
        Address,
        Recipient,
        556,
        "5.1.10 <the address>: Recipient address rejected: Domain does not accept mail (nullMX)",
    ),
    (Address, Recipient, 551, "5.1.6 User has moved"),
    (
        Address,
        Recipient,
        550,
        "5.2.1 The email account that you tried to reach is disabled.",
    ),
    (
        Address,
        Recipient,
        550,
        "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Sender not authenticated for group",
    ),
    (
        Address,
        Recipient,
        550,
        "sorry, no mailbox here by that name. (#5.1.1)",
    ),
    (
        Address,
        Recipient,
        550,
        "sorry, no mailbox here by that name (#5.1.1 - chkuser)",
    ),
    (Address, Recipient, 550, "user unknown"),
    (Address, Recipient, 550, "Unrouteable address"),
    (
        Address,
        Recipient,
        550,
        "Requested action not taken: mailbox unavailable",
    ),
    (
        Address,
        Recipient,
        550,
        "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)",
    ),
    (
        Address,
        Recipient,
        550,
        "Mailbox unknown or not accepting mail. 5.1.1 see http://postmaster.example",
    ),
    (
        Address,
        Recipient,
        550,
        "Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550",
    ),
    (
        Address,
        Recipient,
        550,
        "5.1.1 user unknown at spamhaus-relay.example",
    ),
    (Address, Recipient, 550, "no"),
    (Address, Content, 550, "5.1.1 No such user after all"),
    (
        Address,
        Content,
        554,
        "delivery error: dd This user doesn't have a yahoo.com account (the address) [0] - mta1",
    ),
    (
        Address,
        Content,
        552,
        "1 Requested mail action aborted, mailbox not found",
    ),
    // For the moment.
    (
        AddressLater,
        Recipient,
        450,
        "4.1.1 <the address>: Recipient address rejected: unverified address: connect to mx.example[192.0.2.9]:25: Connection timed out",
    ),
    (
        AddressLater,
        Recipient,
        450,
        "4.1.2 <the address>: Recipient address rejected: Domain not found",
    ),
    (
        AddressLater,
        Recipient,
        450,
        "4.2.1 The user you are trying to contact is receiving mail too quickly.",
    ),
    (
        AddressLater,
        Recipient,
        450,
        "Requested mail action not taken: mailbox unavailable",
    ),
    (AddressLater, Recipient, 450, "later"),
    (
        MailboxFull,
        Recipient,
        552,
        "5.2.2 The email account that you tried to reach is over quota.",
    ),
    (
        MailboxFull,
        Recipient,
        452,
        "4.2.2 The email account that you tried to reach is over quota.",
    ),
    (
        MailboxFull,
        Content,
        552,
        "5.2.2 <the address>: user is over quota",
    ),
    (MailboxFull, Recipient, 452, "Mailbox full"),
    (MailboxFull, Recipient, 552, "sorry, no room"),
    (
        MailboxFull,
        Content,
        554,
        "mailbox is full: retry timeout exceeded",
    ),
];

#[test]
fn each_answer_is_somebodys_fault() {
    let wrong: Vec<String> = ANSWERS
        .iter()
        .filter_map(|(fault, stage, code, words)| {
            let judged = classify(*stage, *code, words, RECIPIENT);
            (judged != *fault)
                .then(|| format!("{stage:?} {code} {words}: {judged:?}, not {fault:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_the_recipients_before_the_server_knows_them() {
    for stage in [Connect, StartTls, Auth, Stage::Sender] {
        for (_, _, code, words) in ANSWERS {
            let fault = classify(stage, *code, words, RECIPIENT);
            assert!(
                !matches!(fault, Address | AddressLater | MailboxFull),
                "{stage:?} {code} {words}: {fault:?}"
            );
        }
    }
}

#[test]
fn what_the_recipient_is_called_says_nothing() {
    for recipient in [
        "spf@dkim.example",
        "ann@relay.blacklist.spamhaus.org",
        "helo@greylist.example",
    ] {
        let (_, domain) = recipient.split_once('@').unwrap();
        let words = format!("5.1.1 <{recipient}>: no such user at {domain}");
        assert_eq!(
            classify(Recipient, 550, &words, recipient),
            Address,
            "{words}"
        );
    }
}

#[test]
fn a_status_code_is_found_on_any_line_and_an_address_is_none() {
    for (code, words, status) in [
        (550, "5.1.1 who?", Some((1, 1))),
        (
            550,
            "Sorry. 5.7.26 see https://support.example",
            Some((7, 26)),
        ),
        (550, "no mailbox (#5.1.1)", Some((1, 1))),
        (550, "5.7.1.20 is listed", None),
        (550, "192.0.2.1 refused", None),
        (550, "4.7.1 that is another class", None),
        (450, "4.2.2", Some((2, 2))),
        (550, "5.9.1 unknown subject", None),
        (550, "", None),
    ] {
        assert_eq!(enhanced(code, words), status, "{words}");
    }
}
