//! Those who look like the same person, in the words of what is raised about it.

/// Of those who look like the same person, so many are counted…
pub(super) const COUNTED: i64 = 100;
/// …and so many are named.
const NAMED: usize = 3;

/// The cause, and whom it is about when that is more than one.
pub(super) fn with_twins(cause: String, twins: &[String]) -> String {
    if twins.len() < 2 {
        return cause;
    }
    let counted = usize::try_from(COUNTED).unwrap_or(usize::MAX);
    let count = match twins.len() {
        many if many > counted => format!("more than {counted}"),
        count => count.to_string(),
    };
    let named = twins.iter().take(NAMED).map(String::as_str);
    let named = named.collect::<Vec<_>>().join(", ");
    let more = if twins.len() > NAMED { ", …" } else { "" };
    format!("{cause}: {count} others ({named}{more})")
}

#[cfg(test)]
mod tests {
    use super::with_twins;

    #[test]
    fn several_twins_are_counted_and_the_first_named() {
        let words = |count: usize| {
            let ids: Vec<String> = (1..=count).map(|n| format!("10000{n}")).collect();
            with_twins("the same".to_owned(), &ids)
        };
        assert_eq!(words(0), "the same");
        assert_eq!(words(1), "the same");
        assert_eq!(words(3), "the same: 3 others (100001, 100002, 100003)");
        assert_eq!(words(4), "the same: 4 others (100001, 100002, 100003, …)");
        assert!(words(101).starts_with("the same: more than 100 others (100001,"));
    }
}
