//! Whom a request counts for.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Default for Peer {
    fn default() -> Self {
        Self(Ipv4Addr::UNSPECIFIED.into())
    }
}

/// Whom limits count: an IPv4 address, or the /64 network of an IPv6 one, since whoever has one has all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(pub(crate) IpAddr);

impl Client {
    /// The caller. Each proxy adds to `X-Forwarded-For`, on the right, whom it heard from; what stands left of the
    /// trusted ones' words is the caller's own and worth nothing.
    pub(crate) fn of(peer: Peer, headers: &HeaderMap, proxies: u8) -> Self {
        let mut client = peer.0;
        if proxies > 0 {
            let lines =
                headers.get_all(FORWARDED_FOR).into_iter().rev().filter_map(|line| line.to_str().ok());
            let heard_from = lines.flat_map(|line| line.rsplit(',')).map(|word| address(word.trim()));
            // Behind a word that is no address nothing can be trusted.
            for address in heard_from.take(proxies.into()).map_while(|address| address) {
                client = address;
            }
        }
        Self(network(client))
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(Peer::default().0)))
    }
}

/// An address, with or without a port.
fn address(word: &str) -> Option<IpAddr> {
    let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
    bare.parse().ok().or_else(|| word.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The part of an address that one caller cannot choose.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(lines: &[&str], proxies: u8) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        Client::of(Peer([10, 0, 0, 9].into()), &headers, proxies).0.to_string()
    }

    #[test]
    fn without_proxies_the_header_is_nobodys_word() {
        assert_eq!(client(&["1.1.1.1"], 0), "10.0.0.9");
    }

    #[test]
    fn each_proxy_vouches_for_one_word_from_the_right() {
        assert_eq!(client(&[], 1), "10.0.0.9");
        assert_eq!(client(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client(&["6.6.6.6", "1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client(&["6.6.6.6, 1.1.1.1 , 10.0.0.8"], 2), "1.1.1.1");
        assert_eq!(client(&["6.6.6.6, 1.1.1.1", "10.0.0.8"], 2), "1.1.1.1");
        assert_eq!(client(&["1.1.1.1"], 2), "1.1.1.1", "fewer proxies than said");
        assert_eq!(client(&["1.1.1.1, nonsense"], 2), "10.0.0.9");
        assert_eq!(client(&["nonsense, 1.1.1.1"], 2), "1.1.1.1");
    }

    #[test]
    fn addresses_come_in_many_forms() {
        assert_eq!(client(&["1.1.1.1:80"], 1), "1.1.1.1");
        assert_eq!(client(&["::ffff:1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client(&["[2001:db8:1:2:3:4:5:6]:80"], 1), "2001:db8:1:2::");
        assert_eq!(client(&["[2001:db8:1:2:3:4:5:6]"], 1), "2001:db8:1:2::");
        assert_eq!(client(&["2001:db8:1:2:ffff::1"], 1), "2001:db8:1:2::");
    }
}
