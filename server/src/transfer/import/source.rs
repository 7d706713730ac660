//! Reading the file to import, and skipping the part that was imported before.

use crate::transfer::common::{Result, TransferError, file_error};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Longest line, in bytes.
const MAX_LINE_BYTES: u64 = 8 * 1024 * 1024;

/// The file, read line by line, with a digest of the lines read so far.
pub(super) struct Source<'a> {
    path: &'a Path,
    file: BufReader<File>,
    /// The initial content of the digest.
    seed: String,
    digest: Sha256,
    lines: u64,
    bytes: u64,
}

impl<'a> Source<'a> {
    pub(super) fn open(path: &'a Path, seed: String) -> Result<Self> {
        let file = BufReader::with_capacity(256 * 1024, File::open(path).map_err(file_error(path))?);
        let digest = Sha256::new_with_prefix(&seed);
        Ok(Self { path, file, seed, digest, lines: 0, bytes: 0 })
    }

    /// The size of the file in bytes.
    pub(super) fn size(&self) -> Result<u64> {
        Ok(self.file.get_ref().metadata().map_err(file_error(self.path))?.len())
    }

    /// The number of lines read so far.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// The number of bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest of all lines read so far.
    pub(super) fn digest(&self) -> Vec<u8> {
        self.digest.clone().finalize().to_vec()
    }

    /// Reads the next line without its end. Returns `false` at the end of the file.
    pub(super) fn read_line(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        line.clear();
        let read = self.file.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', line);
        let read = read.map_err(file_error(self.path))?;
        if read == 0 {
            return Ok(false);
        }
        self.lines += 1;
        self.bytes += read as u64;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if read as u64 == MAX_LINE_BYTES {
            return Err(TransferError::Line(self.lines, format!("longer than {MAX_LINE_BYTES} bytes")));
        }
        self.digest.update(&line);
        self.digest.update(b"\n");
        Ok(true)
    }

    /// Skips the longest prefix that was imported before. `imports` holds the digests of imported prefixes and
    /// their numbers of lines.
    pub(super) fn skip_imported(&mut self, imports: &[(Vec<u8>, i64)]) -> Result<()> {
        let mut digests: BTreeMap<u64, Vec<&[u8]>> = BTreeMap::new();
        for (digest, lines) in imports {
            digests.entry(lines.unsigned_abs()).or_default().push(digest);
        }
        let Some(&max_lines) = digests.keys().next_back() else { return Ok(()) };
        let (mut line, mut found) = (Vec::new(), None);
        while self.lines < max_lines && self.read_line(&mut line)? {
            let candidates = digests.get(&self.lines);
            if candidates.is_some_and(|digests| digests.contains(&self.digest().as_slice())) {
                found = Some((self.digest.clone(), self.lines, self.bytes));
            }
        }
        let (digest, lines, bytes) = found.unwrap_or_else(|| (Sha256::new_with_prefix(&self.seed), 0, 0));
        self.file.seek(SeekFrom::Start(bytes)).map_err(file_error(self.path))?;
        (self.digest, self.lines, self.bytes) = (digest, lines, bytes);
        Ok(())
    }
}
