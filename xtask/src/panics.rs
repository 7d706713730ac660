//! Panics without their words. A panic ends in a trap, and the browser's stack says where: nothing in the package reads the
//! words that the standard library puts together for it, and in WebAssembly they are code and data that every visitor
//! would download. What they come to is made `unreachable` before `wasm-opt` runs, which then drops what only led there.

use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};

use crate::wasm::{CODE, DATA, ELEMENTS, Reader, imported, leb, names, section, sections, with_section};

/// Functions of the standard library that never return and whose only task is to say why.
const BEGINNINGS: [&str; 13] = [
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::slice::index::slice_",
    "core::str::slice_error_fail",
    "core::cell::panic_",
    "core::cell::lazy::panic_",
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::alloc::handle_alloc_error",
    "__rustc::rust_begin_unwind",
    "__rustc::__rust_alloc_error_handler",
];
/// The same inside generic types.
const END: &str = "::assert_failed";

/// Functions that write values as texts, which only panics and `format!` lead to.
const WRITING: [&str; 5] = [
    "core::fmt::",
    "alloc::fmt::",
    "std::panicking::panic_handler::",
    "string::ToString",
    "string::SpecToString",
];

/// What they say. In the data these stand among texts that are needed, and nothing there tells where one ends: long enough
/// to be no part of what anything else says.
const WORDS: [&str; 37] = [
    "slice index starts at ",
    " index out of bounds: the len is ",
    "range start index ",
    "\" out of range for slice of length ",
    "range end index ",
    "`at` split index (is ",
    ") should be <= len (is ",
    "insertion index (is ",
    "removal index (is ",
    "swap_remove index (is ",
    ") should be < len (is ",
    "internal error: entered unreachable code: JsValue passed is not an Error type -- this is a bug",
    "internal error: entered unreachable code: The JS binding should only ever produce a valid value or the specific 'invalid' value",
    "internal error: entered unreachable code",
    "capacity overflow",
    "finish: callbacks should be Some",
    "finish: result should be None",
    "a Display implementation returned an error unexpectedly",
    "called `Option::unwrap()` on a `None` value",
    "called `Result::unwrap()` on an `Err` value",
    "cannot recursively acquire mutex",
    "there is no such thing as a release failure ordering",
    "Tried to shrink to a larger capacity",
    "a formatting trait implementation returned an error when the underlying stream did not",
    "LazyCell instance has previously been poisoned",
    "attempt to divide by zero",
    "attempt to calculate the remainder with a divisor of zero",
    "`async fn` resumed after completion",
    " but ends at ",
    " but the index is ",
    "min > max. min = ",
    "assertion `left ",
    " right` failed: ",
    "RefCell already mutably borrowed",
    "RefCell already borrowed",
    "0123456789ABCDEF",
    DIGITS,
];

/// From these numbers are written, two digits at a time.
const DIGITS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                      5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// The module with `unreachable` in place of what puts panics into words. It must have its names still.
pub(crate) fn silence(wasm: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let names = names(wasm, &sections).context("reading the names of the functions")?;
    let imported = imported(wasm, &sections)?;
    let mut silenced = 0;
    let done = with_section(wasm, &sections, CODE, |section| {
        let mut reader = Reader { bytes: section, at: 0 };
        let count = reader.number()?;
        let mut to = leb(count);
        for at in 0..count {
            let size = reader.number()?;
            let body = reader.take(size)?;
            if names.get(&(imported + at)).is_some_and(|name| only_panics(name)) {
                // No locals, `unreachable`, the end.
                to.extend([3, 0, 0x00, 0x0b]);
                silenced += 1;
            } else {
                to.extend(leb(size));
                to.extend(body);
            }
        }
        Ok(to)
    })?;
    ensure!(
        silenced > 0,
        "no function that panics was found: has the standard library other names for them?"
    );
    Ok(done)
}

