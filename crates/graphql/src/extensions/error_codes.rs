//! Sees to it that every error has a code and the request's id, and that a query over the limits is not run.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use async_graphql::{
    ErrorExtensionValues, Pos, Request, Response, ServerError, ServerResult, Value,
    extensions::ExtensionContext,
};
use futures::{StreamExt as _, stream::BoxStream};

use super::{empty_selections, query_limits};
use crate::{
    error::{ApiError, Code},
    request::RequestId,
};

/// Sees to the errors of one request.
#[derive(Default)]
pub(super) struct ErrorCodes(Arc<RequestFacts>);

/// What is known of a request once it has been read.
#[derive(Default)]
struct RequestFacts {
    id: OnceLock<String>,
    arguments: OnceLock<HashMap<Pos, String>>,
    /// Set when [`empty_selections`] has added to the query.
    filled: OnceLock<()>,
}

impl ErrorCodes {
    /// The answer with a code for each error, and without what was added to the query.
    pub(super) fn finish(&self, response: Response) -> Response {
        finish(response, &self.0)
    }

    /// The same for each answer of a subscription.
    pub(super) fn finish_each<'s>(
        &self,
        answers: BoxStream<'s, Response>,
    ) -> BoxStream<'s, Response> {
        let facts = Arc::clone(&self.0);
        answers
            .map(move |response| finish(response, &facts))
            .boxed()
    }

    /// The request as it is to be run.
    pub(super) fn prepare(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
    ) -> ServerResult<Request> {
        let id = request
            .data
            .get(&TypeId::of::<RequestId>())
            .and_then(|id| id.downcast_ref::<RequestId>())
            .or_else(|| ctx.data_opt::<RequestId>());
        if let Some(RequestId(id)) = id {
            let _ = self.0.id.set(id.clone());
        }
        if query_limits::holds_nul(&request.query)
            || request
                .variables
                .values()
                .any(query_limits::value_holds_nul)
        {
            let words = "A text holds the character U+0000, which can't be stored.";
            return Err(server_error(ApiError::new(Code::BadUserInput, words)));
        }
        if query_limits::nests_too_deep(&request.query) {
            let words = "The query is nested too deep.";
            return Err(server_error(ApiError::new(Code::QueryTooComplex, words)));
        }
        let document = request
            .parsed_query()
            .map_err(|error| with_code(error, Code::ParseFailed))?;
        if let Some(words) = query_limits::refusal(document) {
            return Err(server_error(ApiError::new(Code::QueryTooComplex, words)));
        }
        let _ = self.0.arguments.set(query_limits::arguments(document));
        if let Some(document) = empty_selections::filled(document) {
            let _ = self.0.filled.set(());
            request.set_parsed_query(document);
        }
        Ok(request)
    }
}

/// What reading the prepared query found. It has been parsed already: what is left are the limits on nesting and directives.
pub(super) fn of_parsing(error: ServerError) -> ServerError {
    with_code(error, Code::QueryTooComplex)
}

/// What validation found.
pub(super) fn of_validation(error: ServerError) -> ServerError {
    let code = match error.message.as_str() {
        "Query is too complex." | "Query is nested too deep." => Code::QueryTooComplex,
        message if is_input(message) => Code::BadUserInput,
        _ => Code::ValidationFailed,
    };
    with_code(error, code)
}

/// Whether it says that a value does not fit its type.
fn is_input(message: &str) -> bool {
    [
        "Invalid value for argument",
        "Failed to parse",
        "Expected input type",
    ]
    .iter()
    .any(|beginning| message.starts_with(beginning))
}

/// The argument that a message of the library's is about: its last name is the field's.
fn field_in(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("for argument \"")?;
    let (path, _) = rest.split_once('"')?;
    path.rsplit('.').next().filter(|name| !name.is_empty())
}

fn has_code(error: &ServerError) -> bool {
    error
        .extensions
        .as_ref()
        .is_some_and(|extensions| extensions.get("code").is_some())
}

fn with_code(error: ServerError, code: Code) -> ServerError {
    let field = field_in(&error.message).map(str::to_owned);
    with_code_for_field(error, code, field)
}

fn with_code_for_field(mut error: ServerError, code: Code, field: Option<String>) -> ServerError {
    if !has_code(&error) {
        let message = error.message.clone();
        let answer = match field {
            Some(field) if code == Code::BadUserInput => ApiError::field(&field, message),
            _ => ApiError::new(code, message),
        };
        answer.extend(
            error
                .extensions
                .get_or_insert_with(ErrorExtensionValues::default),
        );
    }
    error
}

fn server_error(error: ApiError) -> ServerError {
    async_graphql::Error::from(error).into_server_error(Pos::default())
}

/// Codes for what has none yet, and the request's id for all; without what was added to the query.
fn finish(mut response: Response, facts: &RequestFacts) -> Response {
    if facts.filled.get().is_some() {
        empty_selections::take_out(&mut response.data);
    }
    response.errors = std::mem::take(&mut response.errors)
        .into_iter()
        .map(|mut error| {
            if !has_code(&error) {
                error = if is_input(&error.message) {
                    let arguments = facts.arguments.get();
                    let field = error
                        .locations
                        .first()
                        .and_then(|pos| arguments?.get(pos))
                        .cloned();
                    with_code_for_field(error, Code::BadUserInput, field)
                } else if is_about_operation(&error.message) {
                    with_code(error, Code::ValidationFailed)
                } else {
                    // Nothing of ours has said so: it stays inside.
                    let answer = ApiError::internal(&error.message);
                    error.message = answer.message.clone();
                    with_code(error, Code::Internal)
                };
            }
            if let Some(id) = facts.id.get() {
                error
                    .extensions
                    .get_or_insert_with(ErrorExtensionValues::default)
                    .set("requestId", Value::String(id.clone()));
            }
            error
        })
        .collect();
    response
}

/// Whether the request does not say which operation to run, or asks for one that this transport can't carry.
fn is_about_operation(message: &str) -> bool {
    [
        "Unknown operation named",
        "Operation name required",
        "Subscriptions are not supported",
        "Variable ",
    ]
    .iter()
    .any(|beginning| message.starts_with(beginning))
}
