//! Passwords that are good for one sign-in.

use std::fmt;

use rand::Rng as _;
use sha2::{Digest as _, Sha256};

/// Crockford's base 32: no letter that looks like a digit (I, L, O) and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits each.
const CHARACTERS: usize = 28;
const GROUP: usize = 4;

/// A password to be used once: 140 random bits, as seven groups of four characters that can be typed.
///
/// Nobody guesses it and it has to be changed at the first login, so a cheap hash is enough: it makes
/// provisioning many times faster than a slow one.
#[derive(Clone, PartialEq, Eq)]
pub struct TemporaryPassword(String);

impl TemporaryPassword {
    /// A fresh one, from the operating system's randomness by way of a cryptographic generator.
    #[must_use]
    pub fn generate() -> Self {
        let mut random = rand::rng();
        let mut password = String::with_capacity(CHARACTERS + CHARACTERS / GROUP);
        for place in 0..CHARACTERS {
            if place > 0 && place % GROUP == 0 {
                password.push('-');
            }
            password.push(char::from(ALPHABET[random.random_range(0..ALPHABET.len())]));
        }
        Self(password)
    }

    /// The password in clear, for the mail that carries it and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

// A password never gets into a log.
impl fmt::Debug for TemporaryPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TemporaryPassword(…)")
    }
}

/// The digest of what somebody typed, forgiving what doesn't matter: case, blanks, dashes, and letters that look like
/// digits.
pub(crate) fn digest(typed: &str) -> [u8; 32] {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::digest(plain).into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_is_long_typeable_and_never_the_same() {
        let many: HashSet<String> = (0..1000)
            .map(|_| TemporaryPassword::generate().expose().to_owned())
            .collect();
        assert_eq!(many.len(), 1000);
        for password in many {
            let groups: Vec<&str> = password.split('-').collect();
            assert_eq!(groups.len(), 7);
            assert!(groups.iter().all(|group| group.len() == 4));
            let characters = groups.concat();
            assert!(characters.len() * 5 >= 128);
            assert!(characters.bytes().all(|c| ALPHABET.contains(&c)));
        }
    }

    #[test]
    fn how_it_is_typed_does_not_matter_but_what_is() {
        let password = TemporaryPassword("01AB-CDEF".to_owned());
        for typed in ["01AB-CDEF", "01abcdef", " olab cdef ", "0iab-cdef\n"] {
            assert_eq!(digest(typed), password.digest(), "{typed}");
        }
        assert_ne!(digest("01AB-CDEG"), password.digest());
    }

    #[test]
    fn debug_does_not_tell_it() {
        let password = TemporaryPassword::generate();
        assert!(!format!("{password:?}").contains(&password.expose()[..4]));
    }
}