/// The module whose tables lead to a panic in place of what writes values as texts: only panics look there for it, and those
/// have no words. `wasm-opt` then drops it, unless something calls it all the same, which [`writes`] finds.
pub(crate) fn forget_writing(wasm: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let names = names(wasm, &sections).context("reading the names of the functions")?;
    let panic = names.iter().find(|(_, name)| only_panics(name)).context("no function panics")?.0;
    with_section(wasm, &sections, ELEMENTS, |section| {
        let mut reader = Reader { bytes: section, at: 0 };
        let count = reader.number()?;
        let mut to = leb(count);
        for _ in 0..count {
            // Functions for the first table, from a place that is a number.
            ensure!(reader.take(2)? == [0, 0x41], "a segment of a table is of another form than rustc's");
            let from = reader.signed()?;
            ensure!(reader.take(1)? == [0x0b], "the place of a segment of a table is more than a number");
            to.extend([vec![0, 0x41], sleb(from as u32), vec![0x0b]].concat());
            let length = reader.number()?;
            to.extend(leb(length));
            for _ in 0..length {
                let function = reader.number()?;
                let forgotten = names.get(&function).is_some_and(|name| only_writes(name));
                to.extend(leb(if forgotten { *panic } else { function }));
            }
        }
        Ok(to)
    })
}

/// A function of the module that writes values as texts, if there is one. It must have its names still.
pub(crate) fn writes(wasm: &[u8]) -> Result<Option<String>> {
    let names = names(wasm, &sections(wasm)?).context("reading the names of the functions")?;
    Ok(names.into_values().find(|name| only_writes(name)))
}

fn only_writes(name: &str) -> bool {
    let plain = plain(name);
    WRITING.iter().any(|part| plain.contains(part))
}

fn only_panics(name: &str) -> bool {
    let plain = plain(name);
    BEGINNINGS.iter().any(|beginning| plain.starts_with(beginning)) || plain.contains(END)
}

fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for char in name.chars() {
        // Crates have a hash in brackets in newer names.
        match char {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => plain.push(char),
            _ => {}
        }
    }
    plain
}

/// The finished module with zeros where it says at which line of which file something would have panicked, as far as
/// nothing leads there any more.
pub(crate) fn forget_places(wasm: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let code = section(wasm, &sections, CODE)?;
    with_section(wasm, &sections, DATA, |section| {
        let mut data = Data { bytes: section.to_vec(), segments: segments(section)? };
        let used = |data: &Data, address: u32| {
            let constant: Vec<u8> = [vec![0x41], sleb(address)].concat();
            contains(code, &constant) || contains(&data.bytes, &address.to_le_bytes())
        };
        let mut names = Vec::new();
        for address in data.words() {
            if let Some((name, length)) = data.location(address)
                && !used(&data, address)
            {
                data.clear(address, 16);
                names.push((name, length));
            }
        }
        for (name, length) in names {
            if !used(&data, name) {
                data.clear(name, length);
            }
        }
        Ok(data.bytes)
    })
}

/// The finished module with zeros where the words of panics stand that nothing points into any more.
pub(crate) fn forget_words(wasm: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let code = section(wasm, &sections, CODE)?;
    with_section(wasm, &sections, DATA, |section| {
        let mut data = Data { bytes: section.to_vec(), segments: segments(section)? };
        // Whatever may be an address, wherever it stands: a word too many kept does no harm.
        let words = data.bytes.array_windows().map(|word| u32::from_le_bytes(*word));
        let numbers = (0..code.len()).filter_map(|at| Reader { bytes: code, at }.number().ok());
        let used: BTreeSet<u32> = words.chain(numbers).collect();
        for words in WORDS {
            for (address, length) in data.places(words.as_bytes()) {
                if used.range(address..address + length).next().is_none() {
                    data.clear(address, length);
                }
            }
        }
        Ok(data.bytes)
    })
}

/// What the module puts into the memory before it runs.
struct Data {
    /// The section.
    bytes: Vec<u8>,
    segments: Vec<Segment>,
}

impl Data {
    /// The addresses at which something of four bytes may stand.
    fn words(&self) -> Vec<u32> {
        let ends = self.segments.iter().map(|segment| (segment.address, segment.bytes.len() as u32));
        ends.flat_map(|(from, length)| (from.next_multiple_of(4)..from + length).step_by(4)).collect()
    }

    /// Where in the section that part of the memory is; it lies in one segment.
    fn find(&self, address: u32, length: u32) -> Option<Range<usize>> {
        self.segments.iter().find_map(|segment| {
            let from = segment.bytes.start + address.checked_sub(segment.address)? as usize;
            let to = from.checked_add(length as usize)?;
            (to <= segment.bytes.end).then_some(from..to)
        })
    }

