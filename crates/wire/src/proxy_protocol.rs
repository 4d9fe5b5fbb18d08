//! The PROXY protocol (`proxy-protocol.txt` in `HAProxy`'s sources, versions 1 and 2): how a proxy that passes bytes on,
//! and reads no HTTP, says from where a connection came. Strict: what isn't written as the specification has it is
//! refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The first bytes of version 1 (section 2.1).
const V1: &[u8] = b"PROXY ";
/// The longest line of version 1, CR LF with it.
const LONGEST_V1: usize = 107;
/// The first bytes of version 2 (section 2.2).
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family, length.
const V2_FIXED: usize = 16;
/// More than any known set of additions (TLVs) behind the addresses.
const LONGEST_V2: usize = V2_FIXED + 4_096;

/// What the first bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A whole header of this many bytes. `source` is missing where the proxy speaks for itself (a health check) or
    /// doesn't know.
    Header {
        /// How long it is.
        length: usize,
        /// From where the connection came.
        source: Option<SocketAddr>,
    },
    /// The start of a header; the rest isn't there yet.
    Incomplete,
    /// No header.
    Absent,
}

/// A header that isn't as the specification has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a malformed PROXY protocol header")]
pub struct Malformed;

/// Looks at the first bytes of a connection.
///
/// # Errors
/// [`Malformed`], as soon as it is certain.
pub fn start(bytes: &[u8]) -> Result<Start, Malformed> {
    if let Some(line) = bytes.strip_prefix(V1) {
        return version_1(line);
    }
    if bytes.starts_with(V2) {
        return version_2(bytes);
    }
    Ok(if V1.starts_with(bytes) || V2.starts_with(bytes) { Start::Incomplete } else { Start::Absent })
}

fn version_1(rest: &[u8]) -> Result<Start, Malformed> {
    let longest = LONGEST_V1 - V1.len();
    let Some(end) = rest.iter().take(longest).position(|byte| *byte == b'\n') else {
        return if rest.len() < longest { Ok(Start::Incomplete) } else { Err(Malformed) };
    };
    let line = rest[..end].strip_suffix(b"\r").ok_or(Malformed)?;
    let line = std::str::from_utf8(line).map_err(|_| Malformed)?;
    Ok(Start::Header { length: V1.len() + end + 1, source: line_source(line)? })
}

/// `TCP4 192.0.2.1 192.0.2.2 40000 443`, or `UNKNOWN` and whatever stands behind it.
fn line_source(line: &str) -> Result<Option<SocketAddr>, Malformed> {
    if line == "UNKNOWN" || line.starts_with("UNKNOWN ") {
        return Ok(None);
    }
    let parts: Vec<&str> = line.split(' ').collect();
    let [family, source, destination, source_port, destination_port] = parts[..] else { return Err(Malformed) };
    let address = |text: &str| match family {
        "TCP4" => text.parse().map(IpAddr::V4).map_err(|_| Malformed),
        "TCP6" => text.parse().map(IpAddr::V6).map_err(|_| Malformed),
        _ => Err(Malformed),
    };
    let source = SocketAddr::new(address(source)?, port(source_port)?);
    address(destination)?;
    port(destination_port)?;
    Ok(Some(source))
}

/// Decimal, without a sign or zeros in front.
fn port(text: &str) -> Result<u16, Malformed> {
    let port: u16 = text.parse().map_err(|_| Malformed)?;
    if port.to_string() == text { Ok(port) } else { Err(Malformed) }
}

fn version_2(bytes: &[u8]) -> Result<Start, Malformed> {
    let Some(fixed) = bytes.first_chunk::<V2_FIXED>() else { return Ok(Start::Incomplete) };
    let length = V2_FIXED + usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if length > LONGEST_V2 {
        return Err(Malformed);
    }
    let of_the_proxy = match fixed[12] {
        0x20 => true,
        0x21 => false,
        _ => return Err(Malformed),
    };
    let Some(block) = bytes.get(V2_FIXED..length) else { return Ok(Start::Incomplete) };
    let source = if of_the_proxy { None } else { block_source(fixed[13], block)? };
    Ok(Start::Header { length, source })
}

