//! What a connector instance may do.

mod endpoint;
mod signature;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::names::{display_path, suggest};
use crate::node::Node;
use crate::origin::Origin;
use crate::problem::{Problem, Problems};
use crate::suggest::nearest;

use signature::RawHmac;

pub use endpoint::{AddressRange, Endpoint, EndpointError};

/// Events that no connector dispatches.
const SERVOS_OWN: [&str; 3] = ["startup", "shutdown", "command"];

/// What a connector instance may do; nothing else is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// HTTP origins it may call.
    pub http: Vec<HttpGrant>,
    /// TCP peers it may connect to.
    pub tcp: Vec<TcpGrant>,
    /// Events it may dispatch.
    pub dispatch: Vec<DispatchGrant>,
    /// HTTP origins it may put load on.
    pub load: Vec<LoadGrant>,
    /// Where it was granted to keep keys and values in the state directory, if it was.
    pub state: Option<Origin>,
    /// Whether it may ask which services are up, or also change that.
    pub liveness: Option<LivenessGrant>,
}

/// What a connector may do with services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivenessGrant {
    /// How far it goes.
    pub access: Access,
    /// Where it was granted.
    pub origin: Origin,
}

/// How far a grant goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Access {
    /// Asking.
    Read,
    /// Asking and changing.
    Write,
}

/// An HTTP origin, and what the host adds to requests for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    /// The origin.
    pub to: Endpoint,
    /// What proves who servo is.
    pub credential: Option<Credential>,
    /// Headers whose values stand in files.
    pub header_files: IndexMap<String, PathBuf>,
    /// The header with the signature of the body, and the file with the key.
    pub signature: Option<(String, PathBuf)>,
    /// The header that tells the origin which leader of servo asks.
    pub term_header: Option<String>,
    /// Link-local and metadata addresses that the origin may resolve to.
    pub addresses: Vec<AddressRange>,
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The certificate that servo shows, and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Where it was granted.
    pub origin: Origin,
}

/// A credential that the host puts on the wire; the guest never sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer …` with the token in this file.
    BearerFile(PathBuf),
    /// `Authorization: Basic …`.
    Basic {
        /// User name.
        username: String,
        /// File with the password.
        password_file: PathBuf,
    },
}

/// A TCP peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpGrant {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Where it was granted.
    pub origin: Origin,
}

/// An event that may be dispatched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchGrant {
    /// Its name.
    pub event: String,
    /// Where it was granted.
    pub origin: Origin,
}

/// An HTTP origin that load may be put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadGrant {
    /// The origin.
    pub to: Endpoint,
    /// The header that tells the origin which leader of servo asks.
    pub term_header: Option<String>,
    /// Link-local and metadata addresses that the origin may resolve to.
    pub addresses: Vec<AddressRange>,
    /// Where it was granted.
    pub origin: Origin,
}