    /// The address and length of the file's name, if a `core::panic::Location` stands at that address: the name, line and
    /// column.
    fn location(&self, address: u32) -> Option<(u32, u32)> {
        let word = |at: u32| u32::from_le_bytes([0, 1, 2, 3].map(|byte| self.byte(address + 4 * at + byte)));
        let [name, length, line, column] = [0, 1, 2, 3].map(word);
        let plausible = (1..100_000).contains(&line) && (1..1000).contains(&column) && length < 300;
        let text = &self.bytes[self.find(name, length).filter(|_| plausible)?];
        (text.ends_with(b".rs") && text.iter().all(u8::is_ascii_graphic)).then_some((name, length))
    }

    /// What stands there; zero between the segments, which end where only zeros follow.
    fn byte(&self, address: u32) -> u8 {
        self.find(address, 1).map_or(0, |place| self.bytes[place.start])
    }

    /// The addresses at which those bytes stand, and how many they are.
    fn places(&self, bytes: &[u8]) -> Vec<(u32, u32)> {
        let places = self.segments.iter().flat_map(|segment| {
            let starts = self.bytes[segment.bytes.clone()].windows(bytes.len()).enumerate();
            let starts = starts.filter(|(_, window)| *window == bytes);
            starts.map(|(at, _)| (segment.address + at as u32, bytes.len() as u32))
        });
        places.collect()
    }

    fn clear(&mut self, address: u32, length: u32) {
        for address in address..address + length {
            if let Some(place) = self.find(address, 1) {
                self.bytes[place].fill(0);
            }
        }
    }
}

struct Segment {
    /// Where in the memory.
    address: u32,
    /// Where in the section.
    bytes: Range<usize>,
}

/// Those with a fixed place in the memory, which all of them have.
fn segments(section: &[u8]) -> Result<Vec<Segment>> {
    let mut reader = Reader { bytes: section, at: 0 };
    let mut segments = Vec::new();
    for _ in 0..reader.number()? {
        ensure!(reader.take(2)? == [0, 0x41], "a segment of the data is of another form than rustc's");
        let address = reader.signed()? as u32;
        ensure!(reader.take(1)? == [0x0b], "the place of a segment of the data is more than a number");
        let size = reader.number()?;
        let from = reader.at;
        reader.take(size)?;
        segments.push(Segment { address, bytes: from..reader.at });
    }
    Ok(segments)
}

