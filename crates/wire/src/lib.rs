//! How bytes from strangers are read before anybody is known: strictly, without I/O, and apart from the server, so that a
//! fuzzer reaches them in a small build (`fuzz/`).

pub mod basic;
pub mod form;
pub mod proxy_protocol;
