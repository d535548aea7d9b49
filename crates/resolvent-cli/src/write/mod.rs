//! Output files: the whole answer under the name asked for, or nothing.

pub(crate) mod npy;
mod partial;
pub(crate) mod text;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::array::{Array, Element, Values, with_array};
use crate::fault::{Fault, Result};
use crate::read::Format;

use partial::Partial;

/// Where to write, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    path: PathBuf,
    format: Format,
}

impl Target {
    /// The format is that of the extension. Checked before anything is computed, as is the directory.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let name = path.display();
        let format = Format::of_path(path).filter(|format| format.is_written()).ok_or_else(|| {
            Fault::bad_input(format!(
                "-o {name}: the extension must say the format: .npy, .npz, .csv, .tsv or .mtx"
            ))
        })?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            return Err(Fault::bad_input(format!(
                "-o {name}: the directory {} does not exist",
                directory.display()
            )));
        }
        Ok(Self { path: path.to_owned(), format })
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Can an array of that many dimensions be written there?
    pub(crate) fn check_dimensions(&self, dimensions: usize) -> Result<()> {
        if dimensions <= 2 || matches!(self.format, Format::Npy | Format::Npz) {
            return Ok(());
        }
        Err(Fault::bad_input(format!(
            "-o {}: a stack of {dimensions} dimensions does not fit a text file; write .npy or .npz",
            self.name()
        )))
    }

    /// Writes the array; `name` is its name inside an archive.
    pub(crate) fn write(&self, values: &Values, name: &str) -> Result<()> {
        self.check_dimensions(values.shape().len())?;
        with_array!(values, array => self.replace(|file| emit(file, self.format, array, name)))
            .map_err(|error| Fault::bad_input(format!("-o {}: cannot be written: {error}", self.name())))
    }

    /// Lets `emit` write a file beside the target and then renames it, so that no half-written file ever has the
    /// target's name, and an older file survives a failure. Hard links of an older file are not kept: the other
    /// names go on with the old content.
    fn replace(&self, emit: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        // A link keeps pointing where it does, and /dev/null stays a device.
        let path = followed(&self.path)?;
        let old = fs::metadata(&path).ok();
        if let Some(old) = &old {
            // Renaming asks only the directory; whether this file may be written, opening it tells.
            let mut file = File::options().write(true).open(&path)?;
            if !old.is_file() {
                return emit(&mut file);
            }
        }
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(path.file_name().unwrap_or_default());
        hidden.push(format!(".{}.partial", std::process::id()));
        let (partial, mut file) = Partial::create(path.with_file_name(hidden))?;
        if let Some(old) = old {
            file.set_permissions(old.permissions())?;
        }
        emit(&mut file)?;
        drop(file);
        partial.finish(&path)
    }
}

/// Where the links lead, also to a file that is yet to be.
fn followed(path: &Path) -> io::Result<PathBuf> {
    // As many as Linux follows.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::read_link(&path) {
            Ok(link) => path = path.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links, or a circle of them"))
}

fn emit<T: Element>(file: &mut File, format: Format, array: &Array<T>, name: &str) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    match format {
        Format::Npz => npy::write_npz(&mut out, array, name)?,
        Format::Csv => text::write_table(&mut out, array, ',')?,
        Format::Tsv => text::write_table(&mut out, array, '\t')?,
        Format::Mtx => text::write_matrix_market(&mut out, array)?,
        _ => npy::write_npy(&mut out, array)?,
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::parse_bytes;
    use num_complex::Complex;
    use proptest::prelude::*;

    fn same(a: f64, b: f64) -> bool {
        a == b || (a.is_nan() && b.is_nan())
    }

    proptest! {
        #[test]
        fn every_format_reads_back_what_it_wrote(
            nrows in 1_usize..4, ncols in 1_usize..4, single: bool, complex: bool,
            numbers in proptest::collection::vec((any::<f64>(), any::<f64>()), 16),
        ) {
            let numbers = &numbers[..nrows * ncols];
            let shape = vec![nrows, ncols];
            let values = match (complex, single) {
                (false, false) => f64::wrap(Array::new(shape, numbers.iter().map(|x| x.0).collect())),
                (false, true) => f32::wrap(Array::new(shape, numbers.iter().map(|x| x.0 as f32).collect())),
                (true, false) => {
                    Element::wrap(Array::new(shape, numbers.iter().map(|x| Complex::new(x.0, x.1)).collect()))
                }
                (true, true) => Element::wrap(Array::new(
                    shape,
                    numbers.iter().map(|x| Complex::new(x.0 as f32, x.1 as f32)).collect(),
                )),
            };
            let directory = tempfile::tempdir().unwrap();
            for extension in ["npy", "npz", "csv", "tsv", "mtx"] {
                let path = directory.path().join(format!("x.{extension}"));
                let target = Target::new(&path).unwrap();
                target.write(&values, "x").unwrap();
                let bytes = fs::read(&path).unwrap();
                let read = parse_bytes(&bytes, target.format).unwrap();
                prop_assert_eq!(read.shape(), values.shape());
                if extension.starts_with("np") {
                    prop_assert_eq!(read.dtype(), values.dtype());
                }
                let read = read.converted(values.dtype()).unwrap();
                let parts = |values: &Values| -> Vec<(f64, f64)> {
                    with_array!(values, a => a.data().iter().map(|x| x.parts()).collect())
                };
                for (got, want) in parts(&read).into_iter().zip(parts(&values)) {
                    prop_assert!(same(got.0, want.0) && same(got.1, want.1), "{extension}: {got:?} {want:?}");
                }
            }
            let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
            prop_assert_eq!(left.len(), 5, "no partial file stays");
        }
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_partial_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.npy");
        fs::write(&path, "old").unwrap();
        let target = Target::new(&path).unwrap();
        let failed = target.replace(|file| {
            file.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn targets_are_checked_before_the_work() {
        for (path, words) in
            [("x", "extension"), ("x.txt", "extension"), ("/no/such/place/x.npy", "does not exist")]
        {
            assert!(Target::new(Path::new(path)).unwrap_err().message.contains(words), "{path}");
        }
        assert!(Target::new(Path::new("x.csv")).unwrap().check_dimensions(3).is_err());
        assert!(Target::new(Path::new("x.NPZ")).unwrap().check_dimensions(3).is_ok());
    }

    #[test]
    fn the_header_is_numpys_to_the_byte() {
        let mut bytes = Vec::new();
        npy::write_npy(&mut bytes, &Array::new(vec![2], vec![1.0_f32, 2.0])).unwrap();
        let mut want =
            b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".to_vec();
        want.resize(127, b' ');
        want.push(b'\n');
        want.extend([0, 0, 128, 63, 0, 0, 0, 64]);
        assert_eq!(bytes, want);
    }
}
