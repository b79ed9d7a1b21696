//! Hears when a verification link is to be mailed: the step `verification_link` of that prospect is wanted.

use customer::ports::{LinkSender, LinkWish};
use es_entity::DbOp;
use uuid::Uuid;

use crate::{queue, steps::VERIFICATION_LINK, transitions::StepEvent};

/// The steps that mail verification links.
pub struct LinkSteps;

#[async_trait::async_trait]
impl LinkSender for LinkSteps {
    async fn wish_in_op(
        &self,
        op: &mut DbOp<'static>,
        prospect: Uuid,
        wish: LinkWish,
    ) -> Result<(), sqlx::Error> {
        let prospect = [prospect];
        let (event, why) = match wish {
            LinkWish::Send => {
                if let Some(template) = queue::template_named(VERIFICATION_LINK) {
                    queue::request(op, &prospect, &template).await?;
                }
                return queue::fall_due(op, &prospect).await;
            }
            LinkWish::Hurry => (StepEvent::RetryNow, None),
            LinkWish::Redo => (StepEvent::Redo, None),
            LinkWish::Withdraw => (StepEvent::Cancel, Some("The prospect was closed.")),
        };
        queue::decide(op, &prospect, VERIFICATION_LINK, event, why).await?;
        queue::fall_due(op, &prospect).await
    }
}
