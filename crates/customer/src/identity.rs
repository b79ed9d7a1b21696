//! What records are told apart by: whose are equal may be one person or company, however Sumsub spelled it.

use chrono::NaiveDate;
use kernel::text::{letters, letters_spelled_out};
use sha2::{Digest as _, Sha256};

use crate::personal_data::{Company, PersonalData};

/// Before each key. Whoever changes what is compared raises it: keys that begin otherwise are made anew, by the query in
/// `duplicates.rs` over an index of `migrations/0088_spelling.sql`, which both name it.
const KEY_VERSION: &str = "2:";

impl PersonalData {
    /// What a prospect's column holds: keys with blanks between them. Records that share one may be one: the same names (in
    /// either order), birth date and country, or the same registration number (and country). `None` when too little is
    /// known. Digests: they show nothing of what they are made of.
    #[must_use]
    pub fn identity_key(&self) -> Option<String> {
        let mut keys = match &self.company {
            Some(company) => vec![company_key(company)?],
            None => [letters, letters_spelled_out]
                .into_iter()
                .map(|spelled| person_key(self, spelled))
                .collect::<Option<Vec<String>>>()?,
        };
        keys.dedup();
        Some(keys.join(" "))
    }
}

/// By both names run together, so that it doesn't matter which of them a name between stands with, nor which comes first.
fn person_key(person: &PersonalData, spelled: fn(&str) -> String) -> Option<String> {
    let first = some(spelled(person.first_name.as_deref()?))?;
    let last = some(spelled(person.last_name.as_deref()?))?;
    let names = format!("{first}{last}").min(format!("{last}{first}"));
    let born = date(person.birth_date.as_deref()?)?;
    let country = country(person.country.as_deref()?)?;
    Some(digest(&["individual", &names, &born, &country]))
}

fn company_key(company: &Company) -> Option<String> {
    let number = registration_number(company.registration_number.as_deref()?)?;
    let country = company.country.as_deref().and_then(country);
    Some(digest(&["company", &number, &country.unwrap_or_default()]))
}

fn digest(parts: &[&str]) -> String {
    let hash = hex::encode(Sha256::digest(parts.join("\u{1f}")));
    format!("{KEY_VERSION}{hash}")
}

/// Letters and digits; zeros that only fill up the first number don't count: `HRB 001 234` is `hrb1234`.
fn registration_number(told: &str) -> Option<String> {
    let number = letters(told);
    let digits = number.find(|c: char| c.is_ascii_digit())?;
    let (register, number) = number.split_at(digits);
    let bare = number.trim_start_matches('0');
    let bare = if bare.starts_with(|c: char| c.is_ascii_digit()) {
        bare.to_owned()
    } else {
        // It is zero.
        format!("0{bare}")
    };
    Some(format!("{register}{bare}"))
}

/// ISO 3166-1 alpha-3, from any of its codes or an English name; what it doesn't know compares as itself.
fn country(told: &str) -> Option<String> {
    let told = some(letters(told))?;
    let code = match told.as_str() {
        // As passports write them (ICAO 9303-3, section 5), and as the British write their own.
        "d" => "deu",
        "gbd" | "gbn" | "gbo" | "gbp" | "gbs" | "uk" => "gbr",
        "turkiye" => "tur",
        told => told,
    };
    // Numbers have three digits.
    let code = match code.parse::<u16>() {
        Ok(number) => format!("{number:03}"),
        Err(_) => code.to_owned(),
    };
    let known = code.parse::<celes::Country>().ok();
    Some(known.map_or(code, |country| country.alpha3.to_ascii_lowercase()))
}

