//! What the bank and its address are called, where only the sender of our e-mails is set.

use crate::config::Config;

/// The name that is set, else the sender's: `Somebody` of `Somebody <a@b>`, or what stands behind the `@`.
pub fn bank_name(config: &Config, from: &str) -> String {
    if let Some(name) = &config.public.bank_name {
        return name.clone();
    }
    let name = from.rsplit_once('<').map_or("", |(name, _)| name.trim());
    let name = name.trim_matches('"').trim();
    if name.is_empty() {
        let address = bare_address(from);
        address
            .rsplit_once('@')
            .map_or(from, |(_, host)| host)
            .to_owned()
    } else {
        name.to_owned()
    }
}

/// `a@b` of `Somebody <a@b>`.
pub fn bare_address(mailbox: &str) -> String {
    let inner = mailbox
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'));
    inner.unwrap_or(mailbox).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Given, load};

    #[test]
    fn the_banks_name_is_what_is_set_or_the_senders() {
        let named = |flags: &[(&str, &str)], from| {
            let set = |(key, value): &(&str, &str)| {
                ("--set".to_owned(), (*key).to_owned(), (*value).to_owned())
            };
            let given = Given {
                flags: flags.iter().map(set).collect(),
                ..Given::default()
            };
            bank_name(&load(&given).unwrap().config, from)
        };
        let set = [("public.bank_name", "Example Bank")];
        assert_eq!(named(&set, "Usher <a@bank.example>"), "Example Bank");
        assert_eq!(named(&[], "Usher <a@bank.example>"), "Usher");
        assert_eq!(named(&[], "\"A, B\" <a@bank.example>"), "A, B");
        assert_eq!(named(&[], "no-reply@bank.example"), "bank.example");
    }

    #[test]
    fn the_contact_is_the_bare_address() {
        assert_eq!(
            bare_address("Usher <no-reply@bank.example>"),
            "no-reply@bank.example"
        );
        assert_eq!(
            bare_address("no-reply@bank.example"),
            "no-reply@bank.example"
        );
    }
}
