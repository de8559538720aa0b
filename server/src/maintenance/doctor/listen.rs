//! The addresses to listen on: free, or in use by Portolan.

use super::{Diagnosis, Subject};
use crate::http::is_portolan;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpSocket;

const CHECK: &str = "address";

pub async fn examine(subject: &Subject) -> Vec<Diagnosis> {
    let mut found = vec![of_address(subject.listen, "--listen", is_portolan(reachable(subject.listen))).await];
    if let Some(metrics) = subject.metrics_listen {
        // If the console is there, figures are its own.
        found.push(of_address(metrics, "--metrics-listen", is_portolan(reachable(subject.listen))).await);
    }
    found
}

async fn of_address(address: SocketAddr, option: &str, is_portolan: impl Future<Output = bool>) -> Diagnosis {
    let Err(error) = try_bind(address) else { return Diagnosis::ok(CHECK, format!("{address} is free")) };
    match error.kind() {
        io::ErrorKind::AddrInUse if is_portolan.await => Diagnosis::ok(CHECK, format!("Portolan uses {address}")),
        io::ErrorKind::AddrInUse => {
            let next = format!("Stop what listens there (ss -ltnp), or name another address with {option}");
            Diagnosis::problem(CHECK, format!("another program uses {address}"), next)
        }
        io::ErrorKind::PermissionDenied => {
            let next = "Ports below 1024 need CAP_NET_BIND_SERVICE, in a systemd unit as AmbientCapabilities=";
            Diagnosis::problem(CHECK, format!("this user may not listen on {address}"), next)
        }
        _ => Diagnosis::problem(CHECK, format!("{address}: {error}"), format!("Name another address with {option}")),
    }
}

/// Binds without listening: that keeps no server from starting at the same moment, and no client is accepted.
fn try_bind(address: SocketAddr) -> io::Result<()> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)
}

/// Where a server that listens on this address is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
