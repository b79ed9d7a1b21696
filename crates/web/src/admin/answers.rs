//! Sumsub's answers inside of sentences, as people read them: *Approved* and *Declined*, or *an approval* and *a decline*; Sumsub's own
//! word on hover.

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

/// The word of Sumsub's with which the text begins, and ours; behind one of these words it is a thing.
fn answer_at(text: &str, behind: &str) -> Option<(&'static str, &'static str)> {
    let is_thing = ["a", "the", "late"]
        .iter()
        .any(|word| behind.eq_ignore_ascii_case(word));
    let words = if is_thing {
        [("GREEN", "approval"), ("RED", "decline")]
    } else {
        [("GREEN", "Approved"), ("RED", "Declined")]
    };
    words.into_iter().find(|(theirs, _)| {
        let rest = text.strip_prefix(theirs);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
    })
}

/// The word that ends just before the last space.
fn word_before(text: &str) -> &str {
    let Some(text) = text.strip_suffix(' ') else {
        return "";
    };
    let begins = text.rfind(|letter: char| !letter.is_alphanumeric());
    begins.map_or(text, |at| {
        text[at..].trim_start_matches(|letter: char| !letter.is_alphanumeric())
    })
}

impl Display for InOurWords<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut before = ' ';
        while let Some(letter) = rest.chars().next() {
            let begins = !before.is_alphanumeric();
            // "A GREEN", "an approval".
            if begins && matches!(letter, 'a' | 'A') && rest[1..].starts_with(" GREEN") {
                write!(out, "{letter}n")?;
                (rest, before) = (&rest[1..], letter);
                continue;
            }
            let behind = word_before(&self.0[..self.0.len() - rest.len()]);
            if let Some((theirs, ours)) = answer_at(rest, behind).filter(|_| begins) {
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
        let green = |ours| format!("<abbr title=\"Sumsub&#39;s answer: GREEN\">{ours}</abbr>");
        let red = |ours| format!("<abbr title=\"Sumsub&#39;s answer: RED\">{ours}</abbr>");
        assert_eq!(
            said("A GREEN after a RED that was FINAL"),
            format!(
                "An {} after a {} that was FINAL",
                green("approval"),
                red("decline")
            )
        );
        assert_eq!(
            said("the review's answer is neither GREEN nor RED"),
            format!(
                "the review&#39;s answer is neither {} nor {}",
                green("Approved"),
                red("Declined")
            )
        );
        assert_eq!(said("(late RED)"), format!("(late {})", red("decline")));
        assert_eq!(said("RED"), red("Declined"));
        for other in ["REDO", "EVERGREEN", "GREENISH", "a green one", "ÄGREEN", ""] {
            assert_eq!(said(other), other);
        }
        assert_eq!(said("<i>&"), "&#60;i&#62;&#38;");
    }
}
