//! `servo liveness` against a real etcd.

mod changing;
mod example;
mod knowing;
mod lab;
mod places;
mod registering;
mod secure;
mod watching;
