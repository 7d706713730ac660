//! The order of a module's functions, for what it weighs after gzip: that finds what was said before within 32 KB, so what
//! is alike stands together. By their names they do so roughly; by their bytes better, which is worth a thirtieth of the package.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;

use crate::wasm::{CODE, CUSTOM, Reader, imported, leb, section, sections};

/// So many bytes in a row are what two functions have in common, or have not.
const LENGTH: usize = 4;
/// What more of them have tells nothing.
const COMMON: usize = 3000;
/// How much of it counts what the function before the last had in common.
const FADING: f64 = 0.85;

/// The module with other names for its functions, in whose order like ones stand together; `wasm-opt` sorts by names.
pub(crate) fn name_by_likeness(wasm: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let mut reader = Reader { bytes: section(wasm, &sections, CODE)?, at: 0 };
    let mut bodies = Vec::new();
    for _ in 0..reader.number()? {
        let size = reader.number()?;
        bodies.push(reader.take(size)?);
    }
    let imported = imported(wasm, &sections)?;
    let mut names = leb(imported + bodies.len() as u32);
    let places: BTreeMap<_, _> = (imported..).zip(order(&bodies)).map(|(place, at)| (at, place)).collect();
    for (function, place) in (0..imported).chain(places.into_values()).enumerate() {
        let name = format!("{place:06}");
        names.extend(leb(function as u32));
        names.extend(leb(name.len() as u32));
        names.extend(name.bytes());
    }
    let functions = 1;
    let names = [b"\x04name", &[functions][..], &leb(names.len() as u32), &names].concat();
    let mut to = wasm[..8].to_vec();
    for (id, content) in sections {
        let content = &wasm[content];
        if id != CUSTOM || !content.starts_with(b"\x04name") {
            to.push(id);
            to.extend(leb(content.len() as u32));
            to.extend(content);
        }
    }
    to.push(CUSTOM);
    to.extend(leb(names.len() as u32));
    to.extend(names);
    Ok(to)
}

/// Always that one next which has the most in common with the ones before it.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let mut parts: Vec<Vec<&[u8]>> = Vec::new();
    let mut having: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (at, body) in bodies.iter().enumerate() {
        let mut own: Vec<_> = body.windows(LENGTH).collect();
        own.sort_unstable();
        own.dedup();
        for part in &own {
            having.entry(part).or_default().push(at);
        }
        parts.push(own);
    }
    let mut likeness = vec![0.0; bodies.len()];
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        // A short one has less to have in common.
        let weighed = |at: &usize| likeness[*at] / (parts[*at].len() + 15) as f64;
        let best = (0..left.len()).rev().max_by(|a, b| weighed(&left[*a]).total_cmp(&weighed(&left[*b])));
        let next = left.remove(best.unwrap_or(0));
        order.push(next);
        for likeness in &mut likeness {
            *likeness *= FADING;
        }
        for others in parts[next].iter().filter_map(|part| having.get(part)) {
            if others.len() < COMMON {
                // What few have says more.
                let weight = 1.0 / (1.0 + others.len() as f64).ln();
                for other in others {
                    likeness[*other] += weight;
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_stands_with_like_and_all_are_there() {
        let bodies: [&[u8]; 5] = [b"one two three", b"0123456789", b"two three four", b"", b"3456789abc"];
        assert_eq!(order(&bodies), [0, 2, 1, 4, 3]);
    }
}
