//! HTTP for language libraries: `wasi:http/outgoing-handler`, by the same way out as `servo:connector/http`.
//!
//! The exchange is complete before the guest sees its response, so that the limits of the call hold for it too, and
//! ends with the call. Of the request options, the connect timeout is not looked at: connecting is part of the time to
//! the first byte.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderName;
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::HttpResult;
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttp, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};

use crate::bindings::imported::log::Level;
use crate::egress::{EgressError, HEADERS_MAX, Kind, Times, is_forbidden};
use crate::state::{Scope, State};
use crate::tenant::Tenant;

/// The most of a body that waits in the host for its request, twice: the guest may hold many bodies.
const CHUNK: usize = 16 << 10;

/// What guests import; those of another 0.2 get the same.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

/// Makes `wasi:http` known to the linker.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    types::add_to_linker::<_, WasiHttp>(linker, &(&options).into(), State::http)?;
    linker.instance(HANDLER)?.func_wrap("handle", |mut store, (request, options)| {
        let mut http = StoreContextMut::<State>::data_mut(&mut store).sending();
        match handle(&mut http, request, options) {
            Ok(response) => Ok((Ok(response),)),
            Err(error) => Ok((Err(types::Host::convert_error_code(&mut http, error)?),)),
        }
    })
}

/// The engine's own handler looks at the options and leaves them in the table, one for each request.
fn handle(
    http: &mut WasiHttpCtxView<'_>,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<RequestOptions>>,
) -> HttpResult<Resource<HostFutureIncomingResponse>> {
    let spent = options.as_ref().map(|options| Resource::<RequestOptions>::new_own(options.rep()));
    let handled = outgoing_handler::Host::handle(http, request, options);
    if let Some(spent) = spent {
        http.table.delete(spent)?;
    }
    handled
}

/// Sends the requests of one store.
pub(crate) struct Hooks {
    tenant: Arc<Tenant>,
    deadline: Instant,
    call: CancellationToken,
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = wasmtime_wasi_http::Result<(http::Response<WasiBody>, Io)>;

impl Hooks {
    pub(crate) fn new(tenant: Arc<Tenant>) -> Self {
        Self { tenant, deadline: Instant::now(), call: CancellationToken::new() }
    }

    /// What is sent from now on belongs to this call.
    pub(crate) fn belong(&mut self, scope: &Scope) {
        self.deadline = scope.deadline;
        self.call = scope.asker.stop().clone();
    }
}

impl WasiHttpHooks for Hooks {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(forbidden)
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let (tenant, call) = (Arc::clone(&self.tenant), self.call.clone());
        let RequestOptions { first_byte_timeout, between_bytes_timeout, .. } = options.unwrap_or_default();
        let end = self.deadline;
        let head = first_byte_timeout.map_or(end, |timeout| end.min(Instant::now() + timeout));
        let times = Times { head, gap: between_bytes_timeout, end };
        Box::new(async move {
            let result = tokio::select! {
                biased;
                () = call.cancelled() => Err(EgressError::new(Kind::Ended, "the call ended before the response came")),
                result = exchange(&tenant, request, times) => result,
            };
            let response = result.map_err(|error| refuse(&tenant, &error))?;
            Ok((response, Box::new(async { Ok(()) }) as Io))
        })
    }
}

/// The length belongs to the guest as long as it writes the body: it is held to what it said.
fn forbidden(name: &HeaderName) -> bool {
    is_forbidden(name) && name != http::header::CONTENT_LENGTH
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
    times: Times,
) -> Result<http::Response<WasiBody>, EgressError> {
    let (mut parts, body) = request.into_parts();
    // The body is complete before it is sent, and has the length that it has.
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let request = http::Request::from_parts(parts, collect(tenant, body));
    let response = tenant.egress.send(request, times).await?;
    let mut answer = http::Response::new(());
    *answer.status_mut() = response.status();
    answer.headers_mut().clone_from(response.headers());
    let bytes = response.body().await?;
    tenant.egress.hold(bytes.len())?;
    let body = Full::new(Bytes::from_owner(Kept { bytes, tenant: Arc::clone(tenant) }));
    Ok(answer.map(|()| body.map_err(|never| match never {}).boxed_unsync()))
}

/// The whole body as the guest writes it.
async fn collect(tenant: &Tenant, mut body: WasiBody) -> Result<Bytes, EgressError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            EgressError::new(Kind::Body, format!("the body of the request did not come to its end: {error}"))
        })?;
        let Ok(data) = frame.into_data() else {
            return Err(EgressError::new(
                Kind::Trailers,
                "trailers of a request cannot be sent; leave them out",
            ));
        };
        tenant.egress.charge(data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// The guest gets a code, the operator the text: as a warning where it is for the operator to do something.
fn refuse(tenant: &Tenant, error: &EgressError) -> Error {
    let level = match error.kind {
        Kind::Denied | Kind::Prohibited | Kind::Limit | Kind::Sent | Kind::Received => Level::Warning,
        _ => Level::Debug,
    };
    tenant.log.write(level, &format!("wasi:http: {error}"));
    let limit = Some(tenant.limits.http_bytes);
    match error.kind {
        Kind::Denied => Error::HttpRequestDenied,
        Kind::Prohibited => Error::DestinationIpProhibited,
        Kind::Url => Error::HttpRequestUriInvalid,
        Kind::Method => Error::HttpRequestMethodInvalid,
        Kind::Header => Error::HttpRequestHeaderSize { field_name: None, field_size: None },
        Kind::HeaderSize => Error::HttpRequestHeaderSectionSize(u32::try_from(HEADERS_MAX).ok()),
        Kind::Body | Kind::Protocol => Error::HttpProtocolError,
        Kind::Trailers => Error::HttpRequestTrailerSectionSize(Some(0)),
        Kind::Unresolved => Error::DnsError { rcode: None, info_code: None },
        Kind::Unreachable => Error::ConnectionRefused,
        Kind::Untrusted => Error::TlsCertificateError,
        Kind::TimedOut => Error::ConnectionReadTimeout,
        Kind::Limit => Error::ConnectionLimitReached,
        Kind::Sent => Error::HttpRequestBodySize(limit),
        Kind::Received => Error::HttpResponseBodySize(limit),
        Kind::ResponseHeaders => Error::HttpResponseHeaderSectionSize(u32::try_from(HEADERS_MAX).ok()),
        Kind::Incomplete => Error::HttpResponseIncomplete,
        Kind::Ended => Error::ConnectionTerminated,
    }
}

#[cfg(test)]
mod tests;
