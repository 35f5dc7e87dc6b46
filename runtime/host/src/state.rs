//! The data of one store: what the host functions see when a guest calls them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use servo_events::{Chain, Context, Event, ProgressSink};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::caps::sockets;
use crate::caps::stdio::Stdio;
use crate::caps::wasi_http::Hooks;
use crate::egress::HEADERS_MAX;
use crate::limits::MemoryLimit;
use crate::meter::Meter;
use crate::tenant::Tenant;

/// Most random bytes that one host call makes.
const RANDOM_MAX: u64 = 64 << 10;

/// The data of one store.
pub(crate) struct State {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) memory: MemoryLimit,
    pub(crate) table: ResourceTable,
    /// The call in progress.
    pub(crate) call: Scope,
    /// Whether the guest has an attack running; one at a time.
    pub(crate) attacking: bool,
    wasi: WasiCtx,
    wasi_http: WasiHttpCtx,
    hooks: Hooks,
}

/// The call in progress: who asked, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) asker: Arc<Asker>,
    pub(crate) event: Option<Event>,
    /// When the host ends the call.
    pub(crate) deadline: Instant,
}

/// Who asked for a call, and the way to stop the work that it causes.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) context: Context,
    /// Made when somebody first asks for it: most calls never wait, and it costs as much as such a call.
    stop: OnceLock<CancellationToken>,
}

impl Asker {
    pub(crate) fn new(context: Context) -> Arc<Self> {
        Arc::new(Self { context, stop: OnceLock::new() })
    }

    /// Cancelled when the call is no longer wanted, when the host wants it to stop, and when it has ended.
    pub(crate) fn stop(&self) -> &CancellationToken {
        self.stop.get_or_init(|| self.context.cancel.child_token())
    }

    /// The call has ended; so does what it left running.
    pub(crate) fn ended(&self) {
        if let Some(stop) = self.stop.get() {
            stop.cancel();
        }
    }
}

/// The longest time that is waited for; longer ones mean "for ever".
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The moment in so much time, or in ten years.
pub(crate) fn after(time: Duration) -> Instant {
    Instant::now() + time.min(LONGEST)
}

impl Scope {
    /// The scope of calls that no event asked for: configure, declare, schema.
    pub(crate) fn internal(time: Duration) -> Self {
        let deadline = after(time);
        let context = Context {
            cancel: CancellationToken::new(),
            deadline,
            progress: ProgressSink::default(),
            callers: Chain::default(),
        };
        Self { asker: Asker::new(context), event: None, deadline }
    }
}

impl State {
    pub(crate) fn new(tenant: Arc<Tenant>) -> Self {
        let limits = tenant.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let mut wasi = WasiCtx::builder();
        wasi.max_random_size(RANDOM_MAX)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .stdout(Stdio::new(Arc::clone(&tenant), false))
            .stderr(Stdio::new(Arc::clone(&tenant), true));
        sockets::open(&mut wasi, &tenant);
        if let Some(stage) = &tenant.stage {
            stage.furnish(&mut wasi);
        }
        let wasi = wasi.build();
        let mut wasi_http = WasiHttpCtx::new();
        wasi_http.set_field_size_limit(HEADERS_MAX);
        Self {
            meter: Arc::new(Meter::new(Arc::clone(&tenant.share))),
            memory: MemoryLimit::new(limits.memory),
            table,
            call: Scope::internal(limits.wall),
            attacking: false,
            wasi,
            wasi_http,
            hooks: Hooks::new(Arc::clone(&tenant)),
            tenant,
        }
    }

    /// A new call begins.
    pub(crate) fn begin(&mut self, scope: Scope) {
        self.tenant.egress.reset();
        self.memory.begin();
        self.tenant.log.begin(scope.event);
        self.tenant.way_out.begin(scope.event);
        self.call = scope;
    }

    /// `wasi:http` for a request of the call in progress.
    pub(crate) fn sending(&mut self) -> WasiHttpCtxView<'_> {
        self.hooks.belong(&self.call);
        self.http()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.wasi_http, table: &mut self.table, hooks: &mut self.hooks }
    }
}
