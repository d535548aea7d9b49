//! From an operand of the command line to an array: files, standard input, literals, equations.

mod csv;
mod literal;
mod mtx;
mod npy;
mod npz;
mod number;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ValueEnum;

use crate::array::{Values, available_memory};
use crate::equations::{self, System};
use crate::fault::{Fault, Result, quote};

/// How bytes stand for an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// NumPy array
    Npy,
    /// NumPy archive
    Npz,
    /// comma-, semicolon-, tab- or space-separated numbers
    Csv,
    /// tab-separated numbers
    Tsv,
    /// Matrix Market
    Mtx,
    /// nested brackets
    Literal,
    /// linear equations (solve only)
    Equations,
}

impl Format {
    /// What the extension says.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "npy" => Format::Npy,
            "npz" => Format::Npz,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "mtx" => Format::Mtx,
            _ => return None,
        })
    }

    /// Can `-o` write it?
    pub(crate) fn is_written(self) -> bool {
        !matches!(self, Format::Literal | Format::Equations)
    }

    /// What the first bytes say.
    fn sniff(bytes: &[u8]) -> Self {
        if bytes.starts_with(npy::MAGIC) {
            return Format::Npy;
        }
        if bytes.starts_with(b"PK") {
            return Format::Npz;
        }
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if bytes.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"%%MatrixMarket")) {
            return Format::Mtx;
        }
        let mut lines = bytes.split(|b| b"\r\n".contains(b)).map(<[u8]>::trim_ascii);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).unwrap_or_default();
        match first.first() {
            Some(b'[') => Format::Literal,
            _ if bytes.contains(&b'=') => Format::Equations,
            _ if first.contains(&b'\t') => Format::Tsv,
            _ => Format::Csv,
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An operand that was read.
#[derive(Debug)]
pub(crate) enum Operand {
    /// One array.
    Array {
        /// What to call it in messages.
        name: String,
        values: Values,
        /// From a format that has no vectors, where one row or one column stands for one.
        tabular: bool,
        /// What the columns are called, if a header says so.
        header: Option<Vec<String>>,
    },
    /// A whole system: equations, or an archive with `A` and `b`.
    System { name: String, a: Values, b: Values, unknowns: Vec<String> },
}

/// What an operand is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The matrix, called like this if it has no better name.
    Matrix(&'static str),
    /// The matrix of `solve` without a right-hand side: it must bring its own.
    System,
    /// A matrix, or a whole system.
    Either,
}

/// Reads an operand. `format` is that of standard input and of files whose extension names none.
pub(crate) fn read_operand(argument: &OsStr, role: Role, format: Option<Format>) -> Result<Operand> {
    if argument == "-" {
        let mut bytes = Vec::new();
        let name = "standard input";
        read_to_end(io::stdin().lock(), &mut bytes, most_of_a_stream())
            .map_err(|error| unreadable(name, &error))?;
        return interpret(&bytes, format.unwrap_or_else(|| Format::sniff(&bytes)), None, role, name);
    }
    let path = Path::new(argument);
    if path.exists() {
        return read_path(path, None, role, format);
    }
    let Some(text) = argument.to_str() else {
        return Err(Fault::bad_input("no such file").in_file(&path.display().to_string()));
    };
    if let Some((path, array)) = archive_member(text) {
        return read_path(Path::new(path), Some(array), role, format);
    }
    let text = text.trim();
    if text.starts_with('[') {
        let name = if let Role::Matrix(name) = role { name } else { "A" };
        return interpret(text.as_bytes(), Format::Literal, None, role, name);
    }
    if text.contains('=') || text.contains('\n') {
        return interpret(text.as_bytes(), Format::Equations, None, role, "equations");
    }
    if Format::of_path(path).is_some() {
        return Err(Fault::bad_input("no such file").in_file(&path.display().to_string()));
    }
    Err(Fault::bad_input(format!(
        "{} is neither a file, nor a literal such as \"[[2,1],[1,3]]\", nor equations such as \"2x + y = 5; x + 3y = 4\"",
        quote(text)
    )))
}

/// `FILE.npz:NAME` in its two parts.
fn archive_member(text: &str) -> Option<(&str, &str)> {
    let at = text.to_ascii_lowercase().rfind(".npz:")?;
    Some((&text[..at + 4], &text[at + 5..]))
}

fn read_path(path: &Path, member: Option<&str>, role: Role, format: Option<Format>) -> Result<Operand> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(Fault::bad_input("this is a directory; name a file in it").in_file(&name));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            let most = if file.metadata()?.is_file() { u64::MAX } else { most_of_a_stream() };
            read_to_end(file, &mut bytes, most)
        })
        .map_err(|error| unreadable(&name, &error))?;
    let format = Format::of_path(path).or(format).unwrap_or_else(|| Format::sniff(&bytes));
    interpret(&bytes, format, member, role, &name)
}

/// Memory that cannot be had is an error here too: the standard library reserves before it reads.
fn read_to_end(source: impl Read, bytes: &mut Vec<u8>, most: u64) -> io::Result<()> {
    source.take(most.saturating_add(1)).read_to_end(bytes)?;
    if bytes.len() as u64 > most {
        let message =
            format!("it goes on after {most} bytes, half of the memory there is; write it to a file");
        return Err(io::Error::other(message));
    }
    Ok(())
}

/// Pipes and devices do not say how long they are, and /dev/zero never ends: half of the memory that is free may be
/// read from them, since the numbers need the other half. Where the system does not say what is free, 8 GiB.
fn most_of_a_stream() -> u64 {
    available_memory().map_or(8 << 30, |free| free as u64 / 2)
}

