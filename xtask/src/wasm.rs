//! WebAssembly as bytes: sections, numbers, names. As much of it as is needed to change a module without a library for
//! the whole.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};

pub(crate) const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
pub(crate) const ELEMENTS: u8 = 9;
pub(crate) const CODE: u8 = 10;
pub(crate) const DATA: u8 = 11;

/// A section's number and where its content is.
pub(crate) type Section = (u8, Range<usize>);

pub(crate) fn sections(wasm: &[u8]) -> Result<Vec<Section>> {
    let mut reader = Reader { bytes: wasm, at: 8 };
    let mut sections = Vec::new();
    while reader.at < wasm.len() {
        let id = reader.take(1)?[0];
        let size = reader.number()?;
        let from = reader.at;
        reader.take(size)?;
        sections.push((id, from..reader.at));
    }
    Ok(sections)
}

pub(crate) fn section<'a>(wasm: &'a [u8], sections: &[Section], id: u8) -> Result<&'a [u8]> {
    let found = sections.iter().find(|section| section.0 == id).context("a section is missing")?;
    Ok(&wasm[found.1.clone()])
}

/// The module with another content of that section.
pub(crate) fn with_section(
    wasm: &[u8],
    sections: &[Section],
    id: u8,
    mut change: impl FnMut(&[u8]) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let mut to = wasm[..8].to_vec();
    for (own, content) in sections {
        let content = &wasm[content.clone()];
        let content = if *own == id { change(content)? } else { content.to_vec() };
        to.push(*own);
        to.extend(leb(content.len() as u32));
        to.extend(content);
    }
    Ok(to)
}

/// How many functions are imported: their numbers come first.
pub(crate) fn imported(wasm: &[u8], sections: &[Section]) -> Result<u32> {
    let mut reader = Reader { bytes: section(wasm, sections, IMPORTS)?, at: 0 };
    let count = reader.number()?;
    for _ in 0..count {
        for _ in 0..2 {
            let length = reader.number()?;
            reader.take(length)?;
        }
        ensure!(reader.take(1)? == [0], "wasm-bindgen imports nothing but functions");
        reader.number()?;
    }
    Ok(count)
}

/// The functions' names.
pub(crate) fn names(wasm: &[u8], sections: &[Section]) -> Result<BTreeMap<u32, String>> {
    const FUNCTIONS: u8 = 1;
    let mut names = BTreeMap::new();
    for (_, content) in sections.iter().filter(|section| section.0 == CUSTOM) {
        let mut reader = Reader { bytes: &wasm[content.clone()], at: 0 };
        let length = reader.number()?;
        if reader.take(length)? != b"name" {
            continue;
        }
        while reader.at < reader.bytes.len() {
            let kind = reader.take(1)?[0];
            let size = reader.number()?;
            let mut part = Reader { bytes: reader.take(size)?, at: 0 };
            if kind == FUNCTIONS {
                for _ in 0..part.number()? {
                    let function = part.number()?;
                    let length = part.number()?;
                    names.insert(function, String::from_utf8_lossy(part.take(length)?).into_owned());
                }
            }
        }
    }
    ensure!(!names.is_empty(), "the module has none");
    Ok(names)
}

/// Reads numbers and bytes, one after the other.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, count: u32) -> Result<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at + count as usize).context("the module ends too early")?;
        self.at += count as usize;
        Ok(taken)
    }

    pub(crate) fn number(&mut self) -> Result<u32> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.take(1)?[0];
            ensure!(shift < 32, "a number is too large");
            number |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return Ok(number);
            }
        }
    }

    pub(crate) fn signed(&mut self) -> Result<i32> {
        let (mut number, mut shift) = (0_i64, 0);
        loop {
            let byte = self.take(1)?[0];
            ensure!(shift < 35, "a number is too large");
            number |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                let sign = if byte & 0x40 == 0 { 0 } else { -1 << shift };
                return Ok((number | sign) as i32);
            }
        }
    }
}

pub(crate) fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
