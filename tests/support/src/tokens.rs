//! The server that gives the tokens which a registry asks for: signed as Docker's token authentication has it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, DnType, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::registry::Registry;
use crate::{Reply, Scripted, Seen, Server as _};

/// How much longer than it says a registry accepts a token: `Leeway` in its source.
const LEEWAY: Duration = Duration::from_secs(60);

/// A running server; it stops when this is dropped. It gives a token for whatever is asked to
/// [`Registry::USER`] with [`Registry::PASSWORD`], and to nobody else.
#[derive(Debug)]
pub struct Tokens {
    url: String,
    signer: Arc<Signer>,
    server: Scripted,
}

#[derive(Debug)]
struct Signer {
    key: EcdsaKeyPair,
    certificate: String,
    chain: String,
    given: AtomicU64,
    /// How long tokens are valid, and how long they say that they are.
    valid: Mutex<(Duration, Duration)>,
    /// Whether they allow to read only, whatever is asked for.
    read_only: AtomicBool,
}

impl Tokens {
    /// Starts one.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub(crate) fn start() -> Tokens {
        let pair = KeyPair::generate().unwrap();
        let mut subject = CertificateParams::new(vec!["tokens.test".into()]).unwrap();
        subject.distinguished_name.push(DnType::CommonName, "test tokens");
        let certificate = subject.self_signed(&pair).unwrap();
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair.serialize_der(), &random);
        let hour = Duration::from_secs(3600);
        let signer = Arc::new(Signer {
            key: key.unwrap(),
            certificate: certificate.pem(),
            chain: STANDARD.encode(certificate.der()),
            given: AtomicU64::new(0),
            valid: Mutex::new((hour, hour)),
            read_only: AtomicBool::new(false),
        });
        let shared = Arc::clone(&signer);
        let server = Scripted::start(move |request| shared.answer(request));
        Tokens { url: format!("{}/token", server.url()), signer, server }
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on, registries accept its tokens for so long, whatever `said` the tokens' holder is told.
    ///
    /// # Panics
    /// When another thread panicked with it.
    pub fn valid_for(&self, real: Duration, said: Duration) {
        *self.signer.valid.lock().unwrap() = (real, said);
    }

    /// From now on, its tokens allow to read only.
    pub fn allow_reading_only(&self) {
        self.signer.read_only.store(true, Ordering::SeqCst);
    }

    /// How many tokens it gave.
    #[must_use]
    pub fn given(&self) -> u64 {
        self.signer.given.load(Ordering::SeqCst)
    }

    /// What it was asked.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// A token for this scope, such as `repository:name:pull,push`.
    ///
    /// # Panics
    /// When it cannot be signed.
    #[must_use]
    pub fn token(&self, scope: &str, valid: Duration) -> String {
        self.signer.token(&[scope], valid)
    }

    /// What registries need to know its tokens, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.signer.certificate
    }
}

impl Signer {
    fn answer(&self, request: &Seen) -> Reply {
        let login = STANDARD.encode(format!("{}:{}", Registry::USER, Registry::PASSWORD));
        let query = request.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let form = request.text();
        let fields = if request.method == "POST" { form.as_str() } else { query };
        let scopes: Vec<String> =
            fields.split('&').filter_map(|field| field.strip_prefix("scope=")).map(plain).collect();
        let basic = request.header("authorization") == Some(&format!("Basic {login}"));
        let identity =
            fields.split('&').any(|field| field == format!("refresh_token={}", Registry::PASSWORD));
        if !basic && !identity {
            return Reply::json(401, r#"{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}"#);
        }
        self.given.fetch_add(1, Ordering::SeqCst);
        let (real, said) = *self.valid.lock().unwrap();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let token = self.token(&scopes, real);
        Reply::json(200, format!(r#"{{"token":"{token}","expires_in":{}}}"#, said.as_secs()))
    }

    fn token(&self, scopes: &[&str], valid: Duration) -> String {
        let access: Vec<String> = scopes
            .iter()
            .filter_map(|scope| {
                let (kind, rest) = scope.split_once(':')?;
                let (name, actions) = rest.rsplit_once(':')?;
                let read_only = self.read_only.load(Ordering::SeqCst);
                let actions = if read_only { "pull".to_owned() } else { actions.replace(',', "\",\"") };
                Some(format!(r#"{{"type":"{kind}","name":"{name}","actions":["{actions}"]}}"#))
            })
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let end = (now + valid).saturating_sub(LEEWAY).as_secs();
        let head = format!(r#"{{"typ":"JWT","alg":"ES256","x5c":["{}"]}}"#, self.chain);
        let claims = format!(
            r#"{{"iss":"test","sub":"{}","aud":"test","exp":{end},"nbf":{},"iat":{},"jti":"{}","access":[{}]}}"#,
            Registry::USER,
            now.as_secs() - 120,
            now.as_secs() - 120,
            now.as_nanos(),
            access.join(",")
        );
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A value of a query as it was meant.
fn plain(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let code = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, after.get(..2).and_then(code)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