/// What a connector instance may do; nothing else is allowed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Grants")]
pub(crate) struct RawGrants {
    /// HTTP origins it may call.
    #[schemars(extend("examples" = [["https://prometheus.internal:9090"]]))]
    http: Vec<Lenient<RawHttp>>,
    /// TCP peers it may connect to, as `host:port`.
    #[schemars(extend("examples" = [["redis.internal:6379"]]))]
    tcp: Vec<Lenient<String>>,
    /// Events it may dispatch.
    #[schemars(extend("examples" = [["metrics"]]))]
    dispatch: Vec<Lenient<String>>,
    /// HTTP origins it may put load on.
    #[schemars(extend("examples" = [["http://app.internal:8080"]]))]
    load: Vec<Lenient<RawLoad>>,
    /// Whether it may keep keys and values in the state directory, up to the limit `state`.
    state: bool,
    /// Whether it may ask which services are up (`read`), or also register and set down (`write`).
    liveness: Option<Lenient<Access>>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RawHttp {
    Plain(String),
    Table(Box<RawHttpTable>),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HttpGrant")]
struct RawHttpTable {
    /// The origin: scheme, host and port.
    to: String,
    /// File with a bearer token that the host adds.
    bearer_token_file: Option<PathBuf>,
    /// User name and password file that the host adds.
    basic: Option<RawBasic>,
    /// Headers that the host adds, each with the file that holds its value.
    #[serde(default)]
    header_files: IndexMap<String, PathBuf>,
    /// A signature of the body that the host adds, so that the origin knows who sent it.
    hmac_sha256: Option<RawHmac>,
    /// A header that the host adds with the number of the leadership (`liveness.leader`), which grows from leader to
    /// leader: the origin can refuse a smaller one than it has seen.
    term_header: Option<String>,
    /// PEM file with the authorities that the origin's certificate comes from, instead of the system's.
    ca_file: Option<PathBuf>,
    /// PEM file with the certificate that the host shows, and its chain; `client_key_file` has its key.
    client_certificate_file: Option<PathBuf>,
    /// PEM file with the private key of `client_certificate_file`.
    client_key_file: Option<PathBuf>,
    /// Link-local and metadata addresses that the origin may resolve to, for instance `169.254.169.254`.
    #[serde(default)]
    addresses: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BasicCredential")]
struct RawBasic {
    /// User name.
    username: String,
    /// File with the password.
    password_file: PathBuf,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum RawLoad {
    Plain(String),
    Table(RawLoadTable),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LoadGrant")]
struct RawLoadTable {
    /// The origin: scheme, host and port.
    to: String,
    /// A header that the host adds with the number of the leadership, as in a grant of HTTP.
    term_header: Option<String>,
    /// Link-local and metadata addresses that the origin may resolve to.
    #[serde(default)]
    addresses: Vec<String>,
}

impl Access {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl RawGrants {
    /// Types every entry; `node` is the same value with its places, `path` leads to it.
    /// What is dispatched must be among `events`, where they are known.
    pub(crate) fn resolve(
        self,
        node: &Node,
        path: &[&str],
        events: Option<&[&str]>,
        problems: &mut Problems,
    ) -> Grants {
        let mut reader = Reader { node, path, problems };
        let http = entries(self.http).filter_map(|(at, raw)| reader.http(at, raw)).collect();
        let tcp = entries(self.tcp).filter_map(|(at, raw)| reader.tcp(at, &raw)).collect();
        let load = entries(self.load).filter_map(|(at, raw)| reader.load(at, raw)).collect();
        let dispatch =
            entries(self.dispatch).filter_map(|(at, event)| reader.event(at, event, events)).collect();
        let state = self.state.then(|| node.get(["state"]).unwrap_or(node).origin.clone());
        let liveness = self.liveness.and_then(|access| access.0).map(|access| LivenessGrant {
            access,
            origin: node.get(["liveness"]).unwrap_or(node).origin.clone(),
        });
        Grants { http, tcp, dispatch, load, state, liveness }
    }
}

/// An entry of a list that is left out when its form is wrong, which the schema reports, so that the others
/// are still looked at.
#[derive(Debug, Clone)]
struct Lenient<T>(Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Lenient(serde_json::from_value(value).ok()))
    }
}

impl<T: JsonSchema> JsonSchema for Lenient<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The entries that have the right form, with their place in the list.
fn entries<T>(list: Vec<Lenient<T>>) -> impl Iterator<Item = (usize, T)> {
    list.into_iter().enumerate().filter_map(|(at, entry)| entry.0.map(|entry| (at, entry)))
}

struct Reader<'a> {
    node: &'a Node,
    path: &'a [&'a str],
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn http(&mut self, at: usize, raw: RawHttp) -> Option<HttpGrant> {
        let table = match raw {
            RawHttp::Table(table) => *table,
            RawHttp::Plain(to) => RawHttpTable {
                to,
                bearer_token_file: None,
                basic: None,
                header_files: IndexMap::new(),
                hmac_sha256: None,
                term_header: None,
                ca_file: None,
                client_certificate_file: None,
                client_key_file: None,
                addresses: Vec::new(),
            },
        };
        let origin = self.origin("http", at);
        let folder = folder(&origin);
        let credential = match (table.bearer_token_file, table.basic) {
            (Some(_), Some(_)) => {
                let message = "a grant takes `bearer_token_file` or `basic`, not both";
                self.problem("http", at, message.to_owned(), "keep one of the two");
                return None;
            }
            (Some(file), None) => Some(Credential::BearerFile(folder.join(file))),
            (None, Some(basic)) => Some(Credential::Basic {
                username: basic.username,
                password_file: folder.join(basic.password_file),
            }),
            (None, None) => None,
        };
        let to = self.endpoint("http", at, &table.to)?;
        let ca_file = table.ca_file.map(|file| folder.join(file));
        let client_certificate = match (table.client_certificate_file, table.client_key_file) {
            (Some(certificate), Some(key)) => Some((folder.join(certificate), folder.join(key))),
            (None, None) => None,
            _ => {
                let message = "`client_certificate_file` and `client_key_file` belong together";
                self.problem("http", at, message.to_owned(), "give both, or none of them");
                return None;
            }
        };
        if to.scheme != "https" && (ca_file.is_some() || client_certificate.is_some()) {
            let message = "certificates mean nothing without https".to_owned();
            self.problem("http", at, message, "write https in `to`, or remove the files");
            return None;
        }
        let header_files =
            table.header_files.into_iter().map(|(name, file)| (name, folder.join(file))).collect();
        let signature = table.hmac_sha256.map(|raw| (raw.header, folder.join(raw.key_file)));
        let addresses = self.addresses("http", at, &table.addresses)?;
        let term_header = table.term_header;
        Some(HttpGrant {
            to,
            credential,
            header_files,
            signature,
            term_header,
            addresses,
            ca_file,
            client_certificate,
            origin,
        })
    }

    fn load(&mut self, at: usize, raw: RawLoad) -> Option<LoadGrant> {
        let table = match raw {
            RawLoad::Table(table) => table,
            RawLoad::Plain(to) => RawLoadTable { to, term_header: None, addresses: Vec::new() },
        };
        let to = self.endpoint("load", at, &table.to)?;
        let addresses = self.addresses("load", at, &table.addresses)?;
        let term_header = table.term_header;
        Some(LoadGrant { to, term_header, addresses, origin: self.origin("load", at) })
    }

    fn tcp(&mut self, at: usize, text: &str) -> Option<TcpGrant> {
        match endpoint::host_port(text) {
            Ok((host, Some(port))) => Some(TcpGrant { host, port, origin: self.origin("tcp", at) }),
            Ok((_, None)) | Err(_) => {
                let message = format!("`{text}` is not a TCP peer");
                self.problem("tcp", at, message, "write host:port, for example redis.internal:6379");
                None
            }
        }
    }

    fn event(&mut self, at: usize, name: String, known: Option<&[&str]>) -> Option<DispatchGrant> {
        let known = known.filter(|known| !known.contains(&name.as_str())).unwrap_or_default();
        // Which events connectors define is known when they run; one that is nearly a standard one is a mistake.
        let near = nearest(&name, known.iter().copied());
        let defined = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        let plausible = near.is_none() && !SERVOS_OWN.contains(&name.as_str()) && name.bytes().all(defined);
        if known.is_empty() || plausible {
            return Some(DispatchGrant { event: name, origin: self.origin("dispatch", at) });
        }
        let hint = suggest(&name, known).unwrap_or_default();
        self.problem("dispatch", at, format!("`{name}` is no event that can be dispatched"), &hint);
        None
    }

    fn endpoint(&mut self, list: &str, at: usize, text: &str) -> Option<Endpoint> {
        match Endpoint::parse_granted(text) {
            Ok(endpoint) => Some(endpoint),
            Err(error) => {
                self.problem(
                    list,
                    at,
                    error.to_string(),
                    "write scheme, host and port, for example https://prom.internal:9090",
                );
                None
            }
        }
    }

    fn addresses(&mut self, list: &str, at: usize, texts: &[String]) -> Option<Vec<AddressRange>> {
        let mut ranges = Vec::new();
        for text in texts {
            let Some(range) = AddressRange::parse(text) else {
                let message = format!("`{text}` is not an IP address or range");
                self.problem(list, at, message, "write for example 169.254.169.254 or 10.0.0.0/8");
                return None;
            };
            ranges.push(range);
        }
        Some(ranges)
    }

    fn origin(&self, list: &str, at: usize) -> Origin {
        let index = at.to_string();
        self.node
            .get([list, index.as_str()])
            .map_or_else(|| self.node.origin.clone(), |node| node.origin.clone())
    }

    fn problem(&mut self, list: &str, at: usize, message: String, hint: &str) {
        let index = at.to_string();
        let path = display_path(self.path.iter().copied().chain([list, index.as_str()]));
        self.problems.push(Problem::new(self.origin(list, at), path, message).with_hint(hint));
    }
}

/// The folder that relative file names in a value start from.
pub(crate) fn folder(origin: &Origin) -> &Path {
    match origin {
        Origin::File(place) => place.source.folder(),
        Origin::Flag(_) | Origin::Env(_) | Origin::DotEnv(_) | Origin::Default => Path::new(""),
    }
}

#[cfg(test)]
mod tests;
