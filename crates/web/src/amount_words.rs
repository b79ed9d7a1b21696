//! An amount in words, for whoever has to look at it twice: a digit too many is read over, a word isn't.

use kernel::Amount;

const UP_TO_19: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
/// What each three digits are of; amounts end below a thousand billions.
const GROUPS: [&str; 4] = ["", " thousand", " million", " billion"];

/// "twenty-five thousand US dollars and ten cents".
#[must_use]
pub fn in_words(amount: Amount) -> String {
    let (dollars, cents) = (amount.cents() / 100, amount.cents() % 100);
    let unit = |n: i64, one: &str, many: &str| {
        let unit = if n == 1 { one } else { many };
        format!("{} {unit}", number(n))
    };
    let whole = unit(dollars, "US dollar", "US dollars");
    match cents {
        0 => whole,
        _ => format!("{whole} and {}", unit(cents, "cent", "cents")),
    }
}

fn number(n: i64) -> String {
    if n == 0 {
        return UP_TO_19[0].to_owned();
    }
    let mut words = Vec::new();
    let mut rest = n;
    for group in GROUPS {
        if rest % 1000 > 0 {
            words.push(format!("{}{group}", below_a_thousand(rest % 1000)));
        }
        rest /= 1000;
    }
    words.reverse();
    words.join(" ")
}

fn below_a_thousand(n: i64) -> String {
    let word = |of: &[&'static str], n: i64| {
        let place = usize::try_from(n).ok();
        place.and_then(|place| of.get(place)).copied().unwrap_or("")
    };
    let below_a_hundred = match n % 100 {
        0 => None,
        small @ 1..20 => Some(word(&UP_TO_19, small).to_owned()),
        tens if tens % 10 == 0 => Some(word(&TENS, tens / 10).to_owned()),
        both => Some(format!(
            "{}-{}",
            word(&TENS, both / 10),
            word(&UP_TO_19, both % 10)
        )),
    };
    let hundreds = (n >= 100).then(|| format!("{} hundred", word(&UP_TO_19, n / 100)));
    let words: Vec<String> = hundreds.into_iter().chain(below_a_hundred).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_said_in_words() {
        for (typed, words) in [
            ("0.01", "zero US dollars and one cent"),
            ("1", "one US dollar"),
            ("19.99", "nineteen US dollars and ninety-nine cents"),
            ("100", "one hundred US dollars"),
            ("10000", "ten thousand US dollars"),
            ("100,000", "one hundred thousand US dollars"),
            (
                "25110.10",
                "twenty-five thousand one hundred ten US dollars and ten cents",
            ),
            ("1,000,001", "one million one US dollars"),
            (
                "999,999,999,999.99",
                "nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred ninety-nine thousand nine hundred \
                 ninety-nine US dollars and ninety-nine cents",
            ),
        ] {
            assert_eq!(in_words(typed.parse().unwrap()), words);
        }
    }
}
