//! Connectors that travel: through a real registry, into the store, under a lock and a policy.

mod bundling;
mod crashing;
mod damaged;
mod example;
mod indexes;
mod installing;
mod interop;
mod lab;
mod locking;
mod many;
mod offline;
mod secure;
mod trusting;
mod updating;
