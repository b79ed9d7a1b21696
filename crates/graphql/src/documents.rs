//! Documents as they were parsed: a program sends the same few again and again, with other variables.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    Request,
    parser::types::{DocumentOperations, ExecutableDocument, OperationType},
};
use hashlink::LruCache;

use crate::extensions::nests_too_deep;

/// So many are kept, those that were asked for last…
const KEPT: usize = 64;
/// …and none whose text is longer, in bytes: parsed it takes some twenty times as much.
const LONGEST: usize = 4096;

/// The documents that were parsed lately, by their text.
pub(crate) struct Documents(Mutex<LruCache<String, Arc<ExecutableDocument>>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Documents {
    /// Parses the request's document, or takes it as it was parsed before; answers what kind of operation the request is. One that
    /// nests too deep, or is no document, stays as it is: the schema refuses it.
    pub(crate) fn read(&self, request: &mut Request) -> OperationType {
        let kind = |document: &ExecutableDocument, name: Option<&str>| {
            let operation = match (&document.operations, name) {
                (DocumentOperations::Single(only), _) => Some(only),
                (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
                (DocumentOperations::Multiple(_), None) => None,
            };
            operation.map_or(OperationType::Query, |operation| operation.node.ty)
        };
        let name = request.operation_name.clone();
        if let Some(known) = self.known(&request.query) {
            request.set_parsed_query(ExecutableDocument::clone(&known));
            return kind(&known, name.as_deref());
        }
        if nests_too_deep(&request.query) {
            return OperationType::Query;
        }
        let Ok(document) = request.parsed_query() else {
            return OperationType::Query;
        };
        let kind = kind(document, name.as_deref());
        let document = document.clone();
        self.keep(&request.query, document);
        kind
    }

    fn known(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(text).cloned()
    }

    fn keep(&self, text: &str, document: ExecutableDocument) {
        if text.len() <= LONGEST {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(text.to_owned(), Arc::new(document));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(documents: &Documents, query: &str, name: Option<&str>) -> OperationType {
        let mut request = Request::new(query);
        request.operation_name = name.map(str::to_owned);
        documents.read(&mut request)
    }

    #[test]
    fn the_operation_that_is_named_counts_each_time() {
        let documents = Documents::default();
        let two = "query A { a } mutation B { b }";
        for _ in 0..2 {
            let kind = |query, name| kind(&documents, query, name);
            assert_eq!(kind(two, Some("A")), OperationType::Query);
            assert_eq!(kind(two, Some("B")), OperationType::Mutation);
            assert_eq!(kind(two, None), OperationType::Query);
            let subscription = kind("subscription { a }", None);
            assert_eq!(subscription, OperationType::Subscription);
            assert_eq!(kind("# mutation\n{ a }", None), OperationType::Query);
            assert_eq!(kind("no GraphQL", None), OperationType::Query);
            assert_eq!(kind(&"{a".repeat(100_000), None), OperationType::Query);
        }
        assert_eq!(documents.0.lock().unwrap().len(), 3);
    }

    #[test]
    fn few_are_kept_and_none_that_is_long() {
        let documents = Documents::default();
        for number in 0..2 * KEPT {
            kind(&documents, &format!("{{ a{number} }}"), None);
        }
        let long = format!("{{ {} }}", "a ".repeat(LONGEST));
        kind(&documents, &long, None);
        let last = format!("{{ a{} }}", 2 * KEPT - 1);
        assert!(documents.known(&last).is_some());
        assert!(documents.known("{ a0 }").is_none() && documents.known(&long).is_none());
        assert_eq!(documents.0.lock().unwrap().len(), KEPT);
    }
}
