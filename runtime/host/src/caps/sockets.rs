//! TCP for language libraries: `wasi:sockets`, to granted peers only.
//!
//! The engine's own name lookup is replaced: a granted name is resolved in the host, and the instance may then
//! connect to the addresses that came out of this one lookup and that the grant allows. Nothing listens.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::sockets::SocketAddrUse;

use crate::egress::allowed;
use crate::grants::{HttpGrant, Origin};
use crate::revoked::Grant;
use crate::state::State;
use crate::tenant::Tenant;

/// What guests import; those of another 0.2 get the same.
const LOOKUP: &str = "wasi:sockets/ip-name-lookup@0.2.12";

/// The addresses that granted names led to when they were last looked up.
#[derive(Debug, Default)]
pub(crate) struct Peers(Mutex<BTreeMap<String, Vec<SocketAddr>>>);

/// The answer to one lookup, as the guest reads it.
struct Addresses(vec::IntoIter<IpAddr>);

impl Pollable for Addresses {
    fn ready<'a, 'b>(&'a mut self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        // The lookup was waited for.
        Box::pin(std::future::ready(()))
    }
}

/// Lets an instance connect to its granted peers.
pub(crate) fn open(wasi: &mut WasiCtxBuilder, tenant: &Arc<Tenant>) {
    if tenant.grants.tcp.is_empty() {
        return;
    }
    let tenant = Arc::clone(tenant);
    wasi.allow_tcp(true).socket_addr_check(move |address, usage| {
        let permitted = permits(&tenant, address, usage);
        Box::pin(std::future::ready(permitted))
    });
}

/// Replaces the engine's lookup of names.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut lookup = linker.instance(LOOKUP)?;
    lookup.resource(
        "resolve-address-stream",
        ResourceType::host::<Addresses>(),
        |mut store: StoreContextMut<'_, State>, rep| {
            store.data_mut().table.delete(Resource::<Addresses>::new_own(rep))?;
            Ok(())
        },
    )?;
    lookup.func_wrap_async(
        "resolve-addresses",
        |mut store: StoreContextMut<'_, State>, (_, name): (Resource<Network>, String)| {
            Box::new(async move {
                let tenant = Arc::clone(&store.data().tenant);
                let found = match resolve(&tenant, &name).await {
                    Ok(found) => Ok(store.data_mut().table.push(Addresses(found.into_iter()))?),
                    Err(code) => Err(code),
                };
                Ok((found,))
            })
        },
    )?;
    lookup.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, State>, (this,): (Resource<Addresses>,)| {
            let next = store.data_mut().table.get_mut(&this)?.0.next();
            Ok((Ok::<_, ErrorCode>(next.map(IpAddress::from)),))
        },
    )?;
    lookup.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, State>, (this,): (Resource<Addresses>,)| {
            let pollable: Resource<DynPollable> = subscribe(&mut store.data_mut().table, this)?;
            Ok((pollable,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The addresses of a granted name that its grants allow.
async fn resolve(tenant: &Tenant, name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = name.trim_start_matches('[').trim_end_matches(']').parse() {
        // Nothing to look up; connecting asks for the grant.
        return Ok(vec![address]);
    }
    let grants: Vec<&HttpGrant> =
        tenant.grants.tcp.iter().filter(|grant| grant.to.is_host(&name) && valid(tenant, grant)).collect();
    if grants.is_empty() {
        deny(tenant, "tcp", &name);
        return Err(ErrorCode::AccessDenied);
    }
    let found = tenant.egress.lookups().find(&name, 0).await.map_err(|_| ErrorCode::NameUnresolvable)?;
    let mut addresses = Vec::new();
    for grant in grants {
        let port = grant.to.port();
        let reached = found.iter().map(|address| SocketAddr::new(address.ip(), port));
        addresses.extend(allowed(grant, &name, reached));
    }
    if addresses.is_empty() {
        deny(tenant, "tcp_address", &name);
        return Err(ErrorCode::AccessDenied);
    }
    let mut ips: Vec<IpAddr> = Vec::new();
    for address in &addresses {
        if !ips.contains(&address.ip()) {
            ips.push(address.ip());
        }
    }
    tenant.peers.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, addresses);
    Ok(ips)
}

/// Whether a socket may be used so.
fn permits(tenant: &Tenant, address: SocketAddr, usage: SocketAddrUse) -> bool {
    match usage {
        // The system chooses address and port of what connects.
        SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
        SocketAddrUse::TcpConnect => {
            let permitted = is_granted(tenant, address);
            if !permitted {
                deny(tenant, "tcp", &address.to_string());
            }
            permitted && tenant.way_out.pass().is_ok()
        }
        _ => false,
    }
}

fn is_granted(tenant: &Tenant, address: SocketAddr) -> bool {
    let peers = tenant.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |known: &SocketAddr| {
        known.port() == address.port() && known.ip().to_canonical() == address.ip().to_canonical()
    };
    let granted = |host: &str| {
        let named = Origin::of_peer(host, address.port());
        HttpGrant::find(&tenant.grants.tcp, &named, |grant| valid(tenant, grant)).is_some()
    };
    if peers.iter().any(|(host, addresses)| addresses.iter().any(same) && granted(host)) {
        return true;
    }
    let origin = Origin::of_peer(&address.ip().to_canonical().to_string(), address.port());
    let grants = &tenant.grants.tcp;
    HttpGrant::find(grants, &origin, |grant| valid(tenant, grant))
        .is_some_and(|index| grants[index].allows(&origin, address.ip()))
}

fn valid(tenant: &Tenant, grant: &HttpGrant) -> bool {
    !tenant.revoked.has(|| Grant::Tcp(grant.to.clone()))
}

fn deny(tenant: &Tenant, reason: &'static str, to: &str) {
    tenant.tally.denied(reason);
    let alias = &*tenant.alias;
    tracing::warn!(
        connector = alias,
        "TCP to {to} is not granted; add host:port under connectors.{alias}.grants.tcp"
    );
}
