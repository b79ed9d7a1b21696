//! The screenshots of a story.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;

use super::Tab;
use crate::usher::target_folder;

/// The numbered screenshots of one run, in a folder of the target folder.
pub struct Album {
    folder: PathBuf,
    next: AtomicUsize,
}

impl Album {
    /// An empty one; what a run before left there is deleted.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn new(name: &str) -> Result<Self> {
        let folder = target_folder()?.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            next: AtomicUsize::new(0),
        })
    }

    /// Adds what the tab shows.
    ///
    /// # Errors
    /// When the file can't be written.
    pub async fn shot(&self, tab: &Tab, name: &str) -> Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        tab.screenshot(&self.folder.join(format!("{number:02}-{name}.png")))
            .await
    }

    /// Adds what the tab shows, as it is printed; answers how many sheets that takes.
    ///
    /// # Errors
    /// When the browser can't print, or the file can't be written.
    pub async fn print(&self, tab: &Tab, name: &str) -> Result<usize> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        tab.print(&self.folder.join(format!("{number:02}-{name}.pdf")))
            .await
    }
}
