//! Synthetic services: known truth, plausible shapes, mixed settings, one of them pinned.
//!
//! Each is written as a service might behave (saturation, contention, thresholds, interactions), not as a
//! textbook function, and none shares its shape with the tuner's kernel.
#![allow(unreachable_pub, dead_code, reason = "shared by an example and a test that use different parts")]
#![allow(clippy::expect_used, reason = "a report, not a service")]

use servo_optimizer::{Domain, Setting, Settings, Space, Value};

/// True means of the metrics at some settings.
pub type Truth = Vec<(&'static str, f64)>;

/// A service with a known truth.
#[derive(Clone)]
pub struct Function {
    pub name: &'static str,
    pub settings: Vec<Setting>,
    pub goal: &'static str,
    pub constraints: &'static [&'static str],
    /// Unit of each metric.
    pub units: &'static [(&'static str, &'static str)],
    /// Deviation of the logarithm of a measured mean.
    pub noise: f64,
    pub truth: fn(&Settings) -> Truth,
}

impl Function {
    pub fn space(&self) -> Space {
        Space::new(self.settings.clone()).expect("the spaces below are valid")
    }
}

/// Every function the claims are checked on.
pub fn all() -> Vec<Function> {
    vec![service(), queue(), cost(), cache(), database(), runtime(), pipeline(), flat(), starved()]
}

fn integer(name: &str, min: f64, max: f64, value: i64) -> Setting {
    setting(name, Domain::range(min, max, None, true), Value::Integer(value))
}

fn real(name: &str, min: f64, max: f64, step: Option<f64>, value: f64) -> Setting {
    setting(name, Domain::range(min, max, step, false), Value::Number(value))
}

fn choice(name: &str, values: &[&str], value: &str) -> Setting {
    let values = values.iter().map(|v| Value::Text((*v).to_owned())).collect();
    setting(name, Domain::Enum(values), Value::Text(value.to_owned()))
}

fn switch(name: &str, value: bool) -> Setting {
    setting(name, Domain::Enum(vec![Value::Bool(false), Value::Bool(true)]), Value::Bool(value))
}

fn pinned(name: &str) -> Setting {
    Setting { pinned: true, ..integer(name, 1.0, 64.0, 8) }
}

fn setting(name: &str, domain: Domain, value: Value) -> Setting {
    Setting { component: "app".to_owned(), name: name.to_owned(), domain, value, pinned: false }
}

fn number(settings: &Settings, name: &str) -> f64 {
    settings.get(&format!("app.{name}")).and_then(Value::as_number).unwrap_or(f64::NAN)
}

fn is(settings: &Settings, name: &str, wanted: &str) -> bool {
    settings.get(&format!("app.{name}")).is_some_and(|v| v.to_string() == wanted)
}

/// 1 at `best`, falling with the distance on a logarithmic axis; `width` in factors of e.
fn hill(value: f64, best: f64, width: f64) -> f64 {
    (-0.5 * ((value.max(1e-9) / best).ln() / width).powi(2)).exp()
}

/// Documents compressed and served: 25 times from the poor defaults to the best.
pub fn service() -> Function {
    fn truth(s: &Settings) -> Truth {
        let (workers, level) = (number(s, "workers"), number(s, "level"));
        let (cache, batch) = (number(s, "cache_entries"), number(s, "batch"));
        let hit = 0.93 * (cache / (cache + 400.0));
        let render = 60.0 + 110.0 * (level - 1.0).powf(1.3) / 3.0;
        let overhead = 14.0 / batch + 0.05 * batch;
        let micros = 16.0 + overhead + (1.0 - hit) * render;
        let parallel = workers.min(2.0) / (1.0 + 0.03 * (workers - 2.0).max(0.0));
        vec![("throughput", 1e6 * parallel / micros)]
    }
    Function {
        name: "service",
        settings: vec![
            integer("workers", 1.0, 16.0, 1),
            integer("level", 1.0, 9.0, 9),
            integer("cache_entries", 0.0, 20_000.0, 0),
            integer("batch", 1.0, 64.0, 1),
            pinned("listeners"),
        ],
        goal: "maximize throughput",
        constraints: &[],
        units: &[("throughput", "rps")],
        noise: 0.10,
        truth,
    }
}

