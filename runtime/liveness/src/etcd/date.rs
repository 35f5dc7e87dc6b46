//! How far the clock of a member is from ours. The API of etcd has no clock, but the answers to plain HTTP requests
//! that members take on the same port carry a date, to the second.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Tls;

/// The most of an answer that is read.
const MOST: u64 = 16 << 10;

/// How far a member's clock is ahead of ours, in seconds; negative when it is behind. It lies between these two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockDifference {
    /// The least that it can be.
    pub least: f64,
    /// The most that it can be.
    pub most: f64,
}

impl ClockDifference {
    /// How far the two are apart at least, whoever is ahead; 0 when they may be the same.
    pub fn certain(self) -> f64 {
        self.least.max(-self.most).max(0.0)
    }

    /// From a date to the second and when it was asked for and came, in seconds since 1970.
    fn new(date: f64, asked: f64, came: f64) -> Self {
        Self { least: date - came, most: date + 1.0 - asked }
    }
}

/// Asks the member at `endpoint`; why it cannot be told otherwise.
pub(super) async fn clock_difference(
    endpoint: &str,
    tls: &Tls,
    within: Duration,
) -> Result<ClockDifference, String> {
    let asked = timeout(within, ask(endpoint, tls)).await;
    asked.map_err(|_| format!("no answer within {within:?}"))?
}

async fn ask(endpoint: &str, tls: &Tls) -> Result<ClockDifference, String> {
    let (secure, rest) = match endpoint.split_once("://") {
        Some((scheme, rest)) => (scheme == "https", rest),
        None => (false, endpoint),
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(text)?),
        _ => (authority, if secure { 443 } else { 80 }),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await.map_err(text)?;
    if !secure {
        return exchange(stream, authority).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(text)?;
    let connector = TlsConnector::from(Arc::new(config(tls)?));
    exchange(connector.connect(name, stream).await.map_err(text)?, authority).await
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    authority: &str,
) -> Result<ClockDifference, String> {
    let asked = now();
    let request = format!("GET /version HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(text)?;
    let (mut answer, mut came) = (Vec::new(), None);
    let mut limited = stream.take(MOST);
    loop {
        let length = limited.read_buf(&mut answer).await.map_err(text)?;
        let came = *came.get_or_insert_with(now);
        if let Some(date) = date(&answer) {
            return Ok(ClockDifference::new(date?, asked, came));
        }
        if length == 0 {
            return Err("its answer has no date".into());
        }
    }
}

/// The date in the header of an answer, once the header is there.
fn date(answer: &[u8]) -> Option<Result<f64, String>> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let header = String::from_utf8_lossy(&answer[..end]);
    let mut fields = header.lines().filter_map(|line| line.split_once(':'));
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case("date"));
    let date = field.map(|(_, value)| value.trim()).ok_or_else(|| "its answer has no date".to_owned());
    Some(date.and_then(|date| {
        let date = httpdate::parse_http_date(date).map_err(|error| format!("`{date}`: {error}"))?;
        Ok(since_1970(date))
    }))
}

fn config(Tls { ca, identity }: &Tls) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(text)?;
    let builder = match ca {
        Some(pem) => {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate.map_err(text)?).map_err(text)?;
            }
            builder.with_root_certificates(roots)
        }
        None => builder.with_platform_verifier().map_err(text)?,
    };
    let Some((chain, key)) = identity else { return Ok(builder.with_no_client_auth()) };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let key = PrivateKeyDer::from_pem_slice(key).map_err(text)?;
    builder.with_client_auth_cert(chain.map_err(text)?, key).map_err(text)
}

fn now() -> f64 {
    since_1970(SystemTime::now())
}

fn since_1970(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        for (answer, read) in [
            ("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:01:40 GMT\r\n", None),
            ("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:01:40 GMT\r\n\r\n{}", Some(Ok(100.0))),
            ("HTTP/1.1 200 OK\r\nserver: x\r\n\r\n", Some(Err(()))),
            ("HTTP/1.1 200 OK\r\ndate: yesterday\r\n\r\n", Some(Err(()))),
        ] {
            assert_eq!(date(answer.as_bytes()).map(|date| date.map_err(drop)), read, "{answer}");
        }
    }

    #[test]
    fn a_difference_is_no_more_certain_than_the_date() {
        for (date, asked, came, certain) in [
            (100.0, 100.2, 100.4, 0.0),
            (100.0, 100.9, 101.5, 0.0),
            (103.0, 100.25, 100.5, 2.5),
            (90.0, 100.25, 100.5, 9.25),
        ] {
            let difference = ClockDifference::new(date, asked, came);
            assert_eq!(difference.certain(), certain, "{difference:?}");
        }
    }
}
