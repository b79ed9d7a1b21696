//! The library answers null for an object of which no field is asked for (no fragment fits its type, or all are skipped), also
//! where the schema promises an object. So wherever that can happen a name is asked for that is always there, and taken out of
//! the answer.

use async_graphql::{
    Name, Positioned, Value,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, OperationType, Selection, SelectionSet,
    },
};

/// What the added field is called in the answer.
const PRESENT: &str = "__present";

/// Adds the field to every selection that may come to nothing. None when there is no such selection.
pub(crate) fn filled(document: &ExecutableDocument) -> Option<ExecutableDocument> {
    let mut document = document.clone();
    let mut added = false;
    let operations = match &mut document.operations {
        DocumentOperations::Single(only) => vec![only],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    for operation in operations {
        let set = &mut operation.node.selection_set;
        // A subscription has one field.
        if operation.node.ty == OperationType::Subscription {
            added |= within(set);
        } else {
            added |= add(set);
        }
    }
    for fragment in document.fragments.values_mut() {
        added |= within(&mut fragment.node.selection_set);
    }
    added.then_some(document)
}

fn add(set: &mut Positioned<SelectionSet>) -> bool {
    let mut added = within(set);
    let always = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => field.node.directives.is_empty(),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    };
    let pos = set.pos;
    let items = &mut set.node.items;
    if !items.is_empty() && !items.iter().any(always) {
        let at = |name| Positioned::new(Name::new(name), pos);
        let field = Field {
            alias: Some(at(PRESENT)),
            name: at("__typename"),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet::default(), pos),
        };
        let field = Selection::Field(Positioned::new(field, pos));
        items.push(Positioned::new(field, pos));
        added = true;
    }
    added
}

/// Adds the field in what is nested only; a fragment adds to the selection that spreads it.
fn within(set: &mut Positioned<SelectionSet>) -> bool {
    let mut added = false;
    for selection in &mut set.node.items {
        added |= match &mut selection.node {
            Selection::Field(field) => add(&mut field.node.selection_set),
            Selection::InlineFragment(inline) => within(&mut inline.node.selection_set),
            Selection::FragmentSpread(_) => false,
        };
    }
    added
}

/// Takes the field out of an answer.
pub(crate) fn take_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove(PRESENT);
            fields.values_mut().for_each(take_out);
        }
        Value::List(items) => items.iter_mut().for_each(take_out),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn only_what_may_come_to_nothing_is_added_to() {
        for (query, expected) in [
            ("{ a { b } }", 0),
            ("{ a { b ...F } } fragment F on A { c { d } }", 0),
            ("{ a { ...F } } fragment F on A { c { d } }", 1),
            ("{ a { ... on A { b } } }", 1),
            ("{ a { b @skip(if: true) } }", 1),
            ("{ ... @skip(if: true) { a } }", 1),
            (
                "{ a { c ...F } } fragment F on A { c { ... on D { e } } }",
                1,
            ),
            ("subscription { a { ... on A { b } } }", 1),
            ("subscription { ... on Subscription { a { b } } }", 0),
            (
                "query A { a { ...F } } query B { b { ...F } } fragment F on A { c }",
                2,
            ),
        ] {
            let document = parse_query(query).unwrap();
            let found = filled(&document);
            let count = found.map_or(0, |found| format!("{found:?}").matches(PRESENT).count());
            assert_eq!(count, expected, "{query}");
        }
    }

    #[test]
    fn it_is_take_out_wherever_it_stands() {
        let json = serde_json::json!({"a": [{"__present": "A", "b": 1}, {"__present": "A"}], "__present": "Q"});
        let mut value = Value::from_json(json).unwrap();
        take_out(&mut value);
        assert_eq!(
            value.into_json().unwrap(),
            serde_json::json!({"a": [{"b": 1}, {}]})
        );
    }
}
