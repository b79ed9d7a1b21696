//! Approved today, found out next month: shut out at once, restored only on purpose. And the other things that
//! operators do to a customer, as the customer sees them.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Callback, Chapter, Page, Story, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    portal::Portal,
    until,
    wait::{LATER, SOON},
};

const CHOSEN: &str = "a long password of my own";

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "late_red",
        vec![
            Story::new(
                "a_late_red_shuts_out_at_once_and_restore_lets_in_again",
                late_red,
            ),
            Story::new(
                "a_red_in_the_middle_of_provisioning_leaves_no_way_in",
                in_the_middle,
            ),
            Story::new(
                "a_changed_address_before_the_first_login_gets_new_credentials",
                before_first_login,
            ),
            Story::new(
                "a_changed_address_after_it_is_told_to_both",
                after_first_login,
            ),
            Story::new("a_closed_customer_is_gone_from_the_portal", closed),
            Story::new("by_hand_is_a_customer_whose_identity_is_pending", by_hand),
        ],
    )
}

/// An Active customer who has chosen a password and is signed in.
async fn signed_in(usher: &Usher, who: &str) -> Result<(Prospect, Portal, Page)> {
    let prospect = active(usher, who).await?;
    let mails = usher.mailbox()?.to(&prospect.email).await?;
    let temporary = mails
        .first()
        .context("no welcome e-mail")?
        .temporary_password()?;
    let portal = usher.portal()?;
    let page = portal
        .first_sign_in(&prospect.email, &temporary, CHOSEN)
        .await?;
    Ok((prospect, portal, page))
}

async fn active(usher: &Usher, who: &str) -> Result<Prospect> {
    let prospect = usher
        .admin()?
        .create(&NewProspect::individual(&fresh_email(who)))
        .await?;
    usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id).in_ms(-60_000))
        .await?;
    let counts = usher.counts().await?;
    counts
        .all_active_once(std::slice::from_ref(&prospect), LATER)
        .await?;
    Ok(prospect)
}

async fn activity_becomes(usher: &Usher, prospect: &Prospect, due: &str) -> Result<()> {
    let counts = usher.counts().await?;
    until("the customer's activity", LATER, || async {
        let activity: Option<String> =
            sqlx::query_scalar("SELECT activity FROM customers WHERE id = $1")
                .bind(prospect.id)
                .fetch_optional(&counts.pool)
                .await?;
        ensure!(activity.as_deref() == Some(due), "it is {activity:?}");
        Ok(())
    })
    .await
}

async fn login_is(usher: &Usher, prospect: &Prospect, due: Option<bool>) -> Result<()> {
    let counts = usher.counts().await?;
    until("the login", LATER, || async {
        let enabled: Option<bool> =
            sqlx::query_scalar("SELECT enabled FROM logins WHERE customer_id = $1")
                .bind(prospect.id)
                .fetch_optional(&counts.pool)
                .await?;
        ensure!(enabled == due, "it is {enabled:?}");
        Ok(())
    })
    .await
}

fn customer(prospect: &Prospect) -> String {
    format!("/customers/{}", prospect.public_id)
}

async fn late_red(usher: Arc<Usher>) -> Result<()> {
    let (admin, sumsub) = (usher.admin()?, usher.sumsub()?);
    let (prospect, portal, page) = signed_in(&usher, "late").await?;
    ensure!(page.text().contains("DEP-"), "{}", page.text());
    let red = Callback::red(prospect.id, "FINAL").in_ms(-30_000);
    sumsub.deliver(&red).await?;
    activity_becomes(&usher, &prospect, "inactive").await?;

    // The next click is out, and so is a new sign-in: one sentence, a contact, no label and no comment.
    let next = portal.window().get("/").await?;
    ensure!(!next.text().contains("DEP-"), "{}", next.text());
    let again = portal.sign_in(&prospect.email, CHOSEN).await?;
    for words in [
        "FORGERY",
        "clearer photo",
        "fraudulent",
        "rejected",
        "Rejected",
    ] {
        ensure!(
            !again.text().contains(words),
            "\"{words}\": {}",
            again.text()
        );
    }
    ensure!(again.text().contains('@'), "no contact: {}", again.text());
    login_is(&usher, &prospect, Some(false)).await?;

    let overview = admin.window().open("/").await?;
    ensure!(
        overview.text().contains("late decline"),
        "not raised: {}",
        overview.text()
    );
    let page = admin.window().open(&customer(&prospect)).await?;
    ensure!(
        page.text().contains("Rejected") && page.text().contains("Inactive"),
        "{}",
        page.text()
    );

    // A newer GREEN lifts nothing by itself.
    sumsub
        .deliver(&Callback::green(prospect.id).in_ms(-1000))
        .await?;
    until("a Restore on offer", SOON, || async {
        let page = admin.window().open(&customer(&prospect)).await?;
        page.form("Restore").map(drop)
    })
    .await?;
    activity_becomes(&usher, &prospect, "inactive").await?;
    admin
        .act(
            &customer(&prospect),
            "Restore",
            Some(("Reason", "It was a namesake.")),
        )
        .await?;
    activity_becomes(&usher, &prospect, "active").await?;
    login_is(&usher, &prospect, Some(true)).await?;
    let back = portal.sign_in(&prospect.email, CHOSEN).await?.ok()?;
    ensure!(back.text().contains("DEP-"), "{}", back.text());
    Ok(())
}

