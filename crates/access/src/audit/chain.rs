//! How entries and seals are digested. Changing any of it breaks every chain that exists.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

/// A digest of an entry or of a seal: SHA-256.
pub(super) type Hash = [u8; HASH];
/// How many bytes a digest has.
pub(super) const HASH: usize = 32;
/// What the first seal has before it.
pub(super) const BEFORE_THE_FIRST: Hash = [0; HASH];

/// An entry as it is sealed.
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) subject: String,
    pub(super) action: String,
    pub(super) object: String,
    pub(super) authorized: bool,
    pub(super) records: Vec<String>,
}

impl Entry {
    /// Over every column that says something; texts with their length in front, so that no two entries read alike. Entries
    /// without records are digested as they were before there were any.
    pub(super) fn digest(&self) -> Hash {
        let mut hash = Sha256::new();
        if self.records.is_empty() {
            hash.update(b"usher audit entry 1\n");
        } else {
            hash.update(b"usher audit entry 2\n");
        }
        hash.update(self.id.to_be_bytes());
        hash.update(self.recorded_at.timestamp_micros().to_be_bytes());
        hash.update([u8::from(self.authorized)]);
        let texts = [&self.subject, &self.action, &self.object];
        for text in texts.into_iter().chain(&self.records) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

/// What a seal's hash is over, as it stands in the database.
pub(super) struct Seal<'a> {
    pub(super) number: i64,
    pub(super) sealed_at: DateTime<Utc>,
    pub(super) last_id: i64,
    pub(super) entry_ids: &'a [i64],
    /// 32 bytes an entry.
    pub(super) digests: &'a [u8],
    pub(super) previous_hash: &'a [u8],
}

impl Seal<'_> {
    pub(super) fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update(b"usher audit seal 1\n");
        for bytes in [self.previous_hash, self.digests] {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        hash.update(self.number.to_be_bytes());
        hash.update(self.sealed_at.timestamp_micros().to_be_bytes());
        hash.update(self.last_id.to_be_bytes());
        for id in self.entry_ids {
            hash.update(id.to_be_bytes());
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            id: 42,
            recorded_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            subject: "operator:1".to_owned(),
            action: "prospect.create".to_owned(),
            object: "prospect:2".to_owned(),
            authorized: true,
            records: Vec::new(),
        }
    }

    fn look() -> Entry {
        let records = ["customer:3", "prospect:2"].map(str::to_owned).to_vec();
        Entry { records, ..entry() }
    }

    /// A chain that was made by an earlier version must still be right.
    #[test]
    fn the_digests_never_change() {
        let hex = |hash: Hash| hash.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(entry().digest()), ENTRY);
        assert_eq!(hex(look().digest()), LOOK);
        let seal = Seal {
            number: 7,
            sealed_at: entry().recorded_at,
            last_id: 42,
            entry_ids: &[41, 42],
            digests: &[1; 64],
            previous_hash: &BEFORE_THE_FIRST,
        };
        assert_eq!(hex(seal.hash()), SEAL);
    }

    // Computed with Python's hashlib.
    const ENTRY: &str = "1ab3a5bf87c02bd5faf2fb4609c65f501e7110301e59dd62e470a1207bd4fe93";
    const LOOK: &str = "5f4f9770f09d16c24716e3246f4417aa67dd56e262982c3273b89ea5242d0217";
    const SEAL: &str = "d94488d3d132a793fec132f3cdac196d8b4b8abd29dd8a54e1f5015ca66f7b56";

    #[test]
    fn every_column_counts() {
        let changes: [fn(&mut Entry); 7] = [
            |e| e.id += 1,
            |e| e.recorded_at += chrono::TimeDelta::microseconds(1),
            |e| e.subject.push('x'),
            |e| e.action.push('x'),
            |e| e.object.push('x'),
            |e| e.authorized = false,
            |e| e.records.push("x".to_owned()),
        ];
        for change in changes {
            let mut changed = entry();
            change(&mut changed);
            assert_ne!(changed.digest(), entry().digest());
        }
        // A letter that moves from one text to the next.
        let mut moved = entry();
        moved.subject.pop();
        moved.action.insert(0, '1');
        assert_ne!(moved.digest(), entry().digest());
    }
}
