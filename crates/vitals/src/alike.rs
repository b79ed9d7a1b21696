//! What failed alike is said once, and never whom it was about.

/// Puts together what is alike, in the order in which it came: a hundred equal failures of a batch are one line in the log.
pub fn alike<K: PartialEq, T>(items: impl IntoIterator<Item = (K, T)>) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for (key, item) in items {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}

/// The words without what looks like a mail address: others' words may quote one, and the log is to hold none.
#[must_use]
pub fn without_addresses(words: &str) -> String {
    words
        .split(' ')
        .map(|word| {
            if word.contains('@') {
                "(an address)"
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_failures_are_one() {
        let groups = alike([("away", 1), ("full", 2), ("away", 3)]);
        assert_eq!(groups, [("away", vec![1, 3]), ("full", vec![2])]);
    }

    #[test]
    fn an_address_is_left_out() {
        assert_eq!(
            without_addresses("no mailbox <ann@example.com>: 550 no"),
            "no mailbox (an address) 550 no"
        );
    }
}
