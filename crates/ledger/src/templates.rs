//! The postings as the ledger's transaction templates.

use cala_ledger::{
    CalaLedger,
    tx_template::{
        NewParamDefinition, NewTxTemplate, NewTxTemplateEntry, NewTxTemplateTransaction,
        ParamDataType,
    },
};
use es_entity::AtomicOperation;

use crate::{
    LedgerError, ids,
    posting::{Layer, Leg, Posting, Side},
};

/// Makes what is missing; a template that stands is left as it is.
pub(crate) async fn ensure(
    ledger: &CalaLedger,
    op: &mut impl AtomicOperation,
) -> Result<(), LedgerError> {
    for posting in Posting::ALL {
        let template = template(posting)?;
        let stored = ledger.tx_templates().ensure_in_op(op, template).await?;
        if stored.into_inner().id() != ids::template(posting) {
            return Err(LedgerError::Ledger(format!(
                "another template holds the code {}: this ledger was not made by usher",
                posting.code()
            )));
        }
    }
    Ok(())
}

fn template(posting: Posting) -> Result<NewTxTemplate, LedgerError> {
    let params = [
        ("account", ParamDataType::Uuid),
        ("amount", ParamDataType::Decimal),
        ("document", ParamDataType::String),
    ]
    .into_iter()
    .map(|(name, kind)| {
        NewParamDefinition::builder()
            .name(name)
            .r#type(kind)
            .build()
            .map_err(not_cel)
    })
    .collect::<Result<_, _>>()?;
    let transaction = NewTxTemplateTransaction::builder()
        .effective("date()")
        .journal_id(uuid(ids::journal()))
        .correlation_id("params.document")
        .build()
        .map_err(not_cel)?;
    let mut entries = Vec::new();
    for leg in posting.legs() {
        entries.push(entry(posting, *leg, "DEBIT", leg.debit)?);
        entries.push(entry(posting, *leg, "CREDIT", leg.credit)?);
    }
    Ok(NewTxTemplate::builder()
        .id(ids::template(posting))
        .code(posting.code())
        .description(posting.label())
        .params(params)
        .transaction(transaction)
        .entries(entries)
        .build())
}

fn entry(
    posting: Posting,
    leg: Leg,
    direction: &str,
    side: Side,
) -> Result<NewTxTemplateEntry, LedgerError> {
    let layer = match leg.layer {
        Layer::Settled => "SETTLED",
        Layer::Pending => "PENDING",
    };
    let account = match side {
        Side::Account => "params.account".to_owned(),
        Side::Omnibus => uuid(ids::omnibus()),
    };
    NewTxTemplateEntry::builder()
        .entry_type(format!("'{}_{layer}_{direction}'", posting.code()))
        .account_id(account)
        .layer(layer)
        .direction(direction)
        .units("params.amount")
        .currency("'USD'")
        .build()
        .map_err(not_cel)
}

fn uuid(id: impl std::fmt::Display) -> String {
    format!("uuid('{id}')")
}

fn not_cel(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Ledger(format!("a posting's template: {error}"))
}
