//! The regions about who a customer is and how it was verified.

use ::customer::{
    contact::TelegramHandle,
    customer::{Conversion, Customer},
    primitives::Verification,
    prospect::Prospect,
};

use super::{
    operations::CustomerOperation::{LinkLogin, Record, ResendWelcome},
    record::CustomerRecord,
    tab::Tab,
};
use crate::{
    admin::{
        AdminState,
        operation::Beside,
        records::{
            kyc::Kyc,
            link_mail::Reached,
            operations::RecordOperation::{ChangeEmail, ChangeTelegram, GenerateLink, Refresh},
            regions::Identity,
            why_declined::Attempts,
        },
        words,
    },
    error_page::PageError,
    format::Time,
    layout::Viewer,
};

impl CustomerRecord {
    /// Whether the tab has the region "KYC": also the first, while the identity doesn't stand.
    pub fn shows_kyc(&self) -> bool {
        let stands = self.customer.verification == Verification::Verified;
        self.tab == Tab::Verification || (self.tab == Tab::Overview && !stands)
    }

    /// The region with the link, and whom Sumsub knows.
    pub async fn kyc(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
    ) -> Result<Kyc, PageError> {
        let (onboarding, prospect) = (&state.onboarding, &self.prospect);
        Kyc::of(
            prospect,
            (
                onboarding.link_to_show(prospect, Some(&self.customer)),
                Reached::default(),
            ),
            Attempts::of(prospect, self.is_rejected()),
            onboarding.may_have_link(&viewer.subject),
            onboarding.refresh_trouble(prospect.id.into()).await?,
            &state.config,
            self.offers(
                state,
                viewer,
                beside,
                &[Record(GenerateLink), Record(Refresh)],
            ),
        )
    }

    /// The region with who it is to us.
    pub async fn identity(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
    ) -> Result<Identity, PageError> {
        let customer = &self.customer;
        let telegram = customer.telegram_handle();
        let offered = [
            Record(ChangeEmail),
            Record(ChangeTelegram),
            ResendWelcome,
            LinkLogin,
        ];
        Ok(Identity {
            heading: "Customer",
            id: customer.id.into(),
            public_id: customer.public_id.to_string(),
            customer_type: customer.customer_type,
            telegram: telegram.as_deref().map(TelegramHandle::shown),
            erased: customer.is_erased(),
            conversion: conversion(state, &self.prospect, customer).await?,
            states: vec![
                ("Status", words::activity(customer.activity())),
                ("Verification", words::verification(customer.verification)),
            ],
            level: Some(customer.level.label()),
            since: ("Customer since", Time::of(customer.created_at())),
            offers: self.offers(state, viewer, beside, &offered),
        })
    }
}

/// Why it was converted by hand, and by whom.
async fn conversion(
    state: &AdminState,
    prospect: &Prospect,
    customer: &Customer,
) -> Result<Option<String>, PageError> {
    let Conversion::Hand { operator } = &customer.conversion else {
        return Ok(None);
    };
    let names = state.names([operator]).await?;
    let why = prospect.why_converted_by_hand();
    Ok(Some(format!(
        "by {}, past KYC: {}",
        names.name(operator),
        why.as_deref().unwrap_or("the reason was erased")
    )))
}
