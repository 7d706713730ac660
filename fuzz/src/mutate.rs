//! Breaks an input: by its structure where it has one, else byte by byte.

mod json;
mod protobuf;

use fastrand::Rng;

/// The longest input, so that a case stays fast. Superlinear growth shows below this length.
pub const MAX_BYTES: usize = 1 << 16;

/// Breaks an input once or several times.
pub fn mutate(rng: &mut Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..=rng.u8(..3) {
        bytes = once(rng, bytes);
        bytes.truncate(MAX_BYTES);
    }
    bytes
}

fn once(rng: &mut Rng, bytes: Vec<u8>) -> Vec<u8> {
    if rng.u8(..4) == 0 {
        return raw(rng, bytes);
    }
    if matches!(bytes.first(), Some(b'{' | b'[')) {
        return json::mutate(rng, &bytes).unwrap_or(bytes);
    }
    protobuf::mutate(rng, &bytes, 0).unwrap_or_else(|| raw(rng, bytes))
}

/// Flips, cuts, doubles and overwrites, without regard to the structure.
pub fn raw(rng: &mut Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.is_empty() {
        return vec![rng.u8(..)];
    }
    let at = rng.usize(..bytes.len());
    let span = at..(at + rng.usize(..=32)).min(bytes.len());
    match rng.u8(..8) {
        0 => bytes[at] ^= 1 << rng.u8(..8),
        1 => bytes[at] = rng.u8(..),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(span)),
        4 => {
            let copy = bytes[span].to_vec();
            let to = rng.usize(..=bytes.len());
            bytes.splice(to..to, copy);
        }
        5 => {
            let copy = bytes[span].repeat(1 << rng.u8(..10));
            bytes.splice(at..at, copy);
        }
        // Not UTF-8: a stray continuation, an encoded surrogate, an overlong zero, a byte that never occurs.
        6 => {
            let odd: [&[u8]; 4] = [b"\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\xff"];
            let odd = rng.choice(odd).unwrap_or_default().to_vec();
            bytes.splice(at..at, odd);
        }
        _ => {
            let length = rng.usize(..16);
            let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
            bytes.splice(at..at, noise);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    #[test]
    fn a_seed_makes_the_same_input_again_and_no_input_is_too_long() {
        for seed in 0..2_000 {
            let input = corpus::input(&mut Rng::with_seed(seed));
            assert!(input.len() <= MAX_BYTES);
            assert_eq!(input, corpus::input(&mut Rng::with_seed(seed)));
        }
    }
}
