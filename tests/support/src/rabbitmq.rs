//! A real RabbitMQ (Debian package `rabbitmq-server`) with its management interface: one broker without queues.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::http::Response;
use crate::program::{Program, Running, installed};
use crate::{free_port, http};

/// How long RabbitMQ may take to be ready: it needs ten seconds alone, and the machine may be busy.
const READY: Duration = Duration::from_secs(240);

/// Not the one on `PATH`, which changes the user and loses the environment.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// `guest:guest` in base64.
const GUEST: (&str, &str) = ("authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=");

/// A running broker; it ends when this is dropped. Its user is `guest` with the password `guest`.
#[derive(Debug)]
pub struct RabbitMq {
    url: String,
    _running: Running,
    /// RabbitMQ would start one that outlives it.
    _names: Running,
    _directory: TempDir,
}

impl RabbitMq {
    /// Starts one and waits until its management interface answers. It renews its numbers every second.
    ///
    /// # Panics
    /// When RabbitMQ is not installed or does not become ready.
    #[must_use]
    #[track_caller]
    pub fn start() -> RabbitMq {
        assert!(
            Path::new(SERVER).is_file(),
            "{SERVER} does not exist: run `apt-get install rabbitmq-server` or `make setup`"
        );
        let directory = tempfile::Builder::new().prefix("servo-test-").tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let (amqp, management, names) = (free_port(), free_port(), free_port().to_string());
        let epmd = Program::new(installed("epmd", "erlang-base"))
            .args(["-address", "127.0.0.1", "-port", &names])
            .timeout(READY)
            .start();
        std::fs::write(at("plugins"), "[rabbitmq_management].").unwrap();
        let configuration = format!(
            "loopback_users = none\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\n\
             collect_statistics_interval = 1000\ndisk_free_limit.absolute = 50MB\n\
             vm_memory_high_watermark.absolute = 512MB\n"
        );
        std::fs::write(at("rabbitmq.conf"), configuration).unwrap();
        let mut running = Program::new(SERVER)
            .directory(directory.path())
            .env("HOME", directory.path())
            .env("RABBITMQ_NODENAME", format!("servo-{amqp}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", amqp.to_string())
            .env("RABBITMQ_DIST_PORT", free_port().to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", &names)
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}")
            .env("RABBITMQ_MNESIA_BASE", at("mnesia"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", at("generated"))
            .env("RABBITMQ_CONF_ENV_FILE", at("none"))
            .timeout(READY)
            .start();
        let url = format!("http://127.0.0.1:{management}");
        let overview = format!("{url}/api/overview");
        running.wait_for("it is ready", |_, _| {
            http::request("GET", &overview, &[GUEST], b"").ok().filter(|answer| answer.status == 200)
        });
        RabbitMq { url, _running: running, _names: epmd, _directory: directory }
    }

    /// The address of the management interface, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks the management interface, for example `("PUT", "/api/queues/%2F/work", "{}")`.
    ///
    /// # Panics
    /// When it does not answer, or answers with an error.
    #[track_caller]
    pub fn api(&self, method: &str, path: &str, body: &str) -> String {
        let url = format!("{}{path}", self.url);
        let answer: Response = http::request(method, &url, &[GUEST], body.as_bytes()).unwrap();
        assert!((200..300).contains(&answer.status), "{method} {url}: {} {}", answer.status, answer.text());
        answer.text()
    }

    /// Puts so many messages into a queue.
    ///
    /// # Panics
    /// When RabbitMQ does not take one.
    #[track_caller]
    pub fn publish(&self, queue: &str, messages: usize) {
        let body = format!(
            "{{\"properties\": {{}}, \"routing_key\": \"{queue}\", \"payload\": \"x\", \"payload_encoding\": \"string\"}}"
        );
        for _ in 0..messages {
            let routed = self.api("POST", "/api/exchanges/%2F/amq.default/publish", &body);
            assert!(routed.contains("true"), "{routed}");
        }
    }
}

#[cfg(test)]
mod tests;
