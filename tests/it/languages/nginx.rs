//! A real nginx with its status page.

use std::time::Duration;

use servo_test_support::{Program, Running, World, eventually, free_port, http, installed};

use super::world;

/// The connector that measures it.
pub(super) const CONNECTOR: &str = "c/nginx-status/nginx-status.wasm";

/// A configuration that measures the page at `url`.
pub(super) fn configuration(url: &str) -> String {
    format!("connectors: {{web: {{component: ./connector.wasm}}}}\nweb: {{url: '{url}', interval: 250ms}}\n")
}

/// An nginx that serves one page and its status, and writes down what it is asked for.
pub(crate) struct Nginx {
    pub(crate) url: String,
    running: Running,
    /// Where it runs, with the connector and a configuration.
    pub(crate) world: World,
}

impl Nginx {
    pub(crate) fn start() -> Nginx {
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let world = world(CONNECTOR, &configuration(&format!("{url}/status")));
        let directory = world.path("");
        let at = |name: &str| directory.join(name).display().to_string();
        world.file("html/index.html", "hello\n");
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {};", at(name)))
            .join(" ");
        let config = format!(
            "daemon off; master_process off; pid {}; events {{worker_connections 64;}}\n\
             http {{ {paths} log_format path $uri; access_log {} path;\n\
             server {{ listen 127.0.0.1:{port}; root {};\n\
             location = /status {{ stub_status; add_header x-repeated $http_authorization; }}\n\
             location = /closed {{ stub_status; deny all; }} }} }}\n",
            at("pid"),
            at("access"),
            at("html")
        );
        let config = world.file("nginx.conf", config);
        let running = Program::new(installed("nginx", "nginx-light"))
            .args(["-p", &at(""), "-e", &at("error"), "-c", &config.display().to_string()])
            .timeout(Duration::from_secs(60))
            .start();
        eventually(Duration::from_secs(30), "nginx to answer", || http::get(&url).ok());
        Nginx { url, running, world }
    }

    /// Ends it; its world stays.
    pub(crate) fn stop(self) -> World {
        drop(self.running);
        self.world
    }

    /// What nginx says itself: requests since it started.
    pub(super) fn requests(&self) -> f64 {
        let page = http::get(&format!("{}/status", self.url)).unwrap().text();
        let counters = page.lines().nth(2).unwrap().split_whitespace();
        counters.last().unwrap().parse().unwrap()
    }

    /// How often its status was asked for.
    pub(super) fn looks(&self) -> usize {
        let log = std::fs::read_to_string(self.world.path("access")).unwrap_or_default();
        log.lines().filter(|line| *line == "/status").count()
    }
}