/// An address as a constant is written: signed.
fn sleb(number: u32) -> Vec<u8> {
    let mut number = number as i32;
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::CUSTOM;

    const IMPORTS: u8 = 2;

    fn part(id: u8, content: &[u8]) -> Vec<u8> {
        [vec![id], leb(content.len() as u32), content.to_vec()].concat()
    }

    fn named(names: &[&str]) -> Vec<u8> {
        let mut list = leb(names.len() as u32);
        for (at, name) in names.iter().enumerate() {
            list.extend(leb(at as u32));
            list.extend(leb(name.len() as u32));
            list.extend(name.as_bytes());
        }
        part(CUSTOM, &[b"\x04name".to_vec(), part(1, &list)].concat())
    }

    #[test]
    fn what_only_panics_is_unreachable_and_nothing_else_changes() {
        let header = b"\0asm\x01\0\0\0".to_vec();
        let imports = part(IMPORTS, &[1, 1, b'a', 1, b'b', 0, 0]);
        let work = [4, 0, 0x41, 7, 0x0b];
        let bodies = |first: &[u8]| part(CODE, &[&[3], first, &work, &work].concat());
        let names =
            named(&["b", "core[12ab]::panicking::panic_fmt", "core::fmt::write", "my::core::panicking"]);
        let module = [&header[..], &imports, &bodies(&work), &names].concat();
        let expected = [&header[..], &imports, &bodies(&[3, 0, 0, 0x0b]), &names].concat();
        assert_eq!(silence(&module).unwrap(), expected);
        let nameless = [&header[..], &imports, &bodies(&work)].concat();
        assert!(silence(&nameless).is_err());
    }

    #[test]
    fn tables_lead_to_no_writing() {
        let header = b"\0asm\x01\0\0\0".to_vec();
        let table = |functions: &[u8]| {
            part(ELEMENTS, &[&[1, 0, 0x41, 1, 0x0b, functions.len() as u8], functions].concat())
        };
        let names = [
            "<my::Thing as core[12ab]::fmt::Display>::fmt",
            "my::thing",
            "core[12ab]::panicking::panic_fmt",
            "alloc::fmt::format",
        ];
        let module = |functions| [&header[..], &table(functions), &named(&names)].concat();
        assert_eq!(forget_writing(&module(&[0, 1, 3, 2])).unwrap(), module(&[2, 1, 2, 2]));
        assert_eq!(writes(&module(&[])).unwrap().as_deref(), Some(names[0]));
        let silent = [&header[..], &named(&names[1..3])].concat();
        assert_eq!(writes(&silent).unwrap(), None);
    }

    #[test]
    fn only_places_that_nothing_leads_to_are_forgotten() {
        let header = b"\0asm\x01\0\0\0".to_vec();
        let base = 1 << 20;
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        let module = |first: [u32; 4], names: &[u8]| {
            // The second place is a constant of the code; the first is none.
            let code = [vec![1, 7, 0, 0x41], sleb(base + 32), vec![0x1a, 0x0b]].concat();
            let places = [words(&first), words(&[base + 8, 4, 3, 5])].concat();
            let segment = |address: u32, data: &[u8]| {
                [vec![0, 0x41], sleb(address), vec![0x0b], leb(data.len() as u32), data.to_vec()].concat()
            };
            let data = [vec![2], segment(base, names), segment(base + 16, &places)].concat();
            [&header[..], &part(CODE, &code), &part(DATA, &data)].concat()
        };
        let before = module([base, 4, 10, 20], b"a.rs\0\0\0\0b.rs\0\0\0\0");
        let after = module([0, 0, 0, 0], b"\0\0\0\0\0\0\0\0b.rs\0\0\0\0");
        assert_eq!(forget_places(&before).unwrap(), after);
        // The last bytes of one are zeros, with which no segment ends.
        let cut = |place: &[u32]| {
            let place = words(place)[..13].to_vec();
            let segment = |address: u32, data: &[u8]| {
                [vec![0, 0x41], sleb(address), vec![0x0b], leb(data.len() as u32), data.to_vec()].concat()
            };
            let data = [vec![2], segment(base, b"a.rs"), segment(base + 16, &place)].concat();
            [&header[..], &part(CODE, &[0]), &part(DATA, &data)].concat()
        };
        let forgotten =
            String::from_utf8_lossy(&forget_places(&cut(&[base, 4, 10, 20])).unwrap()).into_owned();
        assert!(!forgotten.contains("a.rs"));
        // No line of that number.
        let other = module([base, 4, 0, 20], b"a.rs\0\0\0\0b.rs\0\0\0\0");
        assert_eq!(forget_places(&other).unwrap(), other);
    }

    #[test]
    fn only_words_that_nothing_points_into_are_forgotten() {
        let header = b"\0asm\x01\0\0\0".to_vec();
        let base = 1 << 20;
        let words = WORDS[0].as_bytes();
        let module = |text: &[u8], points_to: u32| {
            let code = [vec![1, 7, 0, 0x41], sleb(points_to), vec![0x1a, 0x0b]].concat();
            let data =
                [vec![1, 0, 0x41], sleb(base), vec![0x0b], leb(text.len() as u32), text.to_vec()].concat();
            [&header[..], &part(CODE, &code), &part(DATA, &data)].concat()
        };
        let text = [b"before", words, b"after"].concat();
        let forgotten = [b"before", &vec![0; words.len()][..], b"after"].concat();
        let end = base + 6 + words.len() as u32;
        for address in [base, end] {
            assert_eq!(forget_words(&module(&text, address)).unwrap(), module(&forgotten, address));
        }
        for address in [base + 6, end - 1] {
            assert_eq!(forget_words(&module(&text, address)).unwrap(), module(&text, address));
        }
    }

    #[test]
    fn addresses_are_written_as_constants_are() {
        assert_eq!(sleb(63), [63]);
        assert_eq!(sleb(64), [0xc0, 0]);
        for number in [0, 5, 1 << 20, 1_050_311] {
            let bytes = sleb(number);
            assert_eq!(Reader { bytes: &bytes, at: 0 }.signed().unwrap() as u32, number);
        }
    }
}
