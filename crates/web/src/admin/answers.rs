//! Sumsub's answers inside of sentences, as people read them: *Approved* and *Declined*, Sumsub's own word on hover.

use std::fmt::{self, Display, Formatter, Write as _};

use askama::filters::HtmlSafe;

use super::words::sumsubs_word;

/// A sentence in which Sumsub's words may stand.
#[derive(Debug, Clone, Copy)]
pub struct InOurWords<'a>(&'a str);

impl HtmlSafe for InOurWords<'_> {}

/// For a template, which writes it as it is.
pub fn in_our_words(sentence: &str) -> InOurWords<'_> {
    InOurWords(sentence)
}

/// The word of Sumsub's with which the text begins, and ours.
fn answer_at(text: &str) -> Option<(&'static str, &'static str)> {
    [("GREEN", "Approved"), ("RED", "Declined")]
        .into_iter()
        .find(|(theirs, _)| {
            let rest = text.strip_prefix(theirs);
            rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
        })
}

impl Display for InOurWords<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut before = ' ';
        while let Some(letter) = rest.chars().next() {
            let begins = !before.is_alphanumeric();
            // "A GREEN", "an Approved".
            if begins && matches!(letter, 'a' | 'A') && rest[1..].starts_with(" GREEN") {
                write!(out, "{letter}n")?;
                (rest, before) = (&rest[1..], letter);
                continue;
            }
            if let Some((theirs, ours)) = answer_at(rest).filter(|_| begins) {
                let hover = sumsubs_word(theirs).replace('\'', "&#39;");
                write!(out, "<abbr title=\"{hover}\">{ours}</abbr>")?;
                (rest, before) = (&rest[theirs.len()..], 'x');
                continue;
            }
            match letter {
                '&' => out.write_str("&#38;")?,
                '<' => out.write_str("&#60;")?,
                '>' => out.write_str("&#62;")?,
                '"' => out.write_str("&#34;")?,
                '\'' => out.write_str("&#39;")?,
                other => out.write_char(other)?,
            }
            (rest, before) = (&rest[letter.len_utf8()..], letter);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sumsubs_words_stand_behind_ours() {
        let said = |sentence| in_our_words(sentence).to_string();
        let approved = "<abbr title=\"Sumsub&#39;s answer: GREEN\">Approved</abbr>";
        let declined = "<abbr title=\"Sumsub&#39;s answer: RED\">Declined</abbr>";
        assert_eq!(
            said("A GREEN after a RED that was FINAL"),
            format!("An {approved} after a {declined} that was FINAL")
        );
        assert_eq!(
            said("the review's answer is neither GREEN nor RED"),
            format!("the review&#39;s answer is neither {approved} nor {declined}")
        );
        assert_eq!(said("(late RED)"), format!("(late {declined})"));
        for other in ["REDO", "EVERGREEN", "GREENISH", "a green one", "ÄGREEN", ""] {
            assert_eq!(said(other), other);
        }
        assert_eq!(said("<i>&"), "&#60;i&#62;&#38;");
    }
}
