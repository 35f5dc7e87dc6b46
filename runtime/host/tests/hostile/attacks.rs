//! The table of attacks: what is done, and what becomes of it.
//!
//! Whatever the attack, the neighbour answers, its instance is never built again, and the process gets its memory back;
//! so these do not stand in the rows. Tested elsewhere, and not repeated here: more headers, URLs, bodies, rates and
//! places of HTTP (`src/caps/wasi_http/tests.rs`), names that change their address (`src/egress/tests.rs`), addresses by
//! their kind, such as mapped ones and NAT64 (`src/grants/tests.rs`), schemas that are JSON and all the same bombs
//! (`runtime/config/src/schema/bounds/tests.rs`), compile bombs and forged compiled forms (`compile.rs`).

use servo_types::Code;

use crate::guests::section;

/// One attack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) how: How,
    pub(crate) ends: Ends,
    /// What its message says, among other words.
    pub(crate) says: &'static str,
}

/// Who attacks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// The fixture, when it measures: its mode. `{name}` stands for the origin of a server of that name.
    Mode(&'static str),
    /// Two fixtures, each of which has the other one measure when it measures.
    Ring,
    /// The guest in C: its attack.
    C(&'static str),
    /// The fixture in other events: its settings.
    Settings(&'static str),
    /// A guest in WAT.
    Wat(&'static str),
    /// Types without code.
    Wit(&'static str),
    /// Bytes, made from a good component.
    Bytes(fn(&[u8]) -> Vec<u8>),
}

/// What becomes of an attack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ends {
    /// This limit ended it, and is counted; the instance is built again.
    Limit(&'static str),
    /// The instance broke for this reason, and is built again.
    Broken(&'static str),
    /// It was never made an instance.
    Refused,
    /// It was never made an instance because of this limit.
    RefusedBy(&'static str),
    /// The guest was told, and passes it on.
    Told(Code),
    /// Nothing came of it, but this limit is counted.
    Counted(&'static str),
    /// Nothing came of it.
    Nothing,
}

use Code::{Denied, Failed, LimitExceeded, TimedOut};
use Ends::{Broken, Counted, Limit, Nothing, Refused, RefusedBy, Told};
use How::{Bytes, C, Mode, Ring, Settings, Wat, Wit};

const fn attack(name: &'static str, how: How, ends: Ends, says: &'static str) -> Attack {
    Attack { name, how, ends, says }
}

pub(crate) const ATTACKS: &[Attack] = &[
    // Time.
    attack("loop in a call", Mode("spin"), Limit("cpu"), "CPU time"),
    attack(
        "loop in configure",
        Settings(r#"{"on": {"configure": "spin"}}"#),
        RefusedBy("cpu"),
        "in configure",
    ),
    attack("loop in realloc", Wat("realloc-loop"), RefusedBy("cpu"), "in configure"),
    attack("loop in schema", Wat("schema-loop"), RefusedBy("cpu"), "in schema"),
    attack("loop in start", Wat("start-loop"), RefusedBy("cpu"), "in start"),
    attack("loop in constructors", Wat("constructor-loop"), RefusedBy("cpu"), "in start"),
    attack("loop through host calls", Mode("host-calls"), Limit("cpu"), "CPU time"),
    attack("loop of bulk instructions", Wat("fill-loop"), Limit("cpu"), "CPU time"),
    attack("random flood", Wat("random-flood"), Limit("cpu"), "CPU time"),
    attack("sleep", Mode("sleep"), Limit("wall"), "was ended"),
    attack("endless poll", Wat("poll-for-ever"), Limit("wall"), "was ended"),
    attack("wait that listens to a cancel", Mode("wait"), Told(TimedOut), "the limit `wall`"),
    attack("wait that ignores a cancel", Mode("stubborn"), Limit("wall"), "was ended"),
    attack("dispatch storm", Mode("dispatch-storm:measure:neighbour"), Limit("cpu"), "CPU time"),
    attack("dispatch to itself", Mode("dispatch:measure:{self}"), Nothing, ""),
    attack("dispatch in a ring", Ring, Nothing, ""),
    attack("loop in C", C("spin"), Limit("cpu"), "CPU time"),
    // Memory.
    attack("memory bomb", Mode("memory"), Limit("memory"), "bytes of memory"),
    attack("memory.grow", Wat("grow-bomb"), Limit("memory"), "bytes of memory"),
    attack("table.grow", Wat("table-bomb"), Limit("memory"), "bytes of memory"),
    attack("memory minimum", Wat("memory-minimum"), RefusedBy("memory"), "bytes of memory"),
    attack("table minimum", Wat("table-minimum"), RefusedBy("memory"), "bytes of memory"),
    attack("many memories", Wat("many-memories"), Refused, "memory count too high"),
    attack("deep recursion in Rust", Mode("recurse"), Broken("trap"), ""),
    attack("deep recursion", Wat("deep-recursion"), Broken("stack"), "recursed too deep"),
    attack("memory bomb in C", C("devour"), Limit("memory"), "bytes of memory"),
    attack("deep recursion in C", C("recurse"), Broken("trap"), "out of bounds"),
    attack("overflow in C", C("overflow"), Broken("trap"), "out of bounds"),
    attack("pointer to nowhere in C", C("pointer"), Broken("trap"), "out of bounds"),
    attack("function that is none in C", C("function"), Broken("trap"), "undefined element"),
    attack("state flood", Mode("state-flood"), Told(LimitExceeded), "the limit `state`"),
    attack("key of another alias", Mode("spy:count"), Nothing, ""),
    attack("path to another alias", Mode("spy:../victim/count"), Nothing, ""),
    attack("handle leak", Wat("handle-leak"), Limit("handles"), "handles"),
    // What crosses the boundary.
    attack("huge list", Mode("big-list"), Limit("result"), "bytes"),
    attack("huge string", Mode("big-result"), Limit("result"), "bytes"),
    attack("huge error", Mode("big-error"), Limit("result"), "bytes"),
    attack("huge log line", Mode("big-line"), Limit("result"), "bytes"),
    attack("long log line", Mode("big-line:500000"), Nothing, ""),
    attack("log flood", Mode("log-flood:20000"), Counted("log"), ""),
    attack("print flood", Mode("print-flood:20000"), Counted("log"), ""),
    attack("progress flood", Mode("progress-flood:20000"), Nothing, ""),
    attack("random bytes at once", Wat("random-at-once"), Broken("trap"), "exceeds limit"),
    attack("schema of 10 MB", Wat("big-schema"), RefusedBy("result"), "bytes"),
    attack("schema of 100,000 levels", Wat("deep-schema"), Refused, "recursion limit"),
    attack("bad pointer", Wat("bad-pointer"), Refused, "out of bounds"),
    attack("bad pointer to the answer", Wat("bad-pointer-to-answer"), Broken("trap"), "broke the boundary"),
    attack("bad pointer to the host", Wat("log-bad-pointer"), Broken("trap"), "broke the boundary"),
    attack("list without end", Wat("bad-list"), Broken("trap"), "out of bounds"),
    attack("neither result nor error", Wat("bad-discriminant"), Broken("trap"), "broke the boundary"),
    attack("bad UTF-8", Wat("bad-utf8"), Refused, "utf-8"),
    attack("bad realloc", Wat("realloc-beyond"), Refused, "realloc"),
    attack("handle of nobody", Wat("wrong-handle"), Broken("trap"), "handle"),
    // Ends.
    attack("panic", Mode("panic"), Broken("panic"), "the fixture panics"),
    attack("trap", Mode("trap"), Broken("panic"), ""),
    attack("abort in C", C("abort"), Broken("panic"), "this is the end"),
    attack("exit in C", C("exit"), Broken("exit"), "ended itself with status 1"),
    attack("exit with 0", Wat("exit-0"), Broken("exit"), "ended itself"),
    attack("exit with 1", Wat("exit-1"), Broken("exit"), "ended itself"),
    attack("finer clock", Wat("clock-resolution"), Nothing, ""),
    // Components.
    attack("wrong type of an export", Wit("wrong-type"), Refused, "func(how: u64) -> list<u64>"),
    attack(
        "missing interface",
        Wit("no-settings"),
        Refused,
        "servo:connector/settings@0.1.0 is not exported",
    ),
    attack("unknown export", Wit("unknown-export"), Refused, "servo:connector/conquer@0.1.0"),
    attack("unknown import", Wit("unknown-import"), Refused, "evil:files/disk@1.0.0"),
    attack("empty file", Bytes(|_| Vec::new()), Refused, "not a WebAssembly component"),
    attack("text", Bytes(|_| b"#!/bin/sh\nrm -rf /\n".to_vec()), Refused, "not a WebAssembly component"),
    attack("core module", Bytes(|_| b"\0asm\x01\0\0\0".to_vec()), Refused, "module, not a component"),
    attack("truncated component", Bytes(|good| good[..good.len() / 2].to_vec()), Refused, "damaged at byte"),
    attack("damaged component", Bytes(damaged), Refused, "cannot be compiled"),
    attack("component of 100 MB", Bytes(padded), Nothing, ""),
    attack("forged sections", Bytes(forged), Refused, "says something else than the component"),
    // HTTP.
    attack("denied origin", Mode("http:http://192.0.2.1/"), Told(Denied), "is not granted"),
    attack("metadata service", Mode("http:http://169.254.169.254/latest/"), Told(Denied), "169.254.169.254"),
    attack("TCP that is not granted", Mode("tcp:127.0.0.1:9"), Told(Failed), ""),
    attack("loopback by its name", Mode("http:http://localhost:9/"), Told(Denied), "is not granted"),
    attack("other spelling of an address", Mode("http:http://2852039166/"), Told(Denied), "is not granted"),
    attack("other port", Mode("http:http://127.0.0.1:9/"), Told(Denied), "is not granted"),
    attack("user info", Mode("http:http://user:secret@127.0.0.1:9/"), Told(Failed), ""),
    attack("CRLF in a path", Mode("http:{ok}/ HTTP/1.1\r\nhost: evil\r\n\r\n"), Told(Failed), ""),
    attack("CRLF in a header", Mode("http-header:x=a\r\nhost: evil:{ok}/"), Told(Failed), ""),
    attack("forbidden header", Mode("http-header:transfer-encoding=chunked:{ok}/"), Told(Failed), ""),
    attack("other host in a header", Mode("http-header:host=evil:{ok}/"), Told(Failed), ""),
    attack("redirect", Mode("http:{redirect}/"), Nothing, ""),
    attack("slow head", Mode("http:{slow-head}/"), Told(TimedOut), "`wall`"),
    attack("slow body", Mode("http:{slow-body}/"), Told(TimedOut), "`wall`"),
    attack("endless body", Mode("http:{endless}/"), Told(LimitExceeded), "http_bytes"),
    attack("endless head", Mode("http:{endless-head}/"), Told(Failed), ""),
    attack("endless interim answers", Mode("http:{interim}/"), Told(TimedOut), "`wall`"),
    attack("gzip bomb", Mode("http:{bomb}/"), Nothing, ""),
    attack("1,000 requests at once", Mode("http-all:1000:{ok}/"), Counted("http_requests"), ""),
];

/// A good component with bytes that nobody needs.
fn padded(good: &[u8]) -> Vec<u8> {
    section(good, "pad", &vec![0; 100 << 20])
}

/// A good component whose sections say what it would not.
fn forged(good: &[u8]) -> Vec<u8> {
    section(&section(good, "servo:schema", br#"{"type": "string"}"#), "servo:example", br#""a""#)
}

/// A good component whose code is not what it says any more.
fn damaged(good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xff);
    bytes
}
