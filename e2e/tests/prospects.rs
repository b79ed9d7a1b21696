//! Prospects at the panel: what the create form takes, and how the list is used. Without JavaScript, as a program sees it.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Form, Page, Story, Usher,
    admin::{NewProspect, fresh_email, prospect_on},
    tell,
};

fn main() -> ExitCode {
    tell(
        "prospects",
        vec![
            Story::new("a_new_prospect_is_new_open_and_not_started", a_new_prospect),
            Story::new(
                "a_leading_at_is_taken_off_the_telegram_handle",
                at_is_taken_off,
            ),
            Story::new("each_of_seven_customer_types_can_be_chosen", seven_types),
            Story::new("a_bad_email_is_refused_beside_the_field", bad_emails),
            Story::new(
                "a_bad_telegram_handle_is_refused_beside_the_field",
                bad_handles,
            ),
            Story::new("a_bad_customer_type_is_refused_beside_the_field", bad_types),
            Story::new("what_is_taken_is_said_and_links_to_who_has_it", taken),
            Story::new("the_confirm_step_trusts_nobody_either", confirm_is_checked),
            Story::new("html_is_shown_as_it_was_typed", html_is_escaped),
            Story::new("a_double_submit_makes_one_prospect", double_submit),
            Story::new("two_at_once_with_one_email_make_one_prospect", race),
            Story::new("an_unknown_prospect_is_a_404_page", unknown),
            Story::new("the_list_filters_by_stage_and_type", filters),
            Story::new(
                "the_list_is_searched_by_a_part_of_an_email_and_by_public_id",
                search,
            ),
            Story::new("the_list_sorts_by_creation_and_pages_by_cursor", pages),
        ],
    )
}

const TYPES: [&str; 7] = [
    "Individual",
    "Government Entity",
    "Private Company",
    "Bank",
    "Financial Institution",
    "Foreign Agency or Subsidiary",
    "Non-Domiciled Company",
];

async fn a_new_prospect(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let email = fresh_email("new");
    let prospect = admin.create(&NewProspect::individual(&email)).await?;
    let page = admin.prospect(&prospect.public_id).await?;
    ensure!(
        page.html.heading() == email,
        "the heading is {}",
        page.html.heading()
    );
    let text = page.text();
    let uuid = prospect.id.to_string();
    for words in [
        "Stage New",
        "Status Open",
        "KYC status Not Started",
        "Customer type Individual",
        &prospect.public_id,
        &uuid,
    ] {
        ensure!(
            text.contains(words),
            "\"{words}\" is not on the page: {text}"
        );
    }
    ensure!(
        text.contains("Generate the verification link"),
        "no next action: {text}"
    );
    ensure!(
        page.region("KYC").is_ok() && page.region("History").is_ok(),
        "a region is missing: {text}"
    );
    ensure!(
        prospect.public_id.len() <= 9,
        "{} is not short",
        prospect.public_id
    );
    Ok(())
}

async fn at_is_taken_off(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let handle = fresh_handle();
    let new = NewProspect::individual(&fresh_email("at")).telegram(&format!("@{handle}"));
    let prospect = admin.create(&new).await?;
    let stored: Option<String> =
        sqlx::query_scalar("SELECT telegram_handle FROM prospects WHERE id = $1")
            .bind(prospect.id)
            .fetch_one(&usher.counts().await?.pool)
            .await?;
    ensure!(
        stored.as_deref() == Some(handle.as_str()),
        "stored as {stored:?}"
    );
    let text = admin.prospect(&prospect.public_id).await?.text();
    ensure!(
        text.contains(&handle),
        "the handle is not on the page: {text}"
    );
    Ok(())
}

async fn seven_types(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    for kind in TYPES {
        let prospect = admin
            .create(&NewProspect::individual(&fresh_email("type")).of_type(kind))
            .await?;
        let text = admin.prospect(&prospect.public_id).await?.text();
        ensure!(text.contains(kind), "{kind} is not on the page: {text}");
    }
    Ok(())
}

/// Sends the create form with one wrong field: 422, words beside that field and no other, everything typed stays.
async fn is_refused(usher: &Usher, new: &NewProspect, field: &str) -> Result<Page> {
    let admin = usher.admin()?;
    let form = admin.create_form(new).await?;
    let page = admin.window().submit(&form).await?.expect(422)?;
    complains_about(&page, field)?;
    for (label, typed) in [("Email", &new.email), ("Telegram ID", &new.telegram)] {
        let stands = page
            .html
            .field(label)
            .with_context(|| format!("no field \"{label}\""))?
            .value();
        ensure!(
            &stands == typed,
            "\"{label}\" held {typed:?} and holds {stands:?} after the refusal"
        );
        ensure!(
            label == field || page.html.complaint_about(label).is_none(),
            "it complains about {label} too"
        );
    }
    Ok(page)
}

