//! What is refused before the library looks at it: it walks fragments wherever they are spread and lists of the
//! introspection for each level, so a few hundred bytes could keep it busy for hours.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Value,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use crate::request::{MAX_NESTING, MAX_SELECTIONS};

/// The lists of the introspection that lead from types to types.
const LEADS_ON: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
/// How many of them may be within each other. The standard query has one.
const MAX_LEADING_ON: u64 = 2;

/// Whether brackets are nested so deep that parsing would be at the stack's expense. The schema refuses such a query unread;
/// a transport that reads it beforehand asks, too.
#[must_use]
pub fn nests_too_deep(query: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = query.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                // A field with arguments, lists in objects: more brackets than levels.
                if depth > MAX_NESTING * 2 {
                    return true;
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => rest = skip_to(rest, b"\n"),
            b'"' if rest.starts_with(b"\"\"") => rest = skip_to(&rest[2..], b"\"\"\""),
            b'"' => rest = skip_string(rest),
            _ => {}
        }
    }
    false
}

fn skip_to<'a>(mut rest: &'a [u8], end: &[u8]) -> &'a [u8] {
    while !rest.is_empty() {
        if end.len() == 3 && rest.starts_with(b"\\\"\"\"") {
            rest = &rest[4..];
        } else if rest.starts_with(end) {
            return &rest[end.len()..];
        } else {
            rest = &rest[1..];
        }
    }
    rest
}

fn skip_string(mut rest: &[u8]) -> &[u8] {
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' | b'\n' => return rest,
            b'\\' => rest = rest.get(1..).unwrap_or_default(),
            _ => {}
        }
    }
    rest
}

/// Whether a text holds the one character that PostgreSQL can't keep. In a query it can only come by an escape.
pub(crate) fn holds_nul(query: &str) -> bool {
    query.contains('\0') || query.contains("\\u0000")
}

/// Whether a variable's value holds that character.
pub(crate) fn value_holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(list) => list.iter().any(value_holds_nul),
        Value::Object(object) => object.values().any(value_holds_nul),
        _ => false,
    }
}

/// Where the arguments' values stand: the library's errors about a value say only where it is.
pub(crate) fn arguments(document: &ExecutableDocument) -> HashMap<Pos, String> {
    let mut found = HashMap::new();
    let mut sets: Vec<&SelectionSet> = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set.node)
        .chain(
            document
                .fragments
                .values()
                .map(|fragment| &fragment.node.selection_set.node),
        )
        .collect();
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    for (name, value) in &field.node.arguments {
                        found.insert(value.pos, name.node.to_string());
                    }
                    sets.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    found
}

/// Why a document is refused, when it is.
pub(crate) fn refusal(document: &ExecutableDocument) -> Option<String> {
    let mut known = HashMap::new();
    for (_, operation) in document.operations.iter() {
        let size = measure(&operation.node.selection_set.node, document, &mut known, 0)?;
        if size.fields > MAX_SELECTIONS {
            return Some(format!(
                "The query names more than {MAX_SELECTIONS} fields."
            ));
        }
        if size.leading_on > MAX_LEADING_ON {
            return Some("The query asks for types of types of types.".to_owned());
        }
    }
    None
}

#[derive(Clone, Copy, Default)]
struct Size {
    fields: u64,
    leading_on: u64,
}

impl Size {
    fn beside(self, other: Size) -> Size {
        Size {
            fields: self.fields.saturating_add(other.fields),
            leading_on: self.leading_on.max(other.leading_on),
        }
    }
}

/// How much a selection is with its fragments; none when they go in circles or too deep, which validation refuses. Each
/// fragment is measured once.
fn measure(
    set: &SelectionSet,
    document: &ExecutableDocument,
    known: &mut HashMap<Name, Option<Size>>,
    depth: usize,
) -> Option<Size> {
    if depth > MAX_NESTING * 4 {
        return None;
    }
    let mut size = Size::default();
    for selection in &set.items {
        let selected = match &selection.node {
            Selection::Field(field) => {
                let within = measure(&field.node.selection_set.node, document, known, depth + 1)?;
                let leads_on = LEADS_ON.contains(&field.node.name.node.as_str());
                Size {
                    fields: within.fields.saturating_add(1),
                    leading_on: within.leading_on + u64::from(leads_on),
                }
            }
            Selection::InlineFragment(inline) => {
                measure(&inline.node.selection_set.node, document, known, depth + 1)?
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                match known.get(name) {
                    Some(measured) => (*measured)?,
                    None => {
                        // While it is being measured it is a circle.
                        known.insert(name.clone(), None);
                        let size = match document.fragments.get(name) {
                            Some(fragment) => measure(
                                &fragment.node.selection_set.node,
                                document,
                                known,
                                depth + 1,
                            )?,
                            None => Size::default(),
                        };
                        known.insert(name.clone(), Some(size));
                        size
                    }
                }
            }
        };
        size = size.beside(selected);
    }
    Some(size)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn a_bomb_of_fragments_is_refused() {
        let mut bomb = String::from("{ ...f0 } ");
        for n in 0..40 {
            bomb.push_str(&format!(
                "fragment f{n} on Query {{ ...f{0} ...f{0} }} ",
                n + 1
            ));
        }
        bomb.push_str("fragment f40 on Query { version }");
        assert!(refusal(&parse_query(bomb).unwrap()).is_some());
        let fine = "{ ...a ...a } fragment a on Query { version }";
        assert!(refusal(&parse_query(fine).unwrap()).is_none());
    }

    #[test]
    fn types_of_types_of_types_are_refused() {
        let fine = "{ __schema { types { fields { type { fields { name } } } } } }";
        assert!(refusal(&parse_query(fine).unwrap()).is_none());
        let deep =
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
        assert!(refusal(&parse_query(deep).unwrap()).is_some());
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert!(nests_too_deep(&"{a".repeat(100)));
        assert!(nests_too_deep(&format!("{{a(b:{}", "[".repeat(100))));
        for fine in ["\"", "\"\"\"", "#"] {
            let end = if fine == "#" { "\n" } else { fine };
            let query = format!("{{ a(b: {fine}{}{end}) }}", "{".repeat(100));
            assert!(!nests_too_deep(&query), "{query}");
        }
    }

    #[test]
    fn a_nul_is_seen_wherever_it_is() {
        assert!(holds_nul(r#"{ a(b: "\u0000") }"#));
        let nested = serde_json::json!({"a": [{"b": "x\u{0}"}]});
        assert!(value_holds_nul(&Value::from_json(nested).unwrap()));
    }
}
