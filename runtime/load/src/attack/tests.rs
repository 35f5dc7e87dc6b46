mod http1;
mod server;
