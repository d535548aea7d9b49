//! NumPy's `.npy` (version 1) and `.npz`, in C order and little-endian.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::array::{Array, Element};

/// NumPy pads headers so that the elements begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// Writes an array of any number of dimensions.
pub(crate) fn write_npy<T: Element>(out: &mut impl Write, array: &Array<T>) -> io::Result<()> {
    let shape: String = match array.shape() {
        [n] => format!("({n},)"),
        shape => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let dictionary = format!("{{'descr': '<{}', 'fortran_order': False, 'shape': {shape}, }}", T::CODE);
    // Magic, version and length are 10 bytes; the header ends with a line end.
    let len = (10 + dictionary.len() + 1).next_multiple_of(ALIGNMENT) - 10;
    let len_field = u16::try_from(len).map_err(|_| io::Error::other("the shape has too many dimensions"))?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&len_field.to_le_bytes())?;
    writeln!(out, "{dictionary:<width$}", width = len - 1)?;
    array.data().iter().try_for_each(|x| x.write_le(out))
}

/// Writes an archive with one array of that name.
pub(crate) fn write_npz<T: Element>(out: impl Write + Seek, array: &Array<T>, name: &str) -> io::Result<()> {
    let mut zip = ZipWriter::new(out);
    // Stored, as np.savez does: the digits of a solution do not shrink.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    zip.start_file(format!("{name}.npy"), options)?;
    let mut buffered = io::BufWriter::new(zip);
    write_npy(&mut buffered, array)?;
    let zip = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
    zip.finish()?.flush()
}
