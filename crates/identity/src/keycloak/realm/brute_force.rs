//! Keycloak's brute force detection: it keeps a user out for a while after too many failed sign-ins.

use serde_json::Value;
use uuid::Uuid;

use super::{CallError, Realm, users::gone_is_fine};

impl Realm {
    /// Whether Keycloak keeps the user out for a while after failed sign-ins.
    pub(in crate::keycloak) async fn is_locked(&self, id: Uuid) -> Result<bool, CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        let status = self
            .call(|| admin.attack_detection_brute_force_users_with_user_id_get(&id))
            .await?;
        Ok(status
            .get("disabled")
            .is_some_and(|disabled| disabled == &Value::Bool(true)))
    }

    /// Forgets the user's failed sign-ins, and the lock that came of them.
    pub(in crate::keycloak) async fn unlock(&self, id: Uuid) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        gone_is_fine(
            self.call(|| admin.attack_detection_brute_force_users_with_user_id_delete(&id))
                .await
                .map(drop),
        )
    }
}
