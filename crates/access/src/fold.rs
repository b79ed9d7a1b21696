/// The text without regard to case, as e-mail addresses are compared. Letter by letter (Unicode's simple way), so that a
/// part of a text folds to a part of the folded text; whatever the language of the database or of this machine.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn no_language_changes_a_letter_and_a_part_folds_to_a_part() {
        assert_eq!(fold("ISTANBUL.I@BANK.EXAMPLE"), "istanbul.i@bank.example");
        assert_eq!(fold("JÜRGEN@bank.example"), "jürgen@bank.example");
        assert!(fold("ΟΔΟΣ@bank.example").contains(&fold("ΟΔΟΣ")));
    }
}
