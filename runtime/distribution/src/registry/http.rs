//! One exchange with a registry: the request with what proves who we are, redirects, the answer within its bounds.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use reqwest::{Request, Response, Url};
use tokio::time::timeout;

use super::auth::{Auth, TOKEN_MAX};
use super::error::RegistryError;
use super::failure;
use super::options::RegistryOptions;
use super::retry::Retries;
use super::tls::Clients;
use super::upload::Upload;
use crate::reference::Reference;

/// The most redirects that are followed for one request.
const REDIRECTS_MAX: usize = 5;
/// The most that is read of an answer that is an error.
const ERROR_MAX: u64 = 8 << 10;

/// Why a host that a registry names is not asked.
pub(super) const NOT_SECURED: &str =
    "it is not secured with TLS; if that is meant, name its host in SERVO_REGISTRY_PLAIN_HTTP";

/// The client of all registries.
#[derive(Debug)]
pub(super) struct Http {
    pub(super) options: RegistryOptions,
    auth: Auth,
    clients: OnceLock<Clients>,
}

/// What a registry is asked.
#[derive(Clone)]
pub(super) struct Ask<'a> {
    pub(super) reference: &'a Reference,
    pub(super) method: Method,
    pub(super) url: Url,
    /// What the token must allow: `pull`, `pull,push`.
    pub(super) actions: &'static str,
    pub(super) headers: HeaderMap,
    pub(super) body: Body<'a>,
    /// The most that is read of an answer.
    pub(super) max: u64,
    /// What is being done, for errors: `pull oci://…`.
    pub(super) doing: String,
}

/// What is sent.
#[derive(Clone)]
pub(super) enum Body<'a> {
    Bytes(Bytes),
    Upload(&'a Upload<'a>),
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) url: Url,
}

impl Http {
    pub(super) fn new(options: RegistryOptions) -> Result<Self, RegistryError> {
        let auth = Auth::new(options.credentials.clone());
        let http = Self { options, auth, clients: OnceLock::new() };
        // What is wrong with a file is said at once. The platform's authorities take milliseconds to read, and who has
        // everything already asks no registry.
        if http.options.ca_file.is_some() {
            http.clients()?;
        }
        Ok(http)
    }

    /// The URL of something in a repository, such as `tags/list`.
    pub(super) fn url(&self, reference: &Reference, path: &str) -> Result<Url, RegistryError> {
        let scheme = if self.options.is_plain(reference) { "http" } else { "https" };
        // Docker's own registry has another name than its references.
        let host = match reference.registry() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            registry => registry,
        };
        let text = format!("{scheme}://{host}/v2/{}/{path}", reference.repository());
        Url::parse(&text).map_err(|error| RegistryError::Setup { why: format!("`{reference}`: {error}") })
    }

    /// Asks, again when it fails for a passing reason; the whole answer.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, RegistryError> {
        let mut retries = Retries::new(&self.options, 1);
        loop {
            match self.once(ask).await {
                Ok(answer) => return Ok(answer),
                Err(error) => retries.again(error).await?,
            }
        }
    }

    /// Asks once; the whole answer. What it says of a passing reason is an error.
    pub(super) async fn once(&self, ask: &Ask<'_>) -> Result<Answer, RegistryError> {
        let response = self.open(ask).await?;
        self.whole(ask, response, ask.max).await
    }

    /// Asks once; the answer up to its body. What it says of a passing reason is an error.
    pub(super) async fn open(&self, ask: &Ask<'_>) -> Result<Response, RegistryError> {
        let mut proof = self.auth.known(ask);
        let mut asked_again = false;
        loop {
            let (response, is_registry) = self.redirected(ask, proof.as_ref()).await?;
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED && is_registry {
                if asked_again {
                    return Err(self.auth.refused(ask, response.headers()).await);
                }
                asked_again = true;
                proof = Some(self.auth.answer(self, ask, response.headers()).await?);
            } else if is_passing(status) {
                let answer = self.whole(ask, response, ERROR_MAX).await?;
                return Err(answer.error(ask));
            } else {
                return Ok(response);
            }
        }
    }

    /// A token, for [`Auth`].
    pub(super) async fn token(&self, ask: &Ask<'_>, request: Request) -> Result<Answer, RegistryError> {
        let response = self.execute(ask, request).await?;
        let answer = self.whole(ask, response, TOKEN_MAX).await?;
        if is_passing(answer.status) { Err(answer.error(ask)) } else { Ok(answer) }
    }

    /// The next piece of a body.
    pub(super) async fn chunk(
        &self,
        ask: &Ask<'_>,
        response: &mut Response,
    ) -> Result<Option<Bytes>, RegistryError> {
        let stall = self.options.stall;
        let chunk = timeout(stall, response.chunk()).await.map_err(|_| stalled(ask, stall))?;
        chunk.map_err(|error| failure::of_exchange(ask.reference.registry(), &error))
    }

    /// What it means that a body was over before its end.
    pub(super) fn ended(&self, ask: &Ask<'_>) -> RegistryError {
        let why = "the connection was closed in the middle of an answer".to_owned();
        RegistryError::Unreachable { registry: ask.reference.registry().to_owned(), why }
    }

    /// Follows redirects of what only reads. Nothing that proves who we are goes to another origin.
    async fn redirected(
        &self,
        ask: &Ask<'_>,
        proof: Option<&HeaderValue>,
    ) -> Result<(Response, bool), RegistryError> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let is_registry = url.origin() == self.url(ask.reference, "")?.origin();
            let mut request = Request::new(ask.method.clone(), url.clone());
            *request.headers_mut() = ask.headers.clone();
            if let Some(proof) = proof.filter(|_| is_registry) {
                request.headers_mut().insert(header::AUTHORIZATION, proof.clone());
            }
            let response = match &ask.body {
                Body::Bytes(bytes) => {
                    if !bytes.is_empty() || ask.method != Method::GET && ask.method != Method::HEAD {
                        *request.body_mut() = Some(bytes.clone().into());
                    }
                    self.execute(ask, request).await?
                }
                Body::Upload(upload) => {
                    let length = HeaderValue::from(upload.length());
                    request.headers_mut().insert(header::CONTENT_LENGTH, length);
                    *request.body_mut() = Some(upload.body().await?);
                    let exchange = self.client(ask)?.execute(request);
                    let response = upload.watched(exchange, self.options.stall).await;
                    let response = response.ok_or_else(|| stalled(ask, self.options.stall))?;
                    response.map_err(|error| failure::of_exchange(&at(ask, &url), &error))?
                }
            };
            let location = response.headers().get(header::LOCATION);
            let Some(location) = location.filter(|_| response.status().is_redirection()) else {
                return Ok((response, is_registry));
            };
            if ask.method != Method::GET && ask.method != Method::HEAD {
                return Err(redirect(ask, &url, "only what reads may be answered elsewhere"));
            }
            url = next(&self.options, ask, &url, location)?;
        }
        let why = "there are too many redirects";
        Err(redirect(ask, &url, why))
    }

    async fn execute(&self, ask: &Ask<'_>, request: Request) -> Result<Response, RegistryError> {
        let (stall, url) = (self.options.stall, request.url().clone());
        let response = timeout(stall, self.client(ask)?.execute(request)).await;
        let response = response.map_err(|_| stalled(ask, stall))?;
        response.map_err(|error| failure::of_exchange(&at(ask, &url), &error))
    }

    fn client(&self, ask: &Ask<'_>) -> Result<&reqwest::Client, RegistryError> {
        let Clients { direct, proxied } = self.clients()?;
        Ok(if ask.reference.is_loopback() { direct } else { proxied })
    }

    fn clients(&self) -> Result<&Clients, RegistryError> {
        if let Some(clients) = self.clients.get() {
            return Ok(clients);
        }
        let clients = Clients::new(&self.options)?;
        Ok(self.clients.get_or_init(|| clients))
    }

    /// Reads an answer to its end. Of an error only the beginning is read.
    pub(super) async fn whole(
        &self,
        ask: &Ask<'_>,
        mut response: Response,
        max: u64,
    ) -> Result<Answer, RegistryError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let is_error = !status.is_success();
        let max = if is_error { max.min(ERROR_MAX) } else { max };
        let too_large = || RegistryError::TooLarge {
            registry: ask.reference.registry().to_owned(),
            doing: ask.doing.clone(),
            max,
        };
        let url = response.url().clone();
        let mut body = Vec::new();
        // The length that an answer to HEAD names is that of something else.
        if !is_error
            && ask.method != Method::HEAD
            && response.content_length().is_some_and(|length| length > max)
        {
            return Err(too_large());
        }
        while let Some(chunk) = self.chunk(ask, &mut response).await? {
            let room = usize::try_from(max).unwrap_or(usize::MAX) - body.len();
            if chunk.len() > room {
                if !is_error {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk[..room]);
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body, url })
    }
}

