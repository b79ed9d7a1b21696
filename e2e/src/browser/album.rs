//! The screenshots of a story.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result, ensure};

use super::Tab;
use crate::usher::target_folder;

/// The widths and colour schemes in which a story looks at a page of its own.
const LOOKS: [(i64, &str); 4] = [
    (360, "light"),
    (768, "light"),
    (960, "dark"),
    (1280, "light"),
];

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

    /// Looks at what the tab shows in several sizes, light and dark: axe-core finds nothing, nothing is crowded, and each is added.
    ///
    /// # Errors
    /// What was found, or that Chromium doesn't answer.
    pub async fn look_at(&self, tab: &Tab, name: &str) -> Result<()> {
        for (width, scheme) in LOOKS {
            tab.wear(width, scheme).await?;
            let found = tab.violations().await?;
            ensure!(
                found.is_empty(),
                "axe: {name} at {width} {scheme}: {found:#?}"
            );
            let crowded = tab.crowded().await?;
            ensure!(crowded.is_empty(), "{name} at {width}: {crowded:#?}");
            self.shot(tab, &format!("{name}-{width}-{scheme}")).await?;
        }
        Ok(())
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

    /// Asks whether a document shows all of these pictures and no others, in the order in which they were taken, and whether
    /// each lies in the folder beside it that is called as the album is.
    ///
    /// # Errors
    /// When it doesn't; with both lists.
    pub fn is_shown_by(&self, document: &Path) -> Result<()> {
        let name = self.folder.file_name().context("an album has a name")?;
        let link = format!("]({}/", name.to_string_lossy());
        let text = fs::read_to_string(document)?;
        let shown: Vec<&str> = text
            .split(&link)
            .skip(1)
            .filter_map(|rest| rest.split_once(')').map(|(picture, _)| picture))
            .collect();
        let mut taken: Vec<String> = fs::read_dir(&self.folder)?
            .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        taken.sort();
        ensure!(
            shown == taken,
            "{} shows {shown:?}, and the story took {taken:?}",
            document.display()
        );
        let beside = document.with_file_name(name);
        for picture in shown {
            ensure!(
                beside.join(picture).is_file(),
                "{picture} is missing in {}: run `make pictures`",
                beside.display()
            );
        }
        Ok(())
    }
}
