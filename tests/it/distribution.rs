//! Connectors that travel: through a real registry, into the store, under a lock and a policy.

mod bundling;
mod crashing;
mod example;
mod installing;
mod interop;
mod lab;
mod locking;
mod many;
mod secure;
mod trusting;