async fn in_the_middle(usher: Arc<Usher>) -> Result<()> {
    let (admin, sumsub) = (usher.admin()?, usher.sumsub()?);
    let mut prospects = Vec::new();
    for number in 0..12_u64 {
        let prospect = admin
            .create(&NewProspect::individual(&fresh_email("middle")))
            .await?;
        sumsub
            .deliver(&Callback::green(prospect.id).in_ms(-9000))
            .await?;
        // At another moment of provisioning each time.
        tokio::time::sleep(std::time::Duration::from_millis(number * 12)).await;
        sumsub
            .deliver(&Callback::red(prospect.id, "FINAL").in_ms(-1000))
            .await?;
        prospects.push(prospect);
    }
    let counts = usher.counts().await?;
    let ids: Vec<uuid::Uuid> = prospects.iter().map(|prospect| prospect.id).collect();
    until("nobody let in", LATER, || async {
        let (open, working, waiting): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM customers WHERE id = ANY($1) AND activity <> 'inactive'),
                    (SELECT count(*) FROM logins WHERE customer_id = ANY($1) AND enabled),
                    (SELECT count(*) FROM provisioning_steps WHERE customer_id = ANY($1)
                        AND state NOT IN ('done', 'cancelled'))",
        )
        .bind(&ids)
        .fetch_one(&counts.pool)
        .await?;
        ensure!(
            (open, working, waiting) == (0, 0, 0),
            "{open} not inactive, {working} logins that work, {waiting} steps under way; {}",
            counts.waiting().await?
        );
        Ok(())
    })
    .await
}

async fn before_first_login(usher: Arc<Usher>) -> Result<()> {
    let prospect = active(&usher, "before").await?;
    let old = usher.mailbox()?.to(&prospect.email).await?;
    let old = old
        .first()
        .context("no welcome e-mail")?
        .temporary_password()?;
    let address = fresh_email("moved");
    usher
        .admin()?
        .act(
            &customer(&prospect),
            "Change e-mail",
            Some(("Email", &address)),
        )
        .await?;
    let new = until("new credentials at the new address", LATER, || async {
        let mails = usher.mailbox()?.to(&address).await?;
        mails.first().context("no mail yet")?.temporary_password()
    })
    .await?;
    ensure!(
        usher.mailbox()?.to(&prospect.email).await?.len() == 1,
        "the old address was told something"
    );
    let portal = usher.portal()?;
    for (email, password) in [
        (&prospect.email, &old),
        (&address, &old),
        (&prospect.email, &new),
    ] {
        let page = portal.sign_in(email, password).await?;
        ensure!(
            !page.has_button("Save password"),
            "an old way in still works"
        );
    }
    let page = portal.first_sign_in(&address, &new, CHOSEN).await?;
    ensure!(page.text().contains("DEP-"), "{}", page.text());
    Ok(())
}

async fn after_first_login(usher: Arc<Usher>) -> Result<()> {
    let (prospect, portal, _) = signed_in(&usher, "after").await?;
    let address = fresh_email("moved");
    usher
        .admin()?
        .act(
            &customer(&prospect),
            "Change e-mail",
            Some(("Email", &address)),
        )
        .await?;
    until("a notice to both addresses", LATER, || async {
        let (old, new) = (
            usher.mailbox()?.to(&prospect.email).await?.len(),
            usher.mailbox()?.to(&address).await?.len(),
        );
        ensure!((old, new) == (2, 1), "{old} and {new} mails");
        Ok(())
    })
    .await?;
    let page = portal.window().get("/").await?;
    ensure!(
        !page.text().contains("DEP-"),
        "the session goes on: {}",
        page.text()
    );
    let page = portal.sign_in(&address, CHOSEN).await?.ok()?;
    ensure!(page.text().contains("DEP-"), "{}", page.text());
    Ok(())
}

async fn closed(usher: Arc<Usher>) -> Result<()> {
    let (prospect, portal, _) = signed_in(&usher, "closed").await?;
    let admin = usher.admin()?;
    admin
        .act(
            &customer(&prospect),
            "Close",
            Some(("Reason", "Moved to another bank.")),
        )
        .await?;
    let page = portal.window().get("/").await?;
    ensure!(!page.text().contains("DEP-"), "{}", page.text());
    login_is(&usher, &prospect, None).await?;
    let counts = usher.counts().await?;
    until("the account locked in the ledger", LATER, || async {
        let locked: bool =
            sqlx::query_scalar("SELECT status = 'locked' FROM cala_accounts WHERE code = $1")
                .bind(format!("DEP-{}", prospect.public_id))
                .fetch_one(&counts.pool)
                .await?;
        ensure!(locked, "it is open");
        Ok(())
    })
    .await?;
    // The address is free again.
    admin
        .create(&NewProspect::individual(&prospect.email))
        .await?;
    let page = admin.window().open(&customer(&prospect)).await?;
    ensure!(!page.has_button("Deactivate"), "{}", page.text());
    Ok(())
}

async fn by_hand(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email("hand")))
        .await?;
    admin
        .act(
            &format!("/prospects/{}", prospect.public_id),
            "Convert",
            Some(("Reason", "Known to the bank for years.")),
        )
        .await?;
    activity_becomes(&usher, &prospect, "active").await?;
    let page = admin.window().open(&customer(&prospect)).await?;
    for words in ["Not KYCed", "Pending Verification"] {
        ensure!(page.text().contains(words), "{}", page.text());
    }
    let history = admin
        .window()
        .open(&format!("/prospects/{}", prospect.public_id))
        .await?
        .region("History")?;
    ensure!(
        history.contains("Known to the bank for years."),
        "{history}"
    );
    Ok(())
}
