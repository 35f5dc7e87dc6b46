//! A real etcd (Debian packages `etcd-server` and `etcd-client`): one member or several, plain or with TLS and users,
//! and what can happen to them.

use std::path::PathBuf;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

use rustix::process::Signal;

use crate::program::{Program, Running, installed};
use crate::{eventually, free_port};

/// How long etcd may take to be healthy: it needs a second, and the machine may be busy.
const READY: Duration = Duration::from_secs(60);
/// How long a member may run.
const LIFE: Duration = Duration::from_secs(900);

/// A running etcd with an empty store; it ends when this is dropped.
#[derive(Debug)]
pub struct Etcd {
    secure: Option<Security>,
    members: Vec<Member>,
    flags: Vec<String>,
    directory: TempDir,
}

#[derive(Debug)]
struct Member {
    name: String,
    url: String,
    peer: String,
    running: Option<Running>,
}

/// What a client of an etcd with TLS and users needs. Files in PEM.
#[derive(Clone, Debug)]
pub struct Security {
    /// The authority that vouches for members and clients.
    pub ca: PathBuf,
    /// The certificate of the user `root`, and of members.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The name of the user that may do everything.
    pub user: &'static str,
    /// Its password.
    pub password: &'static str,
}

impl Etcd {
    /// Starts one member and waits until it is healthy.
    ///
    /// # Panics
    /// When etcd is not installed or does not become healthy.
    #[must_use]
    #[track_caller]
    pub fn start() -> Etcd {
        Etcd::launch(1, false, &[])
    }

    /// Starts one member with more flags.
    ///
    /// # Panics
    /// As [`Etcd::start`].
    #[must_use]
    #[track_caller]
    pub fn with_flags(flags: &[&str]) -> Etcd {
        Etcd::launch(1, false, flags)
    }

    /// Starts three members with mutual TLS and users.
    ///
    /// # Panics
    /// As [`Etcd::start`].
    #[must_use]
    #[track_caller]
    pub fn secure_cluster() -> Etcd {
        Etcd::launch(
            3,
            true,
            &["--auth-token-ttl", "5", "--heartbeat-interval", "100", "--election-timeout", "1000"],
        )
    }

    #[track_caller]
    fn launch(members: usize, secure: bool, flags: &[&str]) -> Etcd {
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        let secure = secure.then(|| Security::new(directory.path().to_owned()));
        let scheme = if secure.is_some() { "https" } else { "http" };
        let address = || format!("{scheme}://127.0.0.1:{}", free_port());
        let member = |number: usize| {
            let (url, peer) = (address(), address());
            Member { name: format!("n{}", number + 1), url, peer, running: None }
        };
        let members = (0..members).map(member).collect();
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut etcd = Etcd { secure, members, flags, directory };
        for number in 0..etcd.members.len() {
            etcd.run(number, "new");
        }
        etcd.healthy();
        if let Some(Security { user, password, .. }) = etcd.secure {
            etcd.ctl(["role", "add", "root"]);
            etcd.ctl(["user", "add", &format!("{user}:{password}")]);
            etcd.ctl(["user", "grant-role", user, "root"]);
            etcd.ctl(["auth", "enable"]);
        }
        etcd
    }

