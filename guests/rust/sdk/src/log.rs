//! Log lines. They carry the name of the connector and of the event; more than the limit are dropped.

use crate::bindings::imports::servo::connector::log;
pub use log::Level;

/// Writes a line.
pub fn write(level: Level, message: impl AsRef<str>) {
    log::write(level, message.as_ref());
}

/// For authors.
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message);
}

/// For operators.
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message);
}

/// Something was done.
pub fn success(message: impl AsRef<str>) {
    write(Level::Success, message);
}

/// Something may be wrong.
pub fn warning(message: impl AsRef<str>) {
    write(Level::Warning, message);
}

/// Something is wrong.
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message);
}
