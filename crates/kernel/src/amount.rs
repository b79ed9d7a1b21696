//! How much: whole US cents.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An amount of money, in whole US cents: more than 0, at most [`Amount::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

/// Why this is no amount; a sentence for beside the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing was typed.
    #[error("Enter the amount in US dollars, for example 1250.00.")]
    Missing,
    /// It is 0.
    #[error("The amount has to be more than 0.")]
    Zero,
    /// It is less than 0.
    #[error("The amount has to be more than 0: write it without a minus.")]
    Negative,
    /// It has fractions of a cent.
    #[error("The amount has more than two decimals: whole cents only, for example 12.34.")]
    Fraction,
    /// It is more than [`Amount::MOST`].
    #[error("This amount is too large: at most 999,999,999,999.99 US dollars at once.")]
    TooLarge,
    /// It is in some other money.
    #[error("Accounts are in US dollars: enter the amount without another currency.")]
    OtherCurrency,
    /// A comma where it could be thousands or cents.
    #[error(
        "Write the cents behind a point, and commas only between thousands: 1,234.50 or 1234.50."
    )]
    Commas,
    /// It is no number that people write.
    #[error("This is not an amount. Use digits and a point, for example 1250.00.")]
    NotANumber,
}

impl Amount {
    /// The most that one deposit or withdrawal may be of, in whole US cents. More than 90,000 of these fit into 64 bits, so
    /// that balances and sums do.
    pub const MOST: i64 = 99_999_999_999_999;

    /// From whole US cents, as programs have them.
    ///
    /// # Errors
    /// [`AmountError`], unless it is from 1 to [`Amount::MOST`].
    pub const fn from_cents(cents: i64) -> Result<Self, AmountError> {
        match cents {
            0 => Err(AmountError::Zero),
            i64::MIN..0 => Err(AmountError::Negative),
            1..=Self::MOST => Ok(Self(cents)),
            _ => Err(AmountError::TooLarge),
        }
    }

    /// In whole US cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }
}

/// From US dollars as people type and paste them: `12`, `12.3`, `12.34`, `1,234.50`, `$12.34`, `US$12.34`, `12.34 USD`.
impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = crate::text::line(typed);
        let typed = typed.as_str();
        let unsigned = typed.strip_prefix(['-', '−']).map(str::trim_start);
        let bare = without_currency(unsigned.unwrap_or(typed))?;
        let after = bare.strip_prefix(['-', '−']).map(str::trim_start);
        if unsigned.is_none() && after.is_none() {
            return dollars(bare);
        }
        // Only of what is a number: of anything else it isn't what is wrong.
        Err(
            match dollars(after.filter(|_| unsigned.is_none()).unwrap_or(bare)) {
                Ok(_) | Err(AmountError::Zero | AmountError::TooLarge) => AmountError::Negative,
                Err(other) => other,
            },
        )
    }
}

fn without_currency(typed: &str) -> Result<&str, AmountError> {
    let mut bare = typed;
    for name in ["us$", "usd", "$"] {
        if let Some((start, rest)) = bare.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
        {
            bare = rest.trim_start();
            break;
        }
        if let Some(start) = bare.len().checked_sub(name.len())
            && let Some((rest, end)) = bare.split_at_checked(start)
            && end.eq_ignore_ascii_case(name)
        {
            bare = rest.trim_end();
            break;
        }
    }
    let is_currency = |c: char| c.is_alphabetic() || "$¢£¤¥₹€₽₿₴₩₺".contains(c);
    let has_digit = bare.chars().any(|c| c.is_ascii_digit());
    // `1e3` is a number gone wrong, `12 EUR` another currency.
    let exponent = bare.chars().filter(|c| is_currency(*c)).eq(['e']);
    if has_digit && !exponent && bare.chars().any(is_currency) {
        return Err(AmountError::OtherCurrency);
    }
    Ok(bare)
}

fn dollars(bare: &str) -> Result<Amount, AmountError> {
    if bare.is_empty() {
        return Err(AmountError::Missing);
    }
    let (whole, decimals) = match bare.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (bare, None),
    };
    if decimals.is_some_and(|decimals| decimals.contains(',')) {
        return Err(AmountError::Commas);
    }
    let whole = without_thousands(whole)?;
    let cents = match decimals {
        None => 0,
        Some(decimals) if !is_digits(decimals) => return Err(AmountError::NotANumber),
        Some(decimals) if decimals.len() > 2 => return Err(AmountError::Fraction),
        Some(decimals) => {
            let value: i64 = decimals.parse().map_err(|_| AmountError::NotANumber)?;
            if decimals.len() == 1 {
                value * 10
            } else {
                value
            }
        }
    };
    // Digits only, so all that can be wrong is their number.
    let whole: i64 = whole.parse().map_err(|_| AmountError::TooLarge)?;
    whole
        .checked_mul(100)
        .and_then(|dollars| dollars.checked_add(cents))
        .ok_or(AmountError::TooLarge)
        .and_then(Amount::from_cents)
}

/// Commas count only where thousands are parted; `1,50` may be one and a half to who typed it.
fn without_thousands(whole: &str) -> Result<String, AmountError> {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    if !is_digits(first) || !rest.iter().all(|group| is_digits(group)) {
        return Err(AmountError::NotANumber);
    }
    if !rest.is_empty() && (first.len() > 3 || rest.iter().any(|group| group.len() != 3)) {
        return Err(AmountError::Commas);
    }
    Ok(std::iter::once(first).chain(rest).collect())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// US dollars with two decimals and a comma between thousands, for example `1,234.50`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, cents) = ((self.0 / 100).to_string(), self.0 % 100);
        let mut parted = String::new();
        for (at, digit) in dollars.chars().enumerate() {
            if at > 0 && (dollars.len() - at) % 3 == 0 {
                parted.push(',');
            }
            parted.push(digit);
        }
        f.pad(&format!("{parted}.{cents:02}"))
    }
}

#[cfg(test)]
mod tests;
