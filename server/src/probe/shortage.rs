//! Detects when this machine has run out of a resource. That says nothing about the registry.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

/// Whether an error means that this machine is out of files, memory or ports.
pub fn is_shortage(error: &io::Error) -> bool {
    const SHORTAGES: [i32; 5] = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM, libc::EADDRNOTAVAIL];
    error.raw_os_error().is_some_and(|code| SHORTAGES.contains(&code))
}

pub fn is_out_of_files() -> bool {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).is_err_and(|error| is_shortage(&error))
}
