//! Whether the customers' logins can be what Usher makes of them.

use super::{Doctor, clients::claims};

impl Doctor<'_> {
    /// A lock would keep a customer out who has just got a new temporary password.
    pub(super) async fn locks(&self, token: &str) -> Option<String> {
        let claims = claims(token);
        let ourselves = claims["sub"].as_str()?;
        let path = format!(
            "{}/attack-detection/brute-force/users/{ourselves}",
            self.config.customer_realm
        );
        self.admin(token, &path).await.err()
    }

    /// Looks at the first hundred: a login that comes from a directory may be one that Keycloak only reads.
    pub(super) async fn directory(&self, token: &str) -> Option<String> {
        let realm = &self.config.customer_realm;
        let users = match self.admin(token, &format!("{realm}/users?max=100")).await {
            Ok(users) => users,
            Err(problem) => return Some(problem),
        };
        let linked = users.as_array()?.iter();
        let linked: Vec<&str> = linked
            .filter(|user| user["federationLink"].is_string())
            .filter_map(|user| user["id"].as_str())
            .collect();
        let one = linked.first()?;
        let path = format!("{realm}/users/{one}?userProfileMetadata=true");
        let user = match self.admin(token, &path).await {
            Ok(user) => user,
            Err(problem) => return Some(problem),
        };
        let attributes = user["userProfileMetadata"]["attributes"].as_array()?;
        let fixed = attributes
            .iter()
            .any(|attribute| attribute["name"] == "email" && attribute["readOnly"] == true);
        fixed.then(|| {
            format!(
                "some come from a directory (LDAP) that Keycloak may only read, such as the user {one}: Usher can't change or delete \
                 them; let Keycloak write there (the edit mode of its user federation), or keep customers out of that directory"
            )
        })
    }
}
