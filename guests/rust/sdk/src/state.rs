//! A small memory that outlives the instance and the process. Needs the grant `state: true`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::imports::servo::connector::state;
use crate::contract::Failure;

/// The bytes of a key, if it was put.
///
/// # Errors
/// `denied` without the grant; `failed` when the state cannot be read.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, Failure> {
    state::get(key)
}

/// The keys that begin with `prefix`, in order.
///
/// # Errors
/// As [`get`].
pub fn keys(prefix: &str) -> Result<Vec<String>, Failure> {
    state::keys(prefix)
}

/// Sets a key.
///
/// # Errors
/// As [`get`]; `limit-exceeded` when there is no room; `busy` while another process writes.
pub fn put(key: &str, value: impl AsRef<[u8]>) -> Result<(), Failure> {
    state::put(key, value.as_ref())
}

/// Removes a key, if it is there.
///
/// # Errors
/// As [`put`].
pub fn delete(key: &str) -> Result<(), Failure> {
    state::delete(key)
}

/// The value of a key that was put with [`put_json`].
///
/// # Errors
/// As [`get`]; `failed` when it is another type's.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Failure> {
    let Some(bytes) = get(key)? else { return Ok(None) };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| Failure::failed(format!("the state `{key}` is not what was put: {error}")))
}

/// Sets a key to a value in its JSON form.
///
/// # Errors
/// As [`put`]; `failed` when the value has no JSON form.
pub fn put_json(key: &str, value: &impl Serialize) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| Failure::failed(format!("the state `{key}` has no JSON form: {error}")))?;
    put(key, bytes)
}