fn unreadable(name: &str, error: &io::Error) -> Fault {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    Fault::bad_input(why).in_file(name)
}

fn interpret(bytes: &[u8], format: Format, member: Option<&str>, role: Role, name: &str) -> Result<Operand> {
    let here = |fault: Fault| fault.in_file(name);
    let tabular = matches!(format, Format::Csv | Format::Tsv | Format::Mtx);
    match (format, role) {
        (Format::Equations, Role::System | Role::Either) => {
            let System { a, b, names } =
                equations::read_equations(&decode(bytes).map_err(here)?).map_err(here)?;
            let (a, b) = (Values::Float64(a), Values::Float64(b));
            return Ok(Operand::System { name: name.to_owned(), a, b, unknowns: names });
        }
        (Format::Npz, Role::System | Role::Either) if member.is_none() => {
            let mut archive = npz::Npz::open(bytes).map_err(here)?;
            if let Some((a, b)) = archive.system().map_err(here)? {
                return Ok(Operand::System { name: name.to_owned(), a, b, unknowns: vec![] });
            }
            if role == Role::Either {
                let values = archive.select(None).map_err(here)?;
                return Ok(Operand::Array { name: name.to_owned(), values, tabular, header: None });
            }
            return Err(here(Fault::bad_input(format!(
                "solve needs a right-hand side: give b after A, or arrays `A` and `b` in the archive, which has {}",
                archive.list()
            ))));
        }
        _ => {}
    }
    let read = match format {
        Format::Npz => npz::Npz::open(bytes).and_then(|mut archive| Ok((archive.select(member)?, None))),
        Format::Csv | Format::Tsv => {
            decode(bytes).and_then(|text| csv::read_table(&text, format == Format::Tsv))
        }
        _ => parse_bytes(bytes, format).map(|values| (values, None)),
    };
    let (values, header) = read.map_err(here)?;
    Ok(Operand::Array { name: name.to_owned(), values, tabular, header })
}

/// Reads one array in a given format.
pub(crate) fn parse_bytes(bytes: &[u8], format: Format) -> Result<Values> {
    match format {
        Format::Npy => npy::read_npy(bytes),
        Format::Npz => npz::Npz::open(bytes)?.select(None),
        Format::Csv => Ok(csv::read_table(&decode(bytes)?, false)?.0),
        Format::Tsv => Ok(csv::read_table(&decode(bytes)?, true)?.0),
        Format::Mtx => mtx::read_matrix_market(&decode(bytes)?),
        Format::Literal => literal::read_literal(&decode(bytes)?),
        Format::Equations => Err(Fault::bad_input(
            "equations hold a matrix and a right-hand side: they go with `solve`, alone",
        )),
    }
}

/// The bytes as text, without a byte-order mark. A lone CR ends a line, as on old Macs and in some spreadsheets.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let text = utf8(bytes)?;
    let lone = |i: usize| text.as_bytes().get(i + 1) != Some(&b'\n');
    if !text.match_indices('\r').any(|(i, _)| lone(i)) {
        return Ok(Cow::Borrowed(text));
    }
    let ends = text.char_indices().map(|(i, c)| if c == '\r' && lone(i) { '\n' } else { c });
    Ok(Cow::Owned(ends.collect()))
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Fault::bad_input("this text is encoded as UTF-16; save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let text = std::str::from_utf8(valid).unwrap_or_default();
        let byte = bytes[error.valid_up_to()];
        let message = format!("byte 0x{byte:02x} is not UTF-8; save the file as UTF-8 text");
        Fault::at(text, text.len()..text.len(), message)
    })
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_tell_their_format() {
        for (bytes, format) in [
            (&b"\x93NUMPY\x01\x00"[..], Format::Npy),
            (b"PK\x03\x04", Format::Npz),
            (b"%%MatrixMarket matrix array real general\n", Format::Mtx),
            (b"%%matrixmarket matrix", Format::Mtx),
            (b"\n [[1,2],[3,4]]", Format::Literal),
            (b"# b = 3\n[1]", Format::Literal),
            (b"x + y = 2\nx = 1", Format::Equations),
            (b"1,2\n3,4", Format::Csv),
            (b"1\t2\n3\t4", Format::Tsv),
            (b"\xef\xbb\xbf[1]", Format::Literal),
            (b"", Format::Csv),
        ] {
            assert_eq!(Format::sniff(bytes), format, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_by_place() {
        let fault = parse_bytes(b"1,2\n3,\xff\n", Format::Csv).unwrap_err();
        assert_eq!(fault.position, Some((2, 3)));
        assert!(parse_bytes(b"\xff\xfe1\0", Format::Csv).unwrap_err().message.contains("UTF-16"));
        assert!(parse_bytes(b"\xef\xbb\xbf1,2", Format::Csv).is_ok());
    }

    #[test]
    fn a_stream_without_end_is_refused() {
        let mut bytes = Vec::new();
        let error = read_to_end(io::repeat(0), &mut bytes, 1000).unwrap_err();
        assert!(error.to_string().contains("after 1000 bytes") && bytes.len() == 1001, "{error}");
        assert!(read_to_end(&[0; 1000][..], &mut Vec::new(), 1000).is_ok());
        assert!(read_to_end(&[0; 1000][..], &mut Vec::new(), u64::MAX).is_ok());
    }

    #[test]
    fn a_member_of_an_archive_is_written_after_a_colon() {
        assert_eq!(archive_member("d/file.npz:A"), Some(("d/file.npz", "A")));
        assert_eq!(archive_member("file.NPZ:a.b"), Some(("file.NPZ", "a.b")));
        assert_eq!(archive_member("file.npz"), None);
    }
}
