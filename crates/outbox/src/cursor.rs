//! Where a reader stands, as it is handed out.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{Position, Recorded};

/// How the bytes are laid out.
const VERSION: u8 = 1;
/// Of an event's id; a UUID's last eight bytes are random.
const TAG: usize = 8;
/// Version, era, turn, number, tag.
const LENGTH: usize = 1 + 4 + 8 + 8 + TAG;

/// Behind an event. Names the event, too: in a database that was set back another one may have come to the same place.
/// Opaque to whoever keeps it: URL-safe letters, digits, `-` and `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) position: Position,
    pub(crate) tag: [u8; TAG],
}

/// Not a cursor that was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCursor;

impl Cursor {
    /// Where whoever has read nothing begins.
    pub const START: Self = Self {
        position: Position::START,
        tag: [0; TAG],
    };

    /// Behind the event of this id at this place.
    pub(crate) fn behind(position: Position, id: Uuid) -> Self {
        let mut tag = [0; TAG];
        tag.copy_from_slice(&id.as_bytes()[16 - TAG..]);
        Self { position, tag }
    }
}

impl From<&Recorded> for Cursor {
    fn from(event: &Recorded) -> Self {
        Self::behind(event.position, event.id)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(self.position.era.to_be_bytes());
        bytes.extend(self.position.turn.to_be_bytes());
        bytes.extend(self.position.number.to_be_bytes());
        bytes.extend(self.tag);
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = UnknownCursor;

    fn from_str(text: &str) -> Result<Self, UnknownCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| UnknownCursor)?;
        let (&[VERSION], rest) = bytes.split_first_chunk().ok_or(UnknownCursor)? else {
            return Err(UnknownCursor);
        };
        let (era, rest) = rest.split_first_chunk().ok_or(UnknownCursor)?;
        let (turn, rest) = rest.split_first_chunk().ok_or(UnknownCursor)?;
        let (number, rest) = rest.split_first_chunk().ok_or(UnknownCursor)?;
        Ok(Self {
            position: Position {
                era: i32::from_be_bytes(*era),
                turn: i64::from_be_bytes(*turn),
                number: i64::from_be_bytes(*number),
            },
            tag: rest.try_into().map_err(|_| UnknownCursor)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor::behind(
            Position {
                era: 3,
                turn: i64::MAX - 1,
                number: 77,
            },
            Uuid::new_v4(),
        );
        for cursor in [cursor, Cursor::START] {
            let text = cursor.to_string();
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
                "{text}"
            );
            assert_eq!(text.parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_was_never_handed_out_is_no_cursor() {
        let good = Cursor::START.to_string();
        let newer = format!("Ag{}", &good[2..]);
        for text in [
            "",
            "1",
            "42",
            &good[1..],
            &format!("{good}AAAA"),
            &format!("{good}="),
            "ö",
            &newer,
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(UnknownCursor), "{text}");
        }
    }
}
