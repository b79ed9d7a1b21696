//! The list: filters, search, sorting, pages by cursor.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Form, Page, Usher,
    admin::{NewProspect, fresh_email, fresh_handle},
};

pub async fn filters(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let mark = fresh_handle();
    let new = admin
        .create(&NewProspect::individual(&fresh_email(&mark)).of_type("Bank"))
        .await?;
    let started = admin
        .create(&NewProspect::individual(&fresh_email(&mark)))
        .await?;
    usher
        .sumsub()?
        .deliver(&e2e::Callback::created(started.id))
        .await?;
    e2e::until("the prospect Started", e2e::wait::SOON, || async {
        let text = admin.prospect(&started.public_id).await?.text();
        ensure!(text.contains("Stage Started"), "{text}");
        Ok(())
    })
    .await?;

    let window = admin.window();
    let all = window.open(&format!("/prospects?q={mark}")).await?;
    ensure!(
        all.html.heading() == "Prospects",
        "the heading is {}",
        all.html.heading()
    );
    ensure!(
        all.html.rows().len() == 2,
        "two were made: {:?}",
        all.html.rows()
    );
    for (label, value, left) in [
        ("Stage", "Started", &started),
        ("Stage", "New", &new),
        ("Customer type", "Bank", &new),
        ("Customer type", "Individual", &started),
    ] {
        let page = window.submit(&choose(&all, label, value)?).await?.ok()?;
        let rows = page.html.rows();
        ensure!(
            rows.len() == 1 && rows[0].join(" ").contains(&left.public_id),
            "{label} {value}: {rows:?}"
        );
    }
    Ok(())
}

/// The filter form with one option chosen; its labels may carry a count ("New (3)").
fn choose(page: &Page, label: &str, value: &str) -> Result<Form> {
    let field = page
        .html
        .field(label)
        .with_context(|| format!("no filter \"{label}\": {}", page.text()))?;
    let option = field
        .all("option")
        .into_iter()
        .find(|option| {
            let words = option.text();
            words == value
                || words
                    .strip_prefix(value)
                    .is_some_and(|rest| rest.trim_start().starts_with(['(', '·']))
        })
        .with_context(|| format!("\"{label}\" has no option \"{value}\""))?
        .option_value();
    page.form("Search")?.fill(label, &option)
}

pub async fn search(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let mark = fresh_handle();
    let one = admin
        .create(&NewProspect::individual(&fresh_email(&format!(
            "Needle{mark}"
        ))))
        .await?;
    let two = admin
        .create(&NewProspect::individual(&fresh_email(&format!(
            "hay{mark}"
        ))))
        .await?;
    let list = admin.window().open("/prospects").await?;
    for (query, found) in [
        (format!("needle{mark}"), vec![&one]),
        (format!("EEDLE{}", mark.to_uppercase()), vec![&one]),
        (mark.clone(), vec![&one, &two]),
        (two.public_id.clone(), vec![&two]),
        (format!("{mark}%"), vec![]),
        (format!("' OR 1=1 --{mark}"), vec![]),
    ] {
        let form = list
            .form("Search")?
            .fill("Search by email or public ID", &query)?;
        let rows = admin.window().submit(&form).await?.ok()?.html.rows();
        ensure!(rows.len() == found.len(), "{query:?} found {rows:?}");
        for prospect in found {
            ensure!(
                rows.iter()
                    .any(|row| row.join(" ").contains(&prospect.public_id)),
                "{query:?} found {rows:?}"
            );
        }
    }
    let nothing = admin
        .window()
        .open(&format!("/prospects?q=nobody{mark}"))
        .await?;
    ensure!(
        nothing.text().to_lowercase().contains("no "),
        "an empty list says nothing: {}",
        nothing.text()
    );
    Ok(())
}

pub async fn pages(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let mark = fresh_handle();
    let made = admin.create_many(&mark, 53).await?;
    let first = admin.window().open(&format!("/prospects?q={mark}")).await?;
    let mut seen = first.html.rows();
    ensure!(
        seen.len() == 50,
        "a page has 50 rows, this one {}",
        seen.len()
    );
    let older = first.link("Older")?;
    let second = admin.window().open(older.as_str()).await?;
    ensure!(
        second.html.rows().len() == 3,
        "three are left: {:?}",
        second.html.rows()
    );
    let back = admin.window().open(second.link("Newer")?.as_str()).await?;
    ensure!(back.html.rows() == seen, "\"Newer\" leads elsewhere");
    seen.extend(second.html.rows());
    for prospect in &made {
        let times = seen
            .iter()
            .filter(|row| row.join(" ").contains(&prospect.email))
            .count();
        ensure!(times == 1, "{} is listed {times} times", prospect.public_id);
    }

    // Newest first unless asked otherwise; the header says which way, and turns it round.
    let ids =
        |rows: &[Vec<String>]| -> Vec<String> { rows.iter().map(|row| row.join(" ")).collect() };
    ensure!(
        sorted_header(&first)? == "descending",
        "it should be newest first"
    );
    let header = first
        .html
        .find(|element| element.tag == "th" && element.text().starts_with("Created"))
        .and_then(|header| header.find(|link| link.tag == "a"))
        .and_then(|link| link.attr("href"))
        .context("\"Created\" is no link")?;
    let turned = admin
        .window()
        .open(first.url.join(header)?.as_str())
        .await?;
    ensure!(
        sorted_header(&turned)? == "ascending",
        "it should be oldest first now"
    );
    let newest = ids(&seen);
    let oldest = ids(&turned.html.rows());
    ensure!(
        newest.iter().rev().take(50).eq(oldest.iter()),
        "oldest first is not newest first turned round"
    );
    Ok(())
}

fn sorted_header(page: &Page) -> Result<String> {
    page.html
        .find(|element| element.tag == "th" && element.text().starts_with("Created"))
        .and_then(|header| header.attr("aria-sort"))
        .map(str::to_owned)
        .context("the header \"Created\" does not say how it is sorted (aria-sort)")
}
