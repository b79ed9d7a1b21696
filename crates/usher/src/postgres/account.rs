//! As whom PostgreSQL runs: it refuses to run as root.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use nix::unistd::{Gid, Uid, User, geteuid};

use crate::failure::Failure;

/// An unprivileged user.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub uid: Uid,
    pub gid: Gid,
}

/// The user to become for the data in `folder`; `None` when we are unprivileged ourselves.
///
/// # Errors
/// When the data is another user's, or there is no unprivileged user to become.
pub fn account_for(folder: &Path) -> Result<Option<Account>, Failure> {
    let owner = fs::metadata(folder)
        .ok()
        .map(|data| (Uid::from_raw(data.uid()), Gid::from_raw(data.gid())));
    if !geteuid().is_root() {
        return match owner {
            Some((uid, _)) if uid != geteuid() => {
                let name = User::from_uid(uid)
                    .ok()
                    .flatten()
                    .map_or_else(|| uid.to_string(), |user| user.name);
                Err(Failure::other(format!(
                    "The data in {} belongs to the user {name}: run `usher dev` as that user or as root, or name another folder with --data DIR.",
                    folder.display()
                )))
            }
            _ => Ok(None),
        };
    }
    // Data that an ordinary user's run has made stays that user's.
    if let Some((uid, gid)) = owner
        && !uid.is_root()
    {
        return Ok(Some(Account { uid, gid }));
    }
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| User::from_name(name).ok().flatten())
        .filter(|user| !user.uid.is_root())
        .map(|user| Some(Account { uid: user.uid, gid: user.gid }))
        .ok_or_else(|| {
            Failure::other(
                "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody to run it as: \
                 run `usher dev` as an ordinary user.",
            )
        })
}