/// Three settings, latency against errors.
pub fn queue() -> Function {
    fn truth(s: &Settings) -> Truth {
        let (threads, depth) = (number(s, "threads"), number(s, "queue"));
        let policy = if is(s, "policy", "lifo") {
            0.8
        } else if is(s, "policy", "codel") {
            0.7
        } else {
            1.0
        };
        let load = 12.0 / threads;
        let service = 6.0 * (1.0 + 0.004 * (threads - 14.0).max(0.0).powi(2));
        let waiting = 40.0 * load.min(1.5).powi(3) * (depth / 64.0).powf(0.5);
        let errors = 3.0 * (load.min(2.0)).powi(2) * (16.0 / depth).powf(0.7) * (1.3 - 0.3 * policy);
        vec![("latency_p99", policy * (service + waiting)), ("error_rate", errors)]
    }
    Function {
        name: "queue",
        settings: vec![
            integer("threads", 1.0, 64.0, 8),
            integer("queue", 1.0, 512.0, 256),
            choice("policy", &["fifo", "lifo", "codel"], "fifo"),
            pinned("listeners"),
        ],
        goal: "minimize latency_p99",
        constraints: &["error_rate < 1%"],
        units: &[("latency_p99", "ms"), ("error_rate", "%")],
        noise: 0.10,
        truth,
    }
}

/// Throughput per cost under a latency objective: the best lies near the bound.
fn cost() -> Function {
    fn truth(s: &Settings) -> Truth {
        let (cpu, memory) = (number(s, "cpu"), number(s, "memory"));
        let replicas = number(s, "replicas");
        let gc = if is(s, "gc", "parallel") {
            1.1
        } else if is(s, "gc", "zgc") {
            0.95
        } else {
            1.0
        };
        let pressure = 1.0 / (1.0 + (-(memory - 0.9) * 5.0).exp());
        let capacity = 400.0 * replicas.powf(0.92) * cpu.powf(0.8) * gc * pressure;
        let throughput = 1500.0 * capacity / (capacity + 700.0);
        let pause = if is(s, "gc", "parallel") {
            14.0
        } else if is(s, "gc", "zgc") {
            3.0
        } else {
            8.0
        };
        let latency = 12.0 + pause / memory.sqrt() + 18.0 * 1500.0 / capacity;
        let price = replicas * (cpu * 2.0 + memory * 0.7 + 0.2);
        vec![("throughput", throughput), ("latency_p99", latency), ("price", price)]
    }
    Function {
        name: "cost",
        settings: vec![
            real("cpu", 0.25, 4.0, Some(0.125), 2.0),
            real("memory", 0.25, 8.0, Some(0.125), 6.0),
            integer("replicas", 1.0, 8.0, 6),
            choice("gc", &["serial", "parallel", "zgc"], "serial"),
            pinned("nodes"),
        ],
        goal: "maximize throughput / price",
        constraints: &["latency_p99 <= 50ms"],
        units: &[("throughput", "rps"), ("latency_p99", "ms"), ("price", "")],
        noise: 0.08,
        truth,
    }
}

/// A cache in front of a store: hit rate against memory, with a policy that matters only when memory is short.
pub fn cache() -> Function {
    fn truth(s: &Settings) -> Truth {
        let (memory, ttl) = (number(s, "memory"), number(s, "ttl"));
        let (samples, shards) = (number(s, "samples"), number(s, "shards"));
        let policy = if is(s, "policy", "lfu") {
            1.6
        } else if is(s, "policy", "lru") {
            1.25
        } else {
            1.0
        };
        let reach = memory * policy * (1.0 + 0.04 * (samples - 1.0)).min(1.3);
        let hit = (1.0 - (-reach / 90.0).exp()) * (1.0 - (-ttl / 120.0).exp());
        let lock = 1.0 + 2.0 / shards + 0.012 * shards;
        let micros = lock * (22.0 + 0.9 * samples) + (1.0 - hit) * 420.0;
        vec![("throughput", 2e6 / micros), ("resident", memory * 1.15 + 4.0 * shards + 40.0)]
    }
    Function {
        name: "cache",
        settings: vec![
            integer("memory", 4.0, 1024.0, 32),
            integer("ttl", 1.0, 3600.0, 30),
            choice("policy", &["random", "lru", "lfu"], "random"),
            integer("samples", 1.0, 20.0, 5),
            integer("shards", 1.0, 64.0, 1),
            pinned("databases"),
        ],
        goal: "maximize throughput",
        constraints: &["resident <= 400MiB"],
        units: &[("throughput", "rps"), ("resident", "MiB")],
        noise: 0.15,
        truth,
    }
}