/// Source address, destination address, source port, destination port, and additions that nothing here needs.
fn block_source(family: u8, block: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    const UNSPECIFIED: u8 = 0x00;
    const TCP_OVER_IPV4: u8 = 0x11;
    const TCP_OVER_IPV6: u8 = 0x21;
    const UNIX_STREAM: u8 = 0x31;
    let (ip, source_port): (IpAddr, [u8; 2]) = match family {
        TCP_OVER_IPV4 => {
            let [a, b, c, d, _, _, _, _, high, low, _, _] = *block.first_chunk::<12>().ok_or(Malformed)?;
            (Ipv4Addr::new(a, b, c, d).into(), [high, low])
        }
        TCP_OVER_IPV6 => {
            let addresses = block.first_chunk::<36>().ok_or(Malformed)?;
            let source = *addresses.first_chunk::<16>().ok_or(Malformed)?;
            (Ipv6Addr::from(source).into(), [addresses[32], addresses[33]])
        }
        UNSPECIFIED | UNIX_STREAM => return Ok(None),
        _ => return Err(Malformed),
    };
    Ok(Some(SocketAddr::new(ip, u16::from_be_bytes(source_port))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn v2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let length = u16::try_from(block.len()).unwrap().to_be_bytes();
        [V2, &[command, family], &length, block].concat()
    }

    fn block(source: SocketAddr) -> (u8, Vec<u8>) {
        let port = source.port().to_be_bytes();
        match source.ip() {
            IpAddr::V4(ip) => (0x11, [&ip.octets()[..], &[192, 0, 2, 1], &port, &[1, 187]].concat()),
            IpAddr::V6(ip) => (0x21, [&ip.octets()[..], &[0; 16], &port, &[1, 187]].concat()),
        }
    }

    fn line(source: SocketAddr) -> Vec<u8> {
        let (family, destination) = if source.is_ipv4() { ("TCP4", "192.0.2.1") } else { ("TCP6", "2001:db8::1") };
        format!("PROXY {family} {} {destination} {} 443\r\n", source.ip(), source.port()).into_bytes()
    }

    fn source_of(bytes: &[u8]) -> Option<String> {
        match start(bytes) {
            Ok(Start::Header { length, source }) => {
                assert_eq!(length, bytes.len());
                source.map(|source| source.to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headers_without_an_address() {
        for bytes in [
            &b"PROXY UNKNOWN\r\n"[..],
            b"PROXY UNKNOWN ffff::1 anything 1 2\r\n",
            &v2(0x20, 0x00, b""),
            &v2(0x20, 0x11, &[0; 12]),
            &v2(0x21, 0x00, b"more"),
            &v2(0x21, 0x31, &[0; 216]),
        ] {
            assert_eq!(source_of(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn malformed_headers() {
        let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 100], b"\r\n"].concat();
        let addresses = &[0; 40][..];
        for bytes in [
            &b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\n"[..],
            b"PROXY TCP4  192.0.2.7 192.0.2.1 40000 443\r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443 \r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 40000\r\n",
            b"PROXY TCP4 192.0.2.07 192.0.2.1 40000 443\r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 040000 443\r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 +40 443\r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 65536 443\r\n",
            b"PROXY TCP4 2001:db8::7 192.0.2.1 40000 443\r\n",
            b"PROXY TCP6 192.0.2.7 2001:db8::1 40000 443\r\n",
            b"PROXY UDP4 192.0.2.7 192.0.2.1 40000 443\r\n",
            b"PROXY UNKNOWNX\r\n",
            b"PROXY \r\n",
            b"PROXY TCP4 \xff 192.0.2.1 40000 443\r\n",
            &long,
            &v2(0x11, 0x11, addresses),
            &v2(0x22, 0x11, addresses),
            &v2(0x21, 0x12, addresses),
            &v2(0x21, 0x41, addresses),
            &v2(0x21, 0x11, &addresses[..11]),
            &v2(0x21, 0x21, &addresses[..35]),
            &v2(0x21, 0x11, &[0; 5_000]),
        ] {
            assert_eq!(start(bytes), Err(Malformed), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn requests_are_no_headers() {
        for bytes in
            [&b"GET / HTTP/1.1\r\n"[..], b"POST / HTTP/1.1\r\n", b"PROXYX", b"PRI * HTTP/2.0\r\n", b"\r\nGET /"]
        {
            assert_eq!(start(bytes), Ok(Start::Absent), "{bytes:?}");
        }
        for bytes in [&b""[..], b"P", b"PROXY", b"\r\n", b"\r\n\r\n\0\r\nQUIT"] {
            assert_eq!(start(bytes), Ok(Start::Incomplete), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes: Vec<u8>, command: u8, family: u8) {
            let _ = start(&bytes);
            let _ = start(&[V1, &bytes].concat());
            let _ = start(&v2(command, family, &bytes[..bytes.len().min(5_000)]));
        }

        #[test]
        fn addresses_read_back(source: SocketAddr) {
            // flow label and zone aren't said
            let source = SocketAddr::new(source.ip(), source.port());
            prop_assert_eq!(source_of(&line(source)), Some(source.to_string()));
            let (family, block) = block(source);
            prop_assert_eq!(source_of(&v2(0x21, family, &block)), Some(source.to_string()));
            let with_additions = [&block[..], &[3, 0, 4, 1, 2, 3, 4]].concat();
            prop_assert_eq!(source_of(&v2(0x21, family, &with_additions)), Some(source.to_string()));
        }

        // a header that comes in pieces, with a request behind it
        #[test]
        fn every_prefix_is_incomplete_and_the_rest_is_left(source: SocketAddr, behind in "[A-Z /]{0,20}") {
            let (family, block) = block(source);
            for header in [line(source), v2(0x21, family, &block)] {
                for end in 0..header.len() {
                    prop_assert_eq!(start(&header[..end]), Ok(Start::Incomplete));
                }
                let whole = [&header[..], behind.as_bytes()].concat();
                let found = matches!(start(&whole), Ok(Start::Header { length, .. }) if length == header.len());
                prop_assert!(found);
            }
        }
    }
}
