//! Approved, signed in at the portal, and then found out: out at once, here and at Keycloak.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{Callback, keycloak, until, wait::LATER};

use super::{
    people::{DISABLED, NEUTRAL, asks_who_it_is},
    scene::{KeycloakScene, says, says_nothing_of, shows_the_account},
};

const CHOSEN: &str = "twelve swans on the pond";

pub async fn late_red(scene: Arc<KeycloakScene>) -> Result<()> {
    let (customer, portal) = scene.customer_inside("late-red", CHOSEN).await?;
    shows_the_account(&portal.open("/").await?, &customer)?;
    let counts = scene.usher.counts().await?;
    let alone = scene.conversions.write().await;
    let mut provisioning_held_up = counts.pool.begin().await?;
    sqlx::query("LOCK TABLE provisioning_steps IN SHARE MODE")
        .execute(&mut *provisioning_held_up)
        .await?;
    let red = Callback::red(customer.id, "FINAL").in_ms(-30_000);
    scene.usher.sumsub()?.deliver(&red).await?;
    scene.activity_becomes(&customer, "inactive").await?;

    // Keycloak has not heard of it yet, and the next click is out all the same: a contact, no reason.
    let next = portal.get("/").await?.expect(403)?;
    says(&next, NEUTRAL)?;
    says(&next, "@")?;
    for words in ["DEP-", "FORGERY", "clearer photo", "fraudulent", "ejected"] {
        says_nothing_of(&next, words)?;
    }
    provisioning_held_up.rollback().await?;
    drop(alone);
    let realm = &scene.realms.customers;
    until("the login switched off in Keycloak", LATER, || async {
        let login = realm.user_with(&customer.email).await?;
        ensure!(login["enabled"] == false, "{login}");
        Ok(())
    })
    .await?;
    // The session there has ended, too: it asks who comes, and has its own word for this one.
    until("nobody signed in at Keycloak", LATER, || {
        asks_who_it_is(&portal)
    })
    .await?;
    let refused = keycloak::sign_in(&portal, &customer.email, CHOSEN).await?;
    says(&refused, DISABLED)?;
    says_nothing_of(&portal.get("/").await?, "DEP-")
}
