//! Which addresses may be connected to. Prevents SSRF (server-side request forgery): a console that connected to any
//! address would open the network it runs in to everyone who can enter a URL.

use domain::AddressRule;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The operator's allowed and denied networks, on top of the addresses that are always blocked.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
    denied: Vec<IpNet>,
    own_ports: Vec<u16>,
}

/// Always blocked, whatever the operator allows: there are no registries at these addresses, and most of the services
/// there hand out the credentials of this machine's cloud account.
const NEVER_V4: [(Ipv4Addr, u8); 8] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    // Link-local, including the metadata services of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // The metadata services of Alibaba Cloud and Azure, which look like ordinary public addresses.
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

const NEVER_V6: [(Ipv6Addr, u8); 7] = [
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    // The metadata and name services of AWS, Google Cloud, Oracle and Scaleway.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 64),
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128),
    (Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128),
    (Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42), 128),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];

impl AddressPolicy {
    /// Private networks are allowed by default, loopback only if it is in `allowed`. `denied` takes precedence.
    pub fn new(allowed: Vec<IpNet>, denied: Vec<IpNet>) -> Self {
        Self { allowed, denied, own_ports: Vec::new() }
    }

    /// Also blocks connections to this port of this machine, so that the console cannot be made to call itself.
    #[must_use]
    pub fn listening_on(mut self, port: u16) -> Self {
        self.own_ports.push(port);
        self
    }

    /// Whether a connection leads back to the console. A connection to an address of this machine comes from that same
    /// address, whatever name or route was used.
    pub fn is_own(&self, from: SocketAddr, to: SocketAddr) -> bool {
        self.own_ports.contains(&to.port()) && from.ip() == to.ip()
    }

    /// Whether checks may connect to this address. The address itself and every IPv4 address embedded in it are
    /// checked: a network denied in either form is denied.
    ///
    /// # Errors
    /// Returns the rule that blocks the address.
    pub fn check(&self, address: IpAddr) -> Result<(), AddressRule> {
        let is_in = |nets: &[IpNet], address: &IpAddr| nets.iter().any(|net| net.contains(address));
        let carried = embedded_in(address);
        for address in std::iter::once(address).chain(carried.iter().copied()) {
            if is_never(address) {
                return Err(never_because(address));
            }
            if is_in(&self.denied, &address) {
                return Err(AddressRule::Operator);
            }
        }
        let meant = if carried.is_empty() { vec![address] } else { carried };
        let is_open = |address: &IpAddr| is_in(&self.allowed, address) || !address.is_loopback();
        if meant.iter().all(is_open) { Ok(()) } else { Err(AddressRule::Loopback) }
    }
}