fn complains_about(page: &Page, field: &str) -> Result<String> {
    page.html
        .complaint_about(field)
        .with_context(|| format!("no words beside \"{field}\": {}", page.text()))
}

async fn bad_emails(usher: Arc<Usher>) -> Result<()> {
    let long = format!("{}@example.test", "a".repeat(255));
    let long_domain = format!("ada@{}.test", "a.".repeat(150));
    for bad in [
        "",
        "not-an-address",
        "@example.test",
        "ada@",
        "ada@exa mple.test",
        "ada@example.test, eve@example.test",
        "ada@example.test\r\nBcc: eve@example.test",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>@example.test",
        &long,
        &long_domain,
    ] {
        // A browser's field has no line breaks: what the server was sent may come back without them.
        if bad.contains('\n') {
            let admin = usher.admin()?;
            let form = admin.create_form(&NewProspect::individual(bad)).await?;
            complains_about(&admin.window().submit(&form).await?.expect(422)?, "Email")?;
            continue;
        }
        is_refused(
            &usher,
            &NewProspect::individual(bad).telegram(&fresh_handle()),
            "Email",
        )
        .await
        .with_context(|| format!("the e-mail {bad:?}"))?;
    }
    let admin = usher.admin()?;
    let form = admin
        .create_form(&NewProspect::individual(""))
        .await?
        .without("Email");
    complains_about(&admin.window().submit(&form).await?.expect(422)?, "Email")?;
    Ok(())
}

async fn bad_handles(usher: Arc<Usher>) -> Result<()> {
    let long = "a".repeat(255);
    for bad in ["two words", "a/b", "<b>bold</b>", "@@ada", &long] {
        is_refused(
            &usher,
            &NewProspect::individual(&fresh_email("handle")).telegram(bad),
            "Telegram ID",
        )
        .await
        .with_context(|| format!("the handle {bad:?}"))?;
    }
    Ok(())
}

async fn bad_types(usher: Arc<Usher>) -> Result<()> {
    let long = "a".repeat(255);
    for bad in ["", "martian", "<script>alert(1)</script>", &long] {
        let new = NewProspect::individual(&fresh_email("type"))
            .telegram(&fresh_handle())
            .of_type(bad);
        let page = is_refused(&usher, &new, "Customer type")
            .await
            .with_context(|| format!("the type {bad:?}"))?;
        ensure!(!page.body.contains("<script>alert"), "a script came back");
    }
    let admin = usher.admin()?;
    let form = admin
        .create_form(&NewProspect::individual(&fresh_email("type")))
        .await?
        .without("Customer type");
    complains_about(
        &admin.window().submit(&form).await?.expect(422)?,
        "Customer type",
    )?;
    Ok(())
}

async fn taken(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let (email, handle) = (fresh_email("taken"), fresh_handle());
    let first = admin
        .create(&NewProspect::individual(&email).telegram(&handle))
        .await?;
    let owner = format!("/prospects/{}", first.public_id);

    let other_case = NewProspect::individual(&email.to_uppercase()).telegram(&fresh_handle());
    let page = is_refused(&usher, &other_case, "Email").await?;
    ensure!(
        page.body.contains(&owner),
        "no link to who has it: {}",
        page.text()
    );

    let same_handle = NewProspect::individual(&fresh_email("other"))
        .telegram(&format!("@{}", handle.to_uppercase()));
    let page = is_refused(&usher, &same_handle, "Telegram ID").await?;
    ensure!(
        page.body.contains(&owner),
        "no link to who has it: {}",
        page.text()
    );
    Ok(())
}

/// Puts `value` where the form has `old`, in hidden fields too.
fn tampered(form: &Form, old: &str, value: &str) -> Vec<(String, String)> {
    let mut pairs = form.pairs();
    for (_, sent) in pairs.iter_mut().filter(|(_, sent)| sent == old) {
        value.clone_into(sent);
    }
    pairs
}