impl Answer {
    /// Itself, if it is a success.
    pub(super) fn ok(self, ask: &Ask<'_>) -> Result<Self, RegistryError> {
        if self.status.is_success() { Ok(self) } else { Err(self.error(ask)) }
    }

    /// What it means as an error.
    pub(super) fn error(&self, ask: &Ask<'_>) -> RegistryError {
        failure::of_answer(ask, self.status, &self.headers, &self.body)
    }

    /// A header as text.
    pub(super) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Where a redirect or a link leads, if we go there.
pub(super) fn next(
    options: &RegistryOptions,
    ask: &Ask<'_>,
    from: &Url,
    location: &HeaderValue,
) -> Result<Url, RegistryError> {
    let wrong = |why| redirect(ask, from, why);
    let location = location.to_str().map_err(|_| wrong("that is no URL"))?;
    let to = from.join(location).map_err(|_| wrong("that is no URL"))?;
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(redirect(
            ask,
            &to,
            "it is not secured with TLS; ask the owner to correct its external URL",
        ));
    }
    if !options.may_ask(&to) {
        return Err(redirect(ask, &to, NOT_SECURED));
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(redirect(ask, &to, "there is a login in the URL"));
    }
    Ok(to)
}

/// The registry names something that is not asked.
pub(super) fn redirect(ask: &Ask<'_>, to: &Url, why: &'static str) -> RegistryError {
    // The path and the query of a store of blobs are as good as a password.
    let to = format!("`{}`", to.origin().ascii_serialization());
    RegistryError::Redirect { registry: ask.reference.registry().to_owned(), to, why }
}

/// What cannot be reached: the registry, or where it sends us.
fn at(ask: &Ask<'_>, url: &Url) -> String {
    if url.origin() == ask.url.origin() {
        return ask.reference.registry().to_owned();
    }
    // The path and the query are as good as a password.
    url.origin().ascii_serialization()
}

fn stalled(ask: &Ask<'_>, stall: Duration) -> RegistryError {
    RegistryError::Slow {
        registry: ask.reference.registry().to_owned(),
        doing: ask.doing.clone(),
        why: format!("nothing came or went for {} s; check the network", stall.as_secs()),
    }
}

fn is_passing(status: StatusCode) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => true,
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => false,
        _ => status.is_server_error(),
    }
}

#[cfg(test)]
mod tests;
