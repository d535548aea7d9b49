//! NumPy's `.npz`: a zip archive of `.npy` files.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::array::{Values, out_of_memory};
use crate::fault::{Fault, Result, quote};

use super::npy;

/// Deflate cannot shrink anything by more than 1032:1, so an entry that claims more is a lie.
const GREATEST_RATIO: u64 = 1040;

/// Above this size an entry that shrank by more than `SUSPICIOUS_RATIO` is taken for a bomb: a gigabyte of zeros
/// fits in a megabyte, but nobody solves with it.
const SUSPICIOUS_SIZE: u64 = 1 << 32;
const SUSPICIOUS_RATIO: u64 = 200;

/// An open archive.
pub(crate) struct Npz<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// The array names and their places in the archive.
    names: Vec<(String, usize)>,
}

impl<'a> Npz<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            Fault::bad_input(format!("this is not a readable .npz (zip) archive: {error}"))
        })?;
        let mut names = Vec::new();
        for index in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(index)
                && let Some(name) = name.strip_suffix(".npy")
            {
                names.push((name.to_owned(), index));
            }
        }
        Ok(Self { archive, names })
    }

    /// The one array, or the one asked for.
    pub(crate) fn select(&mut self, name: Option<&str>) -> Result<Values> {
        match (name, &self.names[..]) {
            (Some(name), _) if self.contains(name) => self.read(name),
            (Some(name), _) => Err(Fault::bad_input(format!(
                "there is no array {} in the archive; it has {}",
                quote(name),
                self.list()
            ))),
            (None, [(only, _)]) => {
                let only = only.clone();
                self.read(&only)
            }
            (None, []) => Err(Fault::bad_input("the archive holds no .npy array")),
            (None, _) => Err(Fault::bad_input(format!(
                "the archive holds several arrays: {}; choose one with FILE.npz:NAME",
                self.list()
            ))),
        }
    }

    /// The system an archive with arrays `A` (or `a`) and `b` (or `B`) holds.
    pub(crate) fn system(&mut self) -> Result<Option<(Values, Values)>> {
        let find = |names: [&'static str; 2]| names.into_iter().find(|name| self.contains(name));
        match (find(["A", "a"]), find(["b", "B"])) {
            (Some(a), Some(b)) => Ok(Some((self.read(a)?, self.read(b)?))),
            _ => Ok(None),
        }
    }

    fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn list(&self) -> String {
        const MOST: usize = 12;
        let mut list: Vec<String> = self.names.iter().take(MOST).map(|(name, _)| quote(name)).collect();
        if self.names.len() > MOST {
            list.push(format!("and {} more", self.names.len() - MOST));
        }
        if list.is_empty() { "none".to_owned() } else { list.join(", ") }
    }

    fn read(&mut self, name: &str) -> Result<Values> {
        let about = |fault: Fault| fault.about(&format!("array {}", quote(name)));
        let index = self.names.iter().find(|(known, _)| known == name).map_or(0, |&(_, index)| index);
        let unreadable =
            |error: &dyn std::fmt::Display| about(Fault::bad_input(format!("cannot be unpacked: {error}")));
        let mut entry = self.archive.by_index(index).map_err(|error| unreadable(&error))?;
        let (packed, declared) = (entry.compressed_size(), entry.size());
        let ratio = declared / packed.max(1);
        if ratio > GREATEST_RATIO || (declared > SUSPICIOUS_SIZE && ratio > SUSPICIOUS_RATIO) {
            return Err(about(Fault::bad_input(format!(
                "{packed} bytes claim to unpack to {declared}, as a zip bomb does; if it is honest, save it with np.save"
            ))));
        }
        let mut bytes = Vec::new();
        let mut fill = |bytes: &mut Vec<u8>, len: u64| -> Result<()> {
            let more = usize::try_from(len).unwrap_or(usize::MAX).saturating_sub(bytes.len());
            bytes.try_reserve_exact(more).map_err(|_| out_of_memory(more))?;
            entry.by_ref().take(more as u64).read_to_end(bytes).map_err(|error| unreadable(&error))?;
            Ok(())
        };
        // The header alone says how long the array is; an archive that says otherwise is refused before it is unpacked.
        fill(&mut bytes, declared.min(1 << 17)).map_err(about)?;
        let needed = npy::read_header(&bytes).and_then(|header| npy::file_len(&header)).map_err(about)?;
        if needed as u64 != declared {
            return Err(about(Fault::bad_input(format!(
                "its header needs {needed} bytes, but the archive says {declared}; the file is damaged"
            ))));
        }
        fill(&mut bytes, declared).map_err(about)?;
        // Reading to the very end is what checks the sum of the entry.
        let mut rest = [0; 1];
        if entry.read(&mut rest).map_err(|error| unreadable(&error))? > 0 {
            return Err(unreadable(&"it is longer than it says"));
        }
        npy::read_npy(&bytes).map_err(about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::write::npy::write_npy;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn archive(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for (name, bytes) in arrays {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn npy(x: f64) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_npy(&mut bytes, &Array::new(vec![1, 1], vec![x])).unwrap();
        bytes
    }

    #[test]
    fn arrays_are_found_by_name() {
        let bytes = archive(&[("A.npy", npy(2.0)), ("b.npy", npy(3.0)), ("notes.txt", vec![])]);
        let mut npz = Npz::open(&bytes).unwrap();
        assert_eq!(npz.select(Some("b")).unwrap(), Values::Float64(Array::new(vec![1, 1], vec![3.0])));
        assert!(npz.select(None).unwrap_err().message.contains("several arrays: `A`, `b`"));
        assert!(npz.select(Some("c")).unwrap_err().message.contains("no array `c`"));
        assert!(npz.system().unwrap().is_some());
        let single = archive(&[("x.npy", npy(2.0))]);
        let mut npz = Npz::open(&single).unwrap();
        assert!(npz.select(None).is_ok());
        assert!(npz.system().unwrap().is_none());
    }

    #[test]
    fn damage_and_lies_are_refused() {
        let bytes = archive(&[("x.npy", npy(2.0))]);
        assert!(Npz::open(&bytes[..bytes.len() / 2]).is_err());
        assert!(Npz::open(b"PK\x03\x04").is_err());
        let longer = archive(&[("x.npy", [npy(2.0), vec![0; 4000]].concat())]);
        let fault = Npz::open(&longer).unwrap().select(None).unwrap_err();
        assert!(fault.message.contains("array `x`: its header needs"), "{fault}");
        // An entry whose directory claims a terabyte.
        let mut bomb = bytes.clone();
        let directory = bomb.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        bomb[directory + 24..directory + 28].copy_from_slice(&u32::MAX.saturating_sub(1).to_le_bytes());
        if let Ok(mut npz) = Npz::open(&bomb) {
            assert!(npz.select(None).unwrap_err().message.contains("zip bomb"));
        }
    }
}
