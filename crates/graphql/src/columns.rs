//! Fields that wait for nothing: what they answer was read with the object that they are of.
//!
//! The library makes a future on the heap for each field, and puts it among those that are under way at the same time. For a
//! list whose fields are all columns that is most of the work, so [`Listed`] answers such a node's fields one after the other.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection},
    registry::Registry,
};

use crate::{customers::Customer, prospects::Prospect};

/// An object that stands in lists, some of whose fields wait for nothing.
pub(crate) trait Columns: ContainerType {
    /// The names of those, which take no arguments.
    const COLUMNS: &'static [&'static str];
}

impl Columns for Prospect {
    const COLUMNS: &'static [&'static str] = &[
        "prospectId",
        "publicId",
        "email",
        "customerType",
        "stage",
        "status",
        "kycStatus",
        "createdAt",
    ];
}

impl Columns for Customer {
    const COLUMNS: &'static [&'static str] = &[
        "customerId",
        "publicId",
        "email",
        "customerType",
        "level",
        "status",
        "activityStatus",
        "verificationStatus",
        "createdAt",
    ];
}

/// The fields that wait for nothing, by their type. They are looked up without leave: see `extensions/concurrency.rs`.
const COLUMNS: [(&str, &[&str]); 5] = [
    ("Prospect", Prospect::COLUMNS),
    ("Customer", Customer::COLUMNS),
    (
        "DepositAccount",
        &[
            "depositAccountId",
            "publicId",
            "customerId",
            "balance",
            "createdAt",
        ],
    ),
    ("DepositAccountBalance", &["settled", "pending"]),
    (
        "PageInfo",
        &["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"],
    ),
];

/// Whether this field of this type waits for nothing. What is within it may.
pub(crate) fn is_column(parent_type: &str, field: &str) -> bool {
    // What a page has of itself.
    if parent_type.ends_with("Connection") {
        return ["nodes", "edges", "pageInfo"].contains(&field);
    }
    if parent_type.ends_with("Edge") {
        return ["node", "cursor"].contains(&field);
    }
    COLUMNS
        .iter()
        .find(|(of, _)| *of == parent_type)
        .is_some_and(|(_, columns)| columns.contains(&field))
}

/// A node of a list.
pub(crate) struct Listed<T>(pub(crate) T);

impl<T: Columns> Listed<T> {
    /// The selected fields, if each of them is a column; none as well when there are none.
    fn only_columns<'a>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
        let items = &ctx.item.node.items;
        let column = |selection: &'a Positioned<Selection>| match &selection.node {
            Selection::Field(field)
                if field.node.directives.is_empty()
                    && T::COLUMNS.contains(&field.node.name.node.as_str()) =>
            {
                Some(field)
            }
            _ => None,
        };
        let fields: Option<Vec<_>> = items.iter().map(column).collect();
        fields.filter(|fields| !fields.is_empty())
    }
}

impl<T: Columns> OutputType for Listed<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let Some(columns) = Self::only_columns(ctx) else {
            return self.0.resolve(ctx, field).await;
        };
        let mut object: IndexMap<Name, Value> = IndexMap::with_capacity(columns.len());
        for column in columns {
            let ctx = ctx.with_field(column);
            match self.0.resolve_field(&ctx).await {
                Ok(value) => {
                    let name = column.node.response_key().node.clone();
                    object.entry(name).or_insert(value.unwrap_or_default());
                }
                Err(error) => ctx.add_error(error),
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field that is renamed would be looked up the slow way, and nobody would notice.
    #[test]
    fn each_is_in_the_schema_and_takes_no_arguments() {
        let sdl = crate::sdl();
        for (of, columns) in COLUMNS {
            let of = format!("type {of} {{");
            let begin = sdl.find(&of).unwrap_or_else(|| panic!("no {of}"));
            let end = begin + sdl[begin..].find("\n}").unwrap();
            for column in columns {
                let field = format!("\n\t{column}: ");
                assert!(sdl[begin..end].contains(&field), "{of} {column}");
            }
        }
    }
}
