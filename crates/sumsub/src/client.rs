use reqwest::Method;
use url::Url;

use crate::{
    SumsubConfig, SumsubError,
    applicant::{Applicant, Review},
    fields::Fields,
    request::{ApplicantType, Link, LinkBody, LinkRequest, TestCompleted},
    transport::{Transport, malformed},
};

/// Sumsub's REST API. Cheap to clone; clones share connections.
///
/// 429, 5xx, time-outs and broken connections are tried again with growing, jittered pauses, within
/// [`SumsubConfig::tries`] and [`SumsubConfig::deadline`]; any other error is final.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) transport: Transport,
}

impl Client {
    /// Prepares a client; connects to nothing yet.
    ///
    /// # Errors
    /// [`SumsubError::Config`] when the base URL or a secret cannot be used.
    pub fn new(config: SumsubConfig) -> Result<Self, SumsubError> {
        Transport::new(config).map(|transport| Self { transport })
    }

    /// The same for who asks again by itself, later: a call is tried once.
    #[must_use]
    pub fn once(self) -> Self {
        Self {
            transport: self.transport.once(),
        }
    }

    /// Whether the token is one of Sumsub's sandbox: nothing it verifies is real.
    pub fn is_sandbox(&self) -> bool {
        self.transport.is_sandbox()
    }

    /// Makes a verification link (`POST /resources/sdkIntegrations/levels/-/websdkLink`).
    ///
    /// # Errors
    /// As every call; an unknown level is [`SumsubError::Rejected`]. Nothing needs undoing after any of them.
    pub async fn create_link(&self, request: &LinkRequest) -> Result<Link, SumsubError> {
        const CALL: &str = "create the verification link";
        let answer = self
            .transport
            .call(
                CALL,
                Method::POST,
                "/resources/sdkIntegrations/levels/-/websdkLink",
                Some(&LinkBody::from(request)),
            )
            .await?;
        let url = read(CALL, &answer)?
            .text("url")
            .and_then(|url| Url::parse(&url).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| malformed(CALL, "it holds no link"))?;
        Ok(Link { url })
    }

    /// The applicant with our id (`GET /resources/applicants/-;externalUserId={id}/one`), if there is one.
    ///
    /// # Errors
    /// As every call; that there is none is no error.
    pub async fn applicant_by_external_id(
        &self,
        external_user_id: &str,
    ) -> Result<Option<Applicant>, SumsubError> {
        self.one(&format!("-;externalUserId={}", encoded(external_user_id)))
            .await
    }

    /// The applicant with Sumsub's id (`GET /resources/applicants/{id}/one`), if there is one: a company's beneficial
    /// owners are known by it only.
    ///
    /// # Errors
    /// As every call; that there is none is no error.
    pub async fn applicant(&self, applicant_id: &str) -> Result<Option<Applicant>, SumsubError> {
        self.one(&encoded(applicant_id)).await
    }

    async fn one(&self, selector: &str) -> Result<Option<Applicant>, SumsubError> {
        const CALL: &str = "look up the applicant";
        let path = format!("/resources/applicants/{selector}/one");
        let answer = self
            .transport
            .call(CALL, Method::GET, &path, None::<&()>)
            .await;
        let answer = match answer {
            // Any server has a 404; only Sumsub's names the request.
            Err(SumsubError::Rejected {
                status: 404,
                correlation_id: Some(_),
                ..
            }) => return Ok(None),
            answer => answer?,
        };
        Applicant::read(&read(CALL, &answer)?)
            .map(Some)
            .ok_or_else(|| malformed(CALL, "the applicant has no id"))
    }

    /// How an applicant's review stands (`GET /resources/applicants/{id}/status`).
    ///
    /// # Errors
    /// As every call; an unknown applicant is [`SumsubError::Rejected`] with status 404.
    pub async fn review_status(&self, applicant_id: &str) -> Result<Review, SumsubError> {
        const CALL: &str = "tell how the review stands";
        let path = format!("/resources/applicants/{}/status", encoded(applicant_id));
        let answer = self
            .transport
            .call(CALL, Method::GET, &path, None::<&()>)
            .await?;
        Ok(Review::read(&read(CALL, &answer)?))
    }

    /// Makes an applicant before the person opens a link (`POST /resources/applicants?levelName=…`); answers
    /// Sumsub's id.
    ///
    /// # Errors
    /// As every call; when there is one with this id already, [`SumsubError::Rejected`] with status 409.
    pub async fn create_applicant(
        &self,
        level_name: &str,
        external_user_id: &str,
        type_: ApplicantType,
    ) -> Result<String, SumsubError> {
        const CALL: &str = "create the applicant";
        let path = format!("/resources/applicants?levelName={}", encoded(level_name));
        let body = serde_json::json!({"externalUserId": external_user_id, "type": type_});
        let answer = self
            .transport
            .call(CALL, Method::POST, &path, Some(&body))
            .await?;
        read(CALL, &answer)?
            .text("id")
            .ok_or_else(|| malformed(CALL, "the applicant has no id"))
    }

    /// Ends a review as one likes (`POST /resources/applicants/{id}/status/testCompleted`); in the sandbox only.
    ///
    /// # Errors
    /// As every call; outside the sandbox [`SumsubError::Rejected`].
    pub async fn test_completed(
        &self,
        applicant_id: &str,
        result: &TestCompleted,
    ) -> Result<(), SumsubError> {
        let path = format!(
            "/resources/applicants/{}/status/testCompleted",
            encoded(applicant_id)
        );
        self.transport
            .call(
                "finish the review in the sandbox",
                Method::POST,
                &path,
                Some(result),
            )
            .await
            .map(drop)
    }
}

fn read<'a>(call: &'static str, answer: &'a [u8]) -> Result<Fields<'a>, SumsubError> {
    Fields::parse(answer).map_err(|_| malformed(call, "it is not a JSON object"))
}

/// Percent-encoded, so that an id can neither leave its segment nor add a matrix or query parameter.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