/// Ten settings of a database, three of which decide.
fn database() -> Function {
    fn truth(s: &Settings) -> Truth {
        let buffers = number(s, "buffers");
        let miss = 1.0 / (1.0 + (buffers / 700.0).powf(1.1));
        let swap = if buffers > 5000.0 { 1.0 + ((buffers - 5000.0) / 1500.0).powi(2) } else { 1.0 };
        let commit = if is(s, "commit", "off") {
            0.0
        } else if is(s, "commit", "local") {
            1.0
        } else {
            2.6
        };
        let wal = 1.0 + 0.5 * (16.0 / number(s, "wal_buffers")).min(4.0);
        let checkpoint = 0.8 * hill(number(s, "checkpoint"), 900.0, 1.2) + 0.2;
        let connections = number(s, "connections");
        let contention = 1.0 + ((connections - 48.0).max(0.0) / 60.0).powi(2);
        let idle = (connections / 24.0).min(1.0);
        let random_cost = 1.0 + 0.25 * ((number(s, "random_cost") - 1.2).abs() / 2.0).min(1.0);
        let workers = 1.0 + 0.1 * (number(s, "workers") - 4.0).abs() / 4.0;
        let jit = if is(s, "jit", "true") { 1.08 } else { 1.0 };
        let huge = if is(s, "huge_pages", "true") { 0.93 } else { 1.0 };
        let work = 0.4 + 2.2 * miss * random_cost + (commit * wal) / checkpoint.max(0.3);
        let tps = 4000.0 * idle / (work * swap * contention * workers * jit * huge);
        let loss = if is(s, "commit", "off") { 0.6 } else { 0.02 };
        vec![("tps", tps), ("lost", loss), ("latency_p99", 1000.0 * connections / tps)]
    }
    Function {
        name: "database",
        settings: vec![
            integer("buffers", 16.0, 8192.0, 128),
            choice("commit", &["on", "local", "off"], "on"),
            integer("wal_buffers", 1.0, 64.0, 4),
            integer("checkpoint", 30.0, 3600.0, 300),
            integer("connections", 4.0, 200.0, 100),
            real("random_cost", 1.0, 8.0, Some(0.1), 4.0),
            integer("workers", 1.0, 16.0, 8),
            switch("jit", true),
            switch("huge_pages", false),
            integer("statistics", 10.0, 1000.0, 100),
            pinned("port"),
        ],
        goal: "maximize tps",
        constraints: &["lost <= 0.1", "latency_p99 <= 60ms"],
        units: &[("tps", ""), ("lost", ""), ("latency_p99", "ms")],
        noise: 0.10,
        truth,
    }
}

/// Fifteen settings of a managed runtime, most of which hardly matter, under heavy noise.
fn runtime() -> Function {
    fn truth(s: &Settings) -> Truth {
        let heap = number(s, "heap");
        let young = number(s, "young");
        let gc = if is(s, "gc", "g1") {
            1.0
        } else if is(s, "gc", "zgc") {
            0.8
        } else {
            1.5
        };
        let pause = 30.0 * gc * (1.0 + 1.2 / heap.powf(0.8)) * (1.35 - 0.7 * hill(young, 35.0, 0.8));
        let inlined = number(s, "inline");
        let code = 60.0 * (1.6 - 0.8 * hill(inlined, 250.0, 1.5));
        let pool = number(s, "pool");
        let waiting = 90.0 * (10.0 / pool).min(3.0) + 1.2 * (pool - 30.0).max(0.0);
        let compiled = if is(s, "tiered", "true") { 0.85 } else { 1.0 };
        let strings = if is(s, "dedup", "true") { 1.03 } else { 1.0 };
        let mut small = 0.0;
        for (name, best) in [("spin", 20.0), ("survivor", 8.0), ("tlab", 256.0), ("stack", 512.0)] {
            small += 0.03 * (1.0 - hill(number(s, name), best, 1.0));
        }
        let numa = if is(s, "numa", "true") { 0.98 } else { 1.0 };
        let latency = (pause + code * compiled + waiting) * strings * (1.0 + small) * numa;
        vec![("latency_p95", latency), ("heap_used", heap * 0.8 + 0.004 * pool)]
    }
    Function {
        name: "runtime",
        settings: vec![
            real("heap", 0.5, 16.0, Some(0.5), 1.0),
            integer("young", 5.0, 90.0, 80),
            choice("gc", &["serial", "g1", "zgc"], "serial"),
            integer("inline", 10.0, 4000.0, 35),
            integer("pool", 2.0, 128.0, 4),
            switch("tiered", false),
            switch("dedup", true),
            integer("spin", 1.0, 200.0, 5),
            integer("survivor", 1.0, 32.0, 2),
            integer("tlab", 16.0, 4096.0, 64),
            integer("stack", 128.0, 4096.0, 1024),
            switch("numa", false),
            integer("log_files", 1.0, 10.0, 3),
            switch("assertions", false),
            choice("locale", &["c", "en", "de"], "c"),
            pinned("agents"),
        ],
        goal: "minimize latency_p95",
        constraints: &["heap_used <= 8GiB"],
        units: &[("latency_p95", "ms"), ("heap_used", "GiB")],
        noise: 0.20,
        truth,
    }
}

