//! Prospects by the way that people make them: the panel's form.

use std::time::{Duration, Instant};

use anyhow::Result;
use e2e::{
    Usher,
    admin::{NewProspect, Prospect, fresh_email},
};
use futures::{StreamExt as _, TryStreamExt as _};

/// Creates `count` prospects of all types, 16 at a time; says how long it took.
pub async fn create(usher: &Usher, count: usize) -> Result<(Vec<Prospect>, Duration)> {
    let admin = usher.admin()?;
    let start = Instant::now();
    let made = futures::stream::iter(0..count)
        .map(|number| {
            let admin = &admin;
            async move {
                admin
                    .create(&NewProspect::individual(&fresh_email(&format!(
                        "bench{number}"
                    ))))
                    .await
            }
        })
        .buffer_unordered(16)
        .try_collect()
        .await?;
    Ok((made, start.elapsed()))
}
