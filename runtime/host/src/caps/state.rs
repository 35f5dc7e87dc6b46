//! What a connector keeps: `servo:connector/state`.

use std::sync::Arc;

use servo_types::{Code, Failure};

use crate::bindings::imported::contract as w;
use crate::bindings::imported::state::Host;
use crate::convert::failure_to_guest;
use crate::revoked::Grant;
use crate::shelf::{Shelf, ShelfError};
use crate::state::State;
use crate::tenant::Tenant;

impl Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, w::Failure>> {
        Ok(with(&self.tenant, move |shelf, _| shelf.get(&key)).await)
    }

    async fn keys(&mut self, prefix: String) -> wasmtime::Result<Result<Vec<String>, w::Failure>> {
        Ok(with(&self.tenant, move |shelf, _| shelf.keys(&prefix)).await)
    }

    async fn put(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), w::Failure>> {
        Ok(with(&self.tenant, move |shelf, limit| shelf.put(&key, &value, limit)).await)
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), w::Failure>> {
        Ok(with(&self.tenant, move |shelf, _| shelf.delete(&key)).await)
    }
}

/// Works on the shelf, on a thread that may wait for the disk.
async fn with<T: Send + 'static>(
    tenant: &Tenant,
    work: impl FnOnce(&Shelf, usize) -> Result<T, ShelfError> + Send + 'static,
) -> Result<T, w::Failure> {
    let shelf = shelf(tenant).map_err(failure_to_guest)?;
    let limit = tenant.limits.state;
    let done = tokio::task::spawn_blocking(move || work(&shelf, limit)).await;
    let done = done.map_err(|error| failure_to_guest(Failure::failed(error.to_string())))?;
    done.map_err(|error| failure_to_guest(explain(tenant, &error)))
}

fn shelf(tenant: &Tenant) -> Result<Arc<Shelf>, Failure> {
    let alias = &tenant.alias;
    if !tenant.grants.state || tenant.revoked.has(|| Grant::State) {
        tenant.tally.denied("state");
        let text =
            format!("`state` is not granted to `{alias}`; add `state: true` under connectors.{alias}.grants");
        return Err(Failure::new(Code::Denied, text).because("state"));
    }
    let none = || Failure::failed(format!("`{alias}` runs without a state directory: nothing can be kept"));
    tenant.shelf.clone().ok_or_else(none)
}

fn explain(tenant: &Tenant, error: &ShelfError) -> Failure {
    let text = format!("the state of `{}`: {error}", tenant.alias);
    match error {
        ShelfError::Key(_) | ShelfError::Full { .. } | ShelfError::Flood => {
            tenant.tally.limit("state");
            Failure::new(Code::LimitExceeded, format!("{text}: the limit `state`")).because("state")
        }
        ShelfError::Busy(_) => Failure::new(Code::Busy, text).because("state"),
        ShelfError::Kind(_) | ShelfError::Large(_) | ShelfError::Corrupt { .. } | ShelfError::Io { .. } => {
            Failure::failed(text).because("state")
        }
    }
}