/// Seven settings that only work together: batch, compression and parallelism of a data pipeline.
pub fn pipeline() -> Function {
    fn truth(s: &Settings) -> Truth {
        let (batch, linger) = (number(s, "batch"), number(s, "linger"));
        let (partitions, fetch) = (number(s, "partitions"), number(s, "fetch"));
        let codec = ["none", "lz4", "zstd", "gzip"].iter().position(|c| is(s, "codec", c)).unwrap_or(0);
        let (cpu, ratio) = [(0.0, 1.0), (0.08, 0.55), (0.22, 0.36), (0.75, 0.33)][codec];
        let acks = if is(s, "acks", "all") { 1.5 } else { 1.0 };
        let filled = batch.min(linger * 24.0 + 8.0);
        let request = 1.0 / filled.max(1.0) * 60.0 * acks;
        let bytes = ratio * 1.4;
        let parallel = partitions.min(24.0).powf(0.6) / (1.0 + 0.002 * partitions);
        let fetched = 0.5 * hill(fetch, 600.0, 1.5) + 0.5;
        let throughput = 90.0 * parallel * fetched / (request + bytes + cpu + 0.15);
        let latency = linger + 4.0 * acks + 0.02 * batch + 0.1 * partitions;
        vec![("throughput", throughput), ("latency", latency)]
    }
    Function {
        name: "pipeline",
        settings: vec![
            integer("batch", 1.0, 1000.0, 16),
            real("linger", 0.0, 100.0, None, 0.0),
            choice("codec", &["none", "lz4", "zstd", "gzip"], "gzip"),
            integer("partitions", 1.0, 96.0, 6),
            integer("fetch", 1.0, 10_000.0, 50),
            choice("acks", &["one", "all"], "all"),
            real("retry", 0.01, 10.0, None, 0.1),
            pinned("brokers"),
        ],
        goal: "maximize throughput",
        constraints: &["latency < 40ms"],
        units: &[("throughput", "rps"), ("latency", "ms")],
        noise: 0.05,
        truth,
    }
}

/// Nothing to win: the defaults are the best there is, and the noise offers false hopes.
pub fn flat() -> Function {
    fn truth(s: &Settings) -> Truth {
        let a = 1.0 - 0.10 * (1.0 - hill(number(s, "a"), 30.0, 1.0));
        let b = 1.0 - 0.15 * ((number(s, "b") - 0.5).abs());
        let c = if is(s, "mode", "new") { 0.97 } else { 1.0 };
        vec![("throughput", 1000.0 * a * b * c)]
    }
    Function {
        name: "flat",
        settings: vec![
            integer("a", 1.0, 100.0, 30),
            real("b", 0.0, 1.0, Some(0.01), 0.5),
            choice("mode", &["old", "new"], "old"),
            pinned("c"),
        ],
        goal: "maximize throughput",
        constraints: &[],
        units: &[("throughput", "rps")],
        noise: 0.12,
        truth,
    }
}

/// Too cheap to be good: what holds the latency costs more than the defaults, which do not.
pub fn starved() -> Function {
    fn truth(s: &Settings) -> Truth {
        let (cpu, memory) = (number(s, "cpu"), number(s, "memory"));
        let (replicas, pool) = (number(s, "replicas"), number(s, "pool"));
        let codec = if is(s, "codec", "none") { 1.0 } else { 1.25 };
        let paging = 1.0 + (1.0 / memory).powi(2);
        let capacity = 300.0 * replicas.powf(0.9) * cpu.powf(0.85) * hill(pool, 24.0, 1.6) / (paging * codec);
        let latency = 8.0 + 20.0 * 1200.0 / capacity + 6.0 * codec;
        vec![("price", replicas * (cpu * 2.0 + memory * 0.5 + 0.3)), ("latency_p99", latency)]
    }
    Function {
        name: "starved",
        settings: vec![
            real("cpu", 0.25, 4.0, Some(0.125), 0.5),
            real("memory", 0.25, 8.0, Some(0.125), 0.5),
            integer("replicas", 1.0, 8.0, 1),
            integer("pool", 1.0, 128.0, 4),
            choice("codec", &["none", "zstd"], "zstd"),
            pinned("nodes"),
        ],
        goal: "minimize price",
        constraints: &["latency_p99 <= 50ms"],
        units: &[("price", ""), ("latency_p99", "ms")],
        noise: 0.08,
        truth,
    }
}