/// Whether an address belongs to a private network or to this machine. Public registries have no reason to name one.
pub fn is_private(address: IpAddr) -> bool {
    let carried = embedded_in(address);
    std::iter::once(address).chain(carried).any(|address| match address {
        IpAddr::V4(v4) => {
            let is_shared = Ipv4Net::new_assert(SHARED.0, SHARED.1).contains(&v4);
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || is_shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    })
}

/// Shared address space of providers (RFC 6598).
const SHARED: (Ipv4Addr, u8) = (Ipv4Addr::new(100, 64, 0, 0), 10);

/// Which rule a blocked address falls under.
fn never_because(address: IpAddr) -> AddressRule {
    const METADATA: [Ipv4Addr; 3] =
        [Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
    match address {
        IpAddr::V4(v4) if METADATA.contains(&v4) => AddressRule::Metadata,
        IpAddr::V4(v4) if v4.is_link_local() => AddressRule::LinkLocal,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => AddressRule::LinkLocal,
        IpAddr::V6(v6) if v6.is_unique_local() => AddressRule::Metadata,
        _ => AddressRule::NotAHost,
    }
}

fn is_never(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => NEVER_V4.iter().any(|(net, bits)| Ipv4Net::new_assert(*net, *bits).contains(&v4)),
        IpAddr::V6(v6) => NEVER_V6.iter().any(|(net, bits)| Ipv6Net::new_assert(*net, *bits).contains(&v6)),
    }
}

/// The IPv4 addresses that can be embedded in an IPv6 address: mapped (RFC 4291 2.5.5.2), compatible (2.5.5.1),
/// translated (SIIT, RFC 2765), NAT64 (RFC 6052 and RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380).
fn embedded_in(address: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(v6) = address else { return Vec::new() };
    let joined = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match v6.segments() {
        // `::` and `::1` are not compatible addresses.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Vec::new(),
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => vec![joined(high, low)],
        // The local-use prefix can be 48, 56, 64 or 96 bits long; bits 64 to 71 are skipped (RFC 6052 2.2).
        [0x64, 0xff9b, 1, third, fourth, fifth, high, low] => {
            let every = [
                joined(third, fourth << 8 | fifth >> 8),
                joined(third << 8 | fourth & 0xff, fifth),
                joined(fourth << 8 | fifth >> 8, fifth << 8 | high >> 8),
                joined(high, low),
            ];
            // With a longer prefix these bits are zero, and no host has an address in 0.0.0.0/8.
            every.into_iter().filter(|address| !matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 0)).collect()
        }
        [0x2001, 0, _, _, _, _, high, low] => vec![joined(!high, !low)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(policy: &AddressPolicy, text: &str) -> bool {
        policy.check(text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).is_ok()
    }

    /// Different spellings of one address all parse to the same `IpAddr`, so these cases cover only the ways to embed
    /// one.
    const DENIED: [&str; 57] = [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.1.2.3",
        "127.255.255.255",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.1",
        "192.0.0.192",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "febf::1",
        "fd00:ec2::254",
        "ff02::1",
        "ff0e::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "::ffff:100.100.100.200",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "::169.254.169.254",
        "::7f00:1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:2:3:4:7f00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "2002:a9fe:a9fe::1",
        "2002:6464:64c8::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001::5601:5601",
        "2001:0:1:2:3:4:5601:5601",
        "2001:0:0:0:0:0:ffff:ffff",
        "::2",
        "::ffff:224.0.0.1",
        "2002:e000:1::",
        "64:ff9b::ffff:ffff",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fd00:ec2::23",
        "::ffff:0:a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00:808:808",
        "64:ff9b:1:00a9:fe:a9fe:808:808",
        "64:ff9b:1::a9:fea9:fe00:0",
        "::ffff:0:7f00:1",
    ];

    #[test]
    fn t1_blocked_addresses_are_denied_in_every_embedding() {
        for address in DENIED {
            assert!(!allows(&AddressPolicy::default(), address), "{address}");
        }
    }

    #[test]
    fn a_denied_address_names_the_rule_that_denied_it() {
        let rule = |text: &str| AddressPolicy::default().check(text.parse().unwrap()).unwrap_err();
        assert_eq!(rule("fe80::1"), AddressRule::LinkLocal);
        assert_eq!(rule("169.254.169.254"), AddressRule::Metadata);
        assert_eq!(rule("127.0.1.1"), AddressRule::Loopback);
        assert_eq!(rule("224.0.0.1"), AddressRule::NotAHost);
    }

    #[test]
    fn private_addresses_are_recognised_in_every_embedding() {
        for private in [
            "10.0.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "::1",
            "fd12::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "2600::1", "64:ff9b::8.8.8.8", "100.128.0.1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn t1_private_and_public_addresses_are_allowed_by_default() {
        for address in [
            "10.0.0.5",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "100.100.100.201",
            "8.8.8.8",
            "fd12:3456::1",
            "2600::1",
            "::ffff:10.0.0.5",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(allows(&AddressPolicy::default(), address), "{address}");
        }
    }

    #[test]
    fn t1_the_operator_can_allow_loopback_and_deny_networks_but_not_allow_metadata() {
        let nets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpNet>>();
        let policy = AddressPolicy::new(nets(&["127.0.0.0/8", "::1/128", "169.254.0.0/16"]), nets(&["10.0.0.0/8"]));
        assert!(allows(&policy, "127.0.0.1") && allows(&policy, "::1") && allows(&policy, "::ffff:127.0.0.1"));
        assert!(!allows(&policy, "169.254.169.254"));
        assert!(!allows(&policy, "10.1.2.3") && !allows(&policy, "::ffff:10.1.2.3"));
        let wrapped = AddressPolicy::new(Vec::new(), nets(&["2002::/16", "64:ff9b::/96"]));
        assert!(
            !allows(&wrapped, "2002:808:808::1")
                && !allows(&wrapped, "64:ff9b::8.8.8.8")
                && allows(&wrapped, "8.8.8.8")
        );
    }
}