    /// The address for clients of the first member, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.members[0].url
    }

    /// The addresses for clients of all members.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.members.iter().map(|member| member.url.clone()).collect()
    }

    /// What clients need, when it has TLS and users.
    #[must_use]
    pub fn security(&self) -> Option<&Security> {
        self.secure.as_ref()
    }

    /// The member that leads.
    ///
    /// # Panics
    /// When none does in time.
    #[must_use]
    #[track_caller]
    pub fn leader(&self) -> usize {
        eventually(READY, "a leader of etcd", || {
            self.running().find(|number| {
                let finished = self
                    .try_ctl(&self.members[*number].url, &["endpoint", "status", "--write-out", "fields"]);
                let field = |name: &str| {
                    let line = finished.lines().find(|line| line.starts_with(&format!("\"{name}\" : ")))?;
                    line.rsplit(' ').next().map(str::to_owned)
                };
                field("Leader").is_some_and(|leader| leader != "0" && field("MemberID") == Some(leader))
            })
        })
    }

    /// Kills a member at once.
    pub fn kill(&mut self, number: usize) {
        if let Some(running) = self.members[number].running.take() {
            running.signal(Signal::KILL);
            drop(running.wait());
        }
    }

    /// Stops a member without ending it.
    pub fn freeze(&self, number: usize) {
        self.signal(number, Signal::STOP);
    }

    /// Lets a member that was frozen go on.
    pub fn thaw(&self, number: usize) {
        self.signal(number, Signal::CONT);
    }

    /// Starts a member that was killed, with what it had stored or with nothing.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn restart(&mut self, number: usize, keep: bool) {
        if !keep {
            std::fs::remove_dir_all(self.directory.path().join(&self.members[number].name)).unwrap();
        }
        self.run(number, if keep { "existing" } else { "new" });
    }

    /// Waits until it does what it is asked for.
    ///
    /// # Panics
    /// When it does not in time.
    #[track_caller]
    pub fn healthy(&self) {
        eventually(READY, "etcd to be healthy", || {
            let healthy = self.try_ctl(&self.endpoints(), &["get", "is-it-healthy", "--write-out", "json"]);
            healthy.contains("\"revision\"").then_some(())
        });
    }

    /// Runs `etcdctl` against it and returns what it printed.
    ///
    /// # Panics
    /// When it is not installed or fails.
    #[track_caller]
    pub fn ctl<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        self.program(&self.endpoints(), &arguments).run().expect(0).stdout
    }

    /// Writes bytes to a key.
    ///
    /// # Panics
    /// When etcd does not take them.
    #[track_caller]
    pub fn put(&self, key: &str, value: &[u8]) {
        let empty: &[&str] = if value.is_empty() { &[""] } else { &[] };
        self.program(&self.endpoints(), &[&["put", key], empty].concat()).stdin(value).run().expect(0);
    }

    /// What `etcdctl watch` with these arguments prints until `end` is in it.
    ///
    /// # Panics
    /// When that does not come in time.
    #[track_caller]
    pub fn watch_until(&self, arguments: &[&str], end: &str) -> String {
        let arguments = [&["watch"], arguments].concat();
        let mut running = self.program(&self.endpoints(), &arguments).start();
        running.wait_for(end, |stdout, _| stdout.contains(end).then(|| stdout.to_owned()))
    }

    fn try_ctl(&self, endpoints: &str, arguments: &[&str]) -> String {
        self.program(endpoints, arguments).run().stdout
    }

    fn program(&self, endpoints: &str, arguments: &[&str]) -> Program {
        let program = Program::new(installed("etcdctl", "etcd-client")).env("ETCDCTL_API", "3");
        let program =
            program.args(["--dial-timeout", "5s", "--command-timeout", "10s", "--endpoints", endpoints]);
        let program = match &self.secure {
            // The name in the certificate is that of the user.
            Some(Security { ca, certificate, key, .. }) => {
                program.arg("--cacert").arg(ca).arg("--cert").arg(certificate).arg("--key").arg(key)
            }
            None => program,
        };
        program.args(arguments)
    }

    fn endpoints(&self) -> String {
        let urls: Vec<String> = self.running().map(|number| self.members[number].url.clone()).collect();
        urls.join(",")
    }

    fn running(&self) -> impl Iterator<Item = usize> {
        (0..self.members.len()).filter(|number| self.members[*number].running.is_some())
    }

    fn signal(&self, number: usize, signal: Signal) {
        if let Some(running) = &self.members[number].running {
            running.signal(signal);
        }
    }

    #[track_caller]
    fn run(&mut self, number: usize, state: &str) {
        let path = installed("etcd", "etcd-server");
        let cluster: Vec<String> =
            self.members.iter().map(|member| format!("{}={}", member.name, member.peer)).collect();
        let Member { name, url, peer, .. } = &self.members[number];
        let mut program = Program::new(path)
            .args(["--name", name, "--logger", "zap", "--log-level", "warn"])
            .arg("--data-dir")
            .arg(self.directory.path().join(name))
            .args(["--listen-client-urls", url, "--advertise-client-urls", url])
            .args(["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer])
            .args(["--initial-cluster", &cluster.join(","), "--initial-cluster-state", state])
            .args(&self.flags)
            .timeout(LIFE);
        if let Some(Security { ca, certificate, key, .. }) = &self.secure {
            for (file, flags) in [
                (certificate, ["--cert-file", "--peer-cert-file"]),
                (key, ["--key-file", "--peer-key-file"]),
                (ca, ["--trusted-ca-file", "--peer-trusted-ca-file"]),
            ] {
                program = program.arg(flags[0]).arg(file).arg(flags[1]).arg(file);
            }
            program = program.args(["--client-cert-auth", "--peer-client-cert-auth"]);
        }
        self.members[number].running = Some(program.start());
    }
}

impl Security {
    /// Files for servers on this machine, in this directory.
    ///
    /// # Panics
    /// When they cannot be written.
    #[must_use]
    pub fn new(directory: PathBuf) -> Security {
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "test authority");
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let mut root = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
        root.distinguished_name.push(DnType::CommonName, "root");
        let key = KeyPair::generate().unwrap();
        let certificate = root.signed_by(&key, &ca).unwrap();
        let file = |name: &str, text: String| {
            let path = directory.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        Security {
            ca: file("ca.pem", ca.pem()),
            certificate: file("root.pem", certificate.pem()),
            key: file("root.key", key.serialize_pem()),
            user: "root",
            password: "root-password",
        }
    }
}

#[cfg(test)]
mod tests;