async fn confirm_is_checked(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let (email, handle) = (fresh_email("confirm"), fresh_handle());
    let new = NewProspect::individual(&email).telegram(&handle);
    let form = admin.confirm_form(&new).await?;
    for (old, value, field) in [
        (&email, "nonsense", "Email"),
        (&handle, "two words", "Telegram ID"),
        (&email, "", "Email"),
    ] {
        let page = admin
            .window()
            .post(form.action().as_str(), &tampered(&form, old, value))
            .await?
            .expect(422)?;
        complains_about(&page, field)?;
    }
    let counts = usher.counts().await?;
    let made: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM prospects WHERE lower(email) = lower($1) OR telegram_handle = $2",
    )
    .bind(&email)
    .bind(&handle)
    .fetch_one(&counts.pool)
    .await?;
    ensure!(made == 0, "a refused form made {made} prospects");
    Ok(())
}

async fn html_is_escaped(usher: Arc<Usher>) -> Result<()> {
    let typed = "\"><script>alert('x')</script>&amp;";
    let page = is_refused(&usher, &NewProspect::individual(typed), "Email").await?;
    ensure!(
        !page.body.contains("<script>alert"),
        "a script came back: {}",
        page.body
    );
    // A legal address with an ampersand and an apostrophe, all the way to the page and the list.
    let email = fresh_email("o'hara&sons");
    let admin = usher.admin()?;
    let prospect = admin.create(&NewProspect::individual(&email)).await?;
    ensure!(
        admin.prospect(&prospect.public_id).await?.html.heading() == email,
        "the heading differs"
    );
    let list = admin
        .window()
        .open(&format!("/prospects?q={}", prospect.public_id))
        .await?;
    ensure!(
        list.text().contains(&email),
        "the list shows it otherwise: {}",
        list.text()
    );
    Ok(())
}

async fn made_with(usher: &Usher, email: &str) -> Result<i64> {
    Ok(
        sqlx::query_scalar("SELECT count(*) FROM prospects WHERE lower(email) = lower($1)")
            .bind(email)
            .fetch_one(&usher.counts().await?.pool)
            .await?,
    )
}

async fn double_submit(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let email = fresh_email("double");
    let form = admin.confirm_form(&NewProspect::individual(&email)).await?;
    let window = admin.window();
    let (first, second) = tokio::join!(window.submit(&form), window.submit(&form));
    let (first, second, third) = (first?, second?, window.submit(&form).await?);
    ensure!(
        made_with(&usher, &email).await? == 1,
        "a double submit made several prospects"
    );
    // Whichever came second leads to the same prospect, not to a complaint about oneself.
    let ids = [&first, &second, &third].map(prospect_on);
    for id in ids {
        ensure!(id?.email == email, "a double submit led elsewhere");
    }
    Ok(())
}

async fn race(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let email = fresh_email("race");
    let mut forms = Vec::new();
    for name in [
        email.clone(),
        email.to_uppercase(),
        email.clone(),
        email.to_uppercase(),
    ] {
        forms.push(admin.confirm_form(&NewProspect::individual(&name)).await?);
    }
    let pages =
        futures::future::join_all(forms.iter().map(|form| admin.window().submit(form))).await;
    let mut refused = 0;
    for page in pages {
        let page = page?;
        ensure!(
            matches!(page.status.as_u16(), 200 | 422),
            "{} : {}",
            page.status,
            page.text()
        );
        if page.status.as_u16() == 422 {
            complains_about(&page, "Email")?;
            refused += 1;
        }
    }
    ensure!(
        made_with(&usher, &email).await? == 1 && refused == 3,
        "{refused} of 4 were refused"
    );
    Ok(())
}

async fn unknown(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    for path in [
        "/prospects/999999999",
        "/prospects/abc",
        "/prospects/%3Cscript%3E",
        "/customers/999999999",
        "/nothing",
    ] {
        let page = admin.window().get(path).await?.expect(404)?;
        ensure!(
            !page.html.heading().is_empty(),
            "{path}: the 404 is no page: {}",
            page.body
        );
        ensure!(!page.body.contains("<script>\""), "{path}");
    }
    Ok(())
}

async fn filters(usher: Arc<Usher>) -> Result<()> {
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
    e2e::until("the prospect KycStarted", e2e::wait::SOON, || async {
        let text = admin.prospect(&started.public_id).await?.text();
        ensure!(text.contains("Stage KycStarted"), "{text}");
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
        ("Stage", "KycStarted", &started),
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

async fn search(usher: Arc<Usher>) -> Result<()> {
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

async fn pages(usher: Arc<Usher>) -> Result<()> {
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

/// A Telegram handle that nobody else uses.
fn fresh_handle() -> String {
    format!("u{}", &uuid::Uuid::new_v4().simple().to_string()[..10])
}
