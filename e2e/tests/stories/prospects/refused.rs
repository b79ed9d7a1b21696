//! What the create form refuses: 422, words beside the field, and everything typed stays.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Page, Usher,
    admin::{NewProspect, fresh_email, fresh_handle},
};

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

pub fn complains_about(page: &Page, field: &str) -> Result<String> {
    page.html
        .complaint_about(field)
        .with_context(|| format!("no words beside \"{field}\": {}", page.text()))
}

pub async fn bad_emails(usher: Arc<Usher>) -> Result<()> {
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

pub async fn bad_handles(usher: Arc<Usher>) -> Result<()> {
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

pub async fn bad_types(usher: Arc<Usher>) -> Result<()> {
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

pub async fn taken(usher: Arc<Usher>) -> Result<()> {
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

pub async fn html_is_escaped(usher: Arc<Usher>) -> Result<()> {
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
