//! HTTP for language libraries: `wasi:http/outgoing-handler`, by the same way out as `servo:connector/http`.
//!
//! The exchange is complete before the guest sees its response, so that the limits of the call hold for it too.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::egress::EgressError;
use crate::tenant::Tenant;

/// Sends the requests of one store.
pub(crate) struct Hooks {
    tenant: Arc<Tenant>,
    deadline: Instant,
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = wasmtime_wasi_http::Result<(http::Response<WasiBody>, Io)>;

impl Hooks {
    pub(crate) fn new(tenant: Arc<Tenant>) -> Self {
        Self { tenant, deadline: Instant::now() }
    }

    /// A new call begins.
    pub(crate) fn begin(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let tenant = Arc::clone(&self.tenant);
        let first_byte = options.and_then(|options| options.first_byte_timeout);
        let deadline =
            first_byte.map_or(self.deadline, |timeout| self.deadline.min(Instant::now() + timeout));
        Box::new(async move {
            let response = exchange(&tenant, request, deadline).await.map_err(|error| {
                tracing::debug!(connector = &*tenant.alias, "wasi:http: {error}");
                code(&error)
            })?;
            Ok((response, Box::new(async { Ok(()) }) as Io))
        })
    }
}

/// An answer that the guest has not dropped.
struct Kept {
    bytes: Vec<u8>,
    tenant: Arc<Tenant>,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.tenant.egress.release(self.bytes.len());
    }
}

async fn exchange(
    tenant: &Arc<Tenant>,
    request: http::Request<WasiBody>,
    deadline: Instant,
) -> Result<http::Response<WasiBody>, EgressError> {
    let (mut parts, mut body) = request.into_parts();
    // The host sets these from the URL and the body.
    parts.headers.remove(http::header::HOST);
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let body = async move {
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| EgressError::Invalid(format!("the body ended: {error:?}")))?;
            if let Ok(data) = frame.into_data() {
                tenant.egress.charge(data.len())?;
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.freeze())
    };
    let response = tenant.egress.send(http::Request::from_parts(parts, body), deadline).await?;
    let mut answer = http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        headers.clone_from(response.headers());
    }
    let bytes = response.body().await?;
    tenant.egress.hold(bytes.len())?;
    let body = Full::new(Bytes::from_owner(Kept { bytes, tenant: Arc::clone(tenant) }));
    let body = body.map_err(|never| match never {}).boxed_unsync();
    answer.body(body).map_err(|error| EgressError::Protocol(error.to_string()))
}

fn code(error: &EgressError) -> Error {
    match error {
        EgressError::Denied(_) => Error::HttpRequestDenied,
        EgressError::Prohibited(_) => Error::DestinationIpProhibited,
        EgressError::Invalid(_) => Error::HttpRequestUriInvalid,
        EgressError::Unreachable(_) => Error::ConnectionRefused,
        EgressError::TimedOut(_) => Error::ConnectionReadTimeout,
        EgressError::Limit(_) => Error::ConnectionLimitReached,
        EgressError::Protocol(_) => Error::HttpProtocolError,
    }
}