/// `YYYY-MM-DD`, from the forms in which the year can't be taken for the day; any other compares as itself.
fn date(told: &str) -> Option<String> {
    let told = some(kernel::text::line(told))?;
    let day = told.split(['T', ' ']).next().unwrap_or_default();
    let forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y"];
    let known = forms
        .into_iter()
        .find_map(|form| NaiveDate::parse_from_str(day, form).ok());
    Some(known.map_or_else(|| told.clone(), |day| day.to_string()))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(first: &str, last: &str, born: &str, country: &str) -> PersonalData {
        let told = |text: &str| Some(text.to_owned());
        PersonalData {
            first_name: told(first),
            last_name: told(last),
            birth_date: told(born),
            country: told(country),
            ..PersonalData::default()
        }
    }

    fn company(number: &str, country: Option<&str>) -> PersonalData {
        PersonalData {
            company: Some(Company {
                registration_number: Some(number.to_owned()),
                country: country.map(str::to_owned),
                ..Company::default()
            }),
            ..PersonalData::default()
        }
    }

    fn may_be_one(one: &PersonalData, other: &PersonalData) -> bool {
        let keys = |data: &PersonalData| data.identity_key().unwrap_or_default();
        let (one, other) = (keys(one), keys(other));
        one.split_whitespace()
            .any(|key| other.split_whitespace().any(|its| its == key))
    }

    #[test]
    fn one_person_whatever_the_spelling() {
        let jose = person("José", "O’Brien-Müller", "1990-02-01", "DEU");
        for (first, last, born, country) in [
            (" JOSE\u{301} ", "O'BRIEN MULLER", "1990-02-01", "DE"),
            ("Jose", "OBrien Mueller", "1990-2-1", "deu"),
            ("O‘Brien Müller", "José", "1990-02-01T00:00:00Z", "276"),
            ("José O’Brien", "Müller", "1990/02/01", "Germany"),
            ("jo\u{200b}se", "Oʼbrien‐Mu\u{308}ller", "01.02.1990", "D"),
            ("José", "O’Brien-Müller", "19900201", "deu "),
        ] {
            let same = person(first, last, born, country);
            assert!(may_be_one(&jose, &same), "{first} {last} {born} {country}");
        }
        for (first, last, born, country) in [
            ("José", "O’Brien-Müller", "1990-02-02", "DEU"),
            ("José", "O’Brien-Müller", "1990-02-01", "AUT"),
            ("Joseph", "O’Brien-Müller", "1990-02-01", "DEU"),
        ] {
            let another = person(first, last, born, country);
            assert!(
                !may_be_one(&jose, &another),
                "{first} {last} {born} {country}"
            );
        }
        let spelled = |last| person("Ada", last, "1990-02-01", "DEU");
        assert!(!may_be_one(&spelled("Mueller"), &spelled("Muller")));
        assert!(!may_be_one(&spelled("Иванов"), &spelled("Ivanov")));
        assert!(may_be_one(&spelled("ИВАНОВ"), &spelled("Иванов")));
    }

    #[test]
    fn one_country_whatever_the_code() {
        for (same, code) in [
            (
                vec!["DE", "de ", "DEU", "276", "Germany", "D", "D<<"],
                "deu",
            ),
            (
                vec!["GB", "GBR", "826", "UK", "United Kingdom", "GBD"],
                "gbr",
            ),
            (vec!["CI", "Côte d’Ivoire", "Ivory Coast"], "civ"),
            (vec!["AF", "004", "4"], "afg"),
            (vec!["TR", "Türkiye", "Turkey"], "tur"),
            (vec!["US", "United States of America"], "usa"),
            (vec!["XXA", "xxa"], "xxa"),
        ] {
            for told in same {
                assert_eq!(country(told).as_deref(), Some(code), "{told}");
            }
        }
    }

    #[test]
    fn too_little_tells_nobody_apart() {
        let born = "1990-02-01";
        for (first, last, born, country) in [
            ("", "Lovelace", born, "GBR"),
            ("Ada", " - ", born, "GBR"),
            ("Ada", "Lovelace", "", "GBR"),
            ("Ada", "Lovelace", born, " "),
        ] {
            assert_eq!(person(first, last, born, country).identity_key(), None);
        }
        assert_eq!(PersonalData::default().identity_key(), None);
        assert_eq!(company("", None).identity_key(), None);
        assert_eq!(company("none", Some("DEU")).identity_key(), None);
    }

    #[test]
    fn companies_are_told_apart_by_their_number_in_their_country() {
        for (one, other) in [
            ("HRB 1234", "hrb001234"),
            ("HRB 1234", "HRB-1.234"),
            ("00445790", "445790"),
            ("SC 012345", "sc12345"),
            ("０１２", "12"),
            ("000", "0"),
        ] {
            assert!(
                may_be_one(&company(one, Some("DEU")), &company(other, Some("Germany"))),
                "{one} {other}"
            );
        }
        assert!(may_be_one(&company("1", None), &company("01", None)));
        for (one, other) in [
            ("HRB 1234", "HRA 1234"),
            ("120", "12"),
            ("HRB 1234", "1234"),
        ] {
            assert!(!may_be_one(
                &company(one, Some("DEU")),
                &company(other, Some("DEU"))
            ));
        }
        assert!(!may_be_one(
            &company("1234", Some("DEU")),
            &company("1234", Some("AUT"))
        ));
        assert!(!may_be_one(
            &company("1234", Some("DEU")),
            &company("1234", None)
        ));
    }
}
