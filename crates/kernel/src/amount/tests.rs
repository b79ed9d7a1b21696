use proptest::prelude::*;

use super::{Amount, AmountError, AmountError::*};

fn typed(text: &str) -> Result<i64, AmountError> {
    text.parse::<Amount>().map(Amount::cents)
}

#[test]
fn what_people_type_is_taken_or_refused_in_words() {
    for (text, expected) in [
        ("12", Ok(1_200)),
        ("12.3", Ok(1_230)),
        ("12.34", Ok(1_234)),
        (" 12.34 ", Ok(1_234)),
        ("0.01", Ok(1)),
        ("007.50", Ok(750)),
        ("$12.34", Ok(1_234)),
        ("$ 12.34", Ok(1_234)),
        ("US$12.34", Ok(1_234)),
        ("USD 12.34", Ok(1_234)),
        ("12.34 $", Ok(1_234)),
        ("12.34 USD", Ok(1_234)),
        ("12.34usd", Ok(1_234)),
        ("1,234.50", Ok(123_450)),
        ("1,234", Ok(123_400)),
        ("12,345,678.90", Ok(1_234_567_890)),
        ("999,999,999,999.99", Ok(Amount::MOST)),
        ("1000000000000", Err(TooLarge)),
        ("92233720368547758.08", Err(TooLarge)),
        ("99999999999999999999999999", Err(TooLarge)),
        ("", Err(Missing)),
        ("   ", Err(Missing)),
        ("$", Err(Missing)),
        ("USD", Err(Missing)),
        ("0", Err(Zero)),
        ("0.00", Err(Zero)),
        ("-5", Err(Negative)),
        ("−5.00", Err(Negative)),
        ("$-5", Err(Negative)),
        ("-$5", Err(Negative)),
        ("-US$ 5", Err(Negative)),
        ("- 5 USD", Err(Negative)),
        ("-$-5", Err(NotANumber)),
        ("C$12", Err(OtherCurrency)),
        ("-0", Err(Negative)),
        ("12.345", Err(Fraction)),
        ("1.234", Err(Fraction)),
        ("0.001", Err(Fraction)),
        ("1,50", Err(Commas)),
        ("1.234,50", Err(Commas)),
        ("1,23,456", Err(Commas)),
        ("1234,567", Err(Commas)),
        ("€12", Err(OtherCurrency)),
        ("12 EUR", Err(OtherCurrency)),
        ("£12.00", Err(OtherCurrency)),
        ("0.5 BTC", Err(OtherCurrency)),
        ("12.", Err(NotANumber)),
        (".5", Err(NotANumber)),
        ("1 234", Err(NotANumber)),
        ("1e3", Err(NotANumber)),
        ("+5", Err(NotANumber)),
        ("1.2.3", Err(NotANumber)),
        (",123", Err(NotANumber)),
        ("１２", Err(NotANumber)),
        ("--5", Err(NotANumber)),
        ("ten", Err(NotANumber)),
    ] {
        assert_eq!(typed(text), expected, "{text:?}");
    }
}

#[test]
fn programs_have_cents() {
    for (cents, expected) in [
        (1, Ok(1)),
        (Amount::MOST, Ok(Amount::MOST)),
        (0, Err(Zero)),
        (-1, Err(Negative)),
        (i64::MIN, Err(Negative)),
        (Amount::MOST + 1, Err(TooLarge)),
        (i64::MAX, Err(TooLarge)),
    ] {
        assert_eq!(Amount::from_cents(cents).map(Amount::cents), expected);
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(cents in 1..=Amount::MOST) {
        let amount = Amount::from_cents(cents).unwrap();
        prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
    }

    #[test]
    fn anything_may_be_typed(text in any::<String>(), digits in "[-0-9.,$eE ]{0,40}") {
        for text in [text, digits] {
            if let Ok(amount) = text.parse::<Amount>() {
                prop_assert!((1..=Amount::MOST).contains(&amount.cents()));
            }
        }
    }
}

#[test]
fn an_amount_as_it_is_copied() {
    for copied in [
        "\u{200b}1,250.00\u{feff}",
        "\u{a0}$1,2\u{ad}50.00\u{202f}",
        "\u{202d}1250\u{202c}",
        "USD\u{a0}1250.00",
    ] {
        assert_eq!(
            copied.parse::<Amount>().map(Amount::cents),
            Ok(125_000),
            "{copied:?}"
        );
    }
    assert_eq!("\u{200b}".parse::<Amount>(), Err(AmountError::Missing));
    assert!("10²".parse::<Amount>().is_err());
}
