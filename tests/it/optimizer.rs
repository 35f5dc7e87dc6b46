//! `servo run` with an optimizer of the tests' own at the other end. `optimizer/README.md` says which test shows what.

mod cancel;
mod cycle;
mod drain;
mod lab;
mod many;
mod ready;
mod refused;
mod renewed;
mod trouble;
mod violated;
