//! Identification of the client address that limits count.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address at the other end of the TCP connection: a client or a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

impl Default for PeerAddress {
    fn default() -> Self {
        Self(Ipv4Addr::UNSPECIFIED.into())
    }
}

/// The address that limits count: an IPv4 address or an IPv6 /64 network, because a subscriber usually gets a
/// whole /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// Identifies the client. Each proxy appends the address of its peer to `X-Forwarded-For`, so the last
    /// `trusted_proxies` addresses can be trusted. The addresses before them come from the client.
    pub(crate) fn identify(peer: PeerAddress, headers: &HeaderMap, trusted_proxies: u8) -> Self {
        let mut client = peer.0;
        if trusted_proxies > 0 {
            let lines =
                headers.get_all(FORWARDED_FOR).into_iter().rev().filter_map(|line| line.to_str().ok());
            let forwarded = lines.flat_map(|line| line.rsplit(',')).map(|text| parse(text.trim()));
            // Nothing before a malformed address can be trusted.
            for address in forwarded.take(trusted_proxies.into()).map_while(|address| address) {
                client = address;
            }
        }
        Self(network(client))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(PeerAddress::default().0)))
    }
}

/// Parses an address with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The part of an address that a client cannot choose.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(lines: &[&str], trusted_proxies: u8) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let peer = PeerAddress([10, 0, 0, 9].into());
        ClientAddress::identify(peer, &headers, trusted_proxies).0.to_string()
    }

    #[test]
    fn without_trusted_proxies_the_header_is_ignored() {
        assert_eq!(client(&["1.1.1.1"], 0), "10.0.0.9");
    }

    #[test]
    fn each_trusted_proxy_vouches_for_one_address_from_the_right() {
        assert_eq!(client(&[], 1), "10.0.0.9");
        assert_eq!(client(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client(&["6.6.6.6", "1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client(&["6.6.6.6, 1.1.1.1 , 10.0.0.8"], 2), "1.1.1.1");
        assert_eq!(client(&["6.6.6.6, 1.1.1.1", "10.0.0.8"], 2), "1.1.1.1");
        assert_eq!(client(&["1.1.1.1"], 2), "1.1.1.1", "fewer proxies than configured");
        assert_eq!(client(&["1.1.1.1, nonsense"], 2), "10.0.0.9");
        assert_eq!(client(&["nonsense, 1.1.1.1"], 2), "1.1.1.1");
    }

    #[test]
    fn addresses_are_parsed_in_all_forms() {
        assert_eq!(client(&["1.1.1.1:80"], 1), "1.1.1.1");
        assert_eq!(client(&["::ffff:1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client(&["[2001:db8:1:2:3:4:5:6]:80"], 1), "2001:db8:1:2::");
        assert_eq!(client(&["[2001:db8:1:2:3:4:5:6]"], 1), "2001:db8:1:2::");
        assert_eq!(client(&["2001:db8:1:2:ffff::1"], 1), "2001:db8:1:2::");
    }
}
