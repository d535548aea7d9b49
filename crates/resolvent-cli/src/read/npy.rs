//! NumPy's `.npy`, versions 1 to 3. Written here rather than taken from a library because every size in a header is
//! checked before it is believed, and every fault names its byte.

use num_complex::Complex;

use crate::array::{Array, Element, Values, element_count, reserve};
use crate::fault::{Fault, Result, quote};

/// The first bytes of every `.npy` file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// NumPy itself refuses longer headers than 10,000 bytes unless told otherwise; plain arrays need about 120.
const LONGEST_HEADER: usize = 65_536;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
    /// Where the elements begin.
    pub(crate) start: usize,
}

/// Reads the bytes of a whole file.
pub(crate) fn read_npy(bytes: &[u8]) -> Result<Values> {
    let header = read_header(bytes)?;
    let kind = kind(&header)?;
    let needed = data_len(&header, &kind)?;
    let data = &bytes[header.start..];
    if data.len() != needed {
        let (found, shape) = (data.len(), &header.shape);
        return Err(Fault::bad_input(if found < needed {
            format!(
                "the file is cut off: shape {shape:?} of '{}' needs {needed} bytes, {found} are there",
                header.descr
            )
        } else {
            format!("{} bytes follow the {needed} of the array; save one array per file", found - needed)
        }));
    }
    let Kind { code, big_endian } = kind;
    let big = big_endian;
    match code {
        "f4" => decode(data, &header, big, f32::from_ne_bytes),
        "f8" => decode(data, &header, big, f64::from_ne_bytes),
        "c8" => decode(data, &header, big, |b: [u8; 8]| complex(b, big, f32::from_ne_bytes)),
        "c16" => decode(data, &header, big, |b: [u8; 16]| complex(b, big, f64::from_ne_bytes)),
        "b1" => decode(data, &header, big, |[b]: [u8; 1]| f64::from(u8::from(b != 0))),
        "i1" => decode(data, &header, big, |b| f64::from(i8::from_ne_bytes(b))),
        "u1" => decode(data, &header, big, |b| f64::from(u8::from_ne_bytes(b))),
        "i2" => decode(data, &header, big, |b| f64::from(i16::from_ne_bytes(b))),
        "u2" => decode(data, &header, big, |b| f64::from(u16::from_ne_bytes(b))),
        "i4" => decode(data, &header, big, |b| f64::from(i32::from_ne_bytes(b))),
        "u4" => decode(data, &header, big, |b| f64::from(u32::from_ne_bytes(b))),
        "i8" => decode(data, &header, big, |b| i64::from_ne_bytes(b) as f64),
        _ => decode(data, &header, big, |b| u64::from_ne_bytes(b) as f64),
    }
}

/// How many bytes a whole file with this header has, for a reader that must know before it reads on.
pub(crate) fn file_len(header: &Header) -> Result<usize> {
    data_len(header, &kind(header)?).map(|len| len.saturating_add(header.start))
}

fn data_len(header: &Header, kind: &Kind) -> Result<usize> {
    let size: usize = kind.code[1..].parse().unwrap_or(1);
    element_count(&header.shape)
        .and_then(|count| count.checked_mul(size))
        .filter(|&len| isize::try_from(len).is_ok())
        .ok_or_else(|| {
            Fault::bad_input(format!("shape {:?} is more than a computer can address", header.shape))
        })
}

struct Kind {
    code: &'static str,
    big_endian: bool,
}

/// The element type, if it is one that is computed with.
fn kind(header: &Header) -> Result<Kind> {
    const KNOWN: [&str; 13] = ["f4", "f8", "c8", "c16", "b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"];
    let descr = header.descr.as_str();
    let (order, code) = match descr.chars().next() {
        Some(order @ ('<' | '>' | '|' | '=')) => (order, &descr[1..]),
        _ => ('=', descr),
    };
    let big_endian = order == '>' || (order == '=' && cfg!(target_endian = "big"));
    if let Some(code) = KNOWN.into_iter().find(|known| *known == code) {
        return Ok(Kind { code, big_endian });
    }
    let remedy = match code {
        "f2" => "float16 is too coarse to solve with; save a.astype(np.float32)",
        "f12" | "f16" | "g" => "longdouble is not supported; save a.astype(np.float64)",
        "c24" | "c32" | "G" => "clongdouble is not supported; save a.astype(np.complex128)",
        "O" => "Python objects are not numbers; save a.astype(np.float64)",
        _ => "expected float32, float64, complex64, complex128, an integer type or bool",
    };
    Err(Fault::bad_input(format!("elements of type {}: {remedy}", quote(descr))))
}

/// Decodes elements of `N` bytes. `from_native` takes them in native order; of a complex number each part is swapped
/// by `complex`, so those arrive as they are.
fn decode<T: Element, const N: usize>(
    bytes: &[u8],
    header: &Header,
    big_endian: bool,
    from_native: impl Fn([u8; N]) -> T,
) -> Result<Values> {
    let swap = T::PARTS == 1 && big_endian != cfg!(target_endian = "big");
    let mut data = reserve(bytes.len() / N)?;
    let (elements, _) = bytes.as_chunks::<N>();
    data.extend(elements.iter().map(|&(mut element)| {
        if swap {
            element.reverse();
        }
        from_native(element)
    }));
    let data = if header.fortran { to_c_order(&data, &header.shape)? } else { data };
    Ok(T::wrap(Array::new(header.shape.clone(), data)))
}

fn complex<R, const N: usize, const P: usize>(
    bytes: [u8; N],
    big: bool,
    from_native: fn([u8; P]) -> R,
) -> Complex<R> {
    let part = |at: usize| {
        let mut part: [u8; P] = std::array::from_fn(|i| bytes[at + i]);
        if big != cfg!(target_endian = "big") {
            part.reverse();
        }
        from_native(part)
    };
    Complex::new(part(0), part(P))
}

/// Reorders elements whose first index runs fastest.
fn to_c_order<T: Copy>(data: &[T], shape: &[usize]) -> Result<Vec<T>> {
    let mut ordered = reserve(data.len())?;
    if data.is_empty() {
        return Ok(ordered);
    }
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &extent in shape {
        strides.push(stride);
        stride *= extent;
    }
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    loop {
        ordered.push(data[at]);
        // Count up like an odometer, the last index first.
        let mut d = shape.len();
        loop {
            if d == 0 {
                return Ok(ordered);
            }
            d -= 1;
            index[d] += 1;
            at += strides[d];
            if index[d] < shape[d] {
                break;
            }
            at -= strides[d] * shape[d];
            index[d] = 0;
        }
    }
}

/// Reads magic, version, length and the dictionary. The bytes may end anywhere after the header.
pub(crate) fn read_header(bytes: &[u8]) -> Result<Header> {
    let cut = || Fault::bad_input(format!("the file is cut off inside its header, at byte {}", bytes.len()));
    if !bytes.starts_with(MAGIC) {
        return Err(Fault::bad_input("byte 0: this is not a .npy file: it does not begin with \\x93NUMPY"));
    }
    let (len, text_start) = match bytes.get(6).ok_or_else(cut)? {
        1 => (bytes.get(8..10).ok_or_else(cut)?.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b)), 10),
        2 | 3 => {
            (bytes.get(8..12).ok_or_else(cut)?.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b)), 12)
        }
        version => {
            return Err(Fault::bad_input(format!(
                "byte 6: expected format version 1, 2 or 3, found {version}"
            )));
        }
    };
    if len > LONGEST_HEADER {
        return Err(Fault::bad_input(format!(
            "byte 8: a header of {len} bytes; at most {LONGEST_HEADER} make sense"
        )));
    }
    let start = text_start + len;
    let dictionary = bytes.get(text_start..start).ok_or_else(cut)?;
    let mut parser = Dictionary { bytes: dictionary, at: 0, offset: text_start };
    let (descr, fortran, shape) = parser.read()?;
    Ok(Header { descr, fortran, shape, start })
}

/// Parses the Python dictionary `{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }`, and only such ones.
struct Dictionary<'a> {
    bytes: &'a [u8],
    at: usize,
    offset: usize,
}

impl Dictionary<'_> {
    fn read(&mut self) -> Result<(String, bool, Vec<usize>)> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.accept(b'}') {
            let key_at = self.at;
            let key = self.string()?;
            self.expect(b':')?;
            match key.as_str() {
                "descr" => descr = Some(self.descr()?),
                "fortran_order" => fortran = Some(self.boolean()?),
                "shape" => shape = Some(self.tuple()?),
                _ => {
                    self.at = key_at;
                    return Err(self.fault(&format!("unknown key {}", quote(&key))));
                }
            }
            if !self.accept(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(self.fault("something follows the closing brace"));
        }
        match (descr, fortran, shape) {
            (Some(descr), Some(fortran), Some(shape)) => Ok((descr, fortran, shape)),
            _ => Err(self.fault("one of 'descr', 'fortran_order' and 'shape' is missing")),
        }
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::bad_input(format!("byte {}: malformed header: {message}", self.offset + self.at))
    }

    fn skip_space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.accept(byte) { Ok(()) } else { Err(self.fault(&format!("expected `{}`", char::from(byte)))) }
    }

    fn string(&mut self) -> Result<String> {
        self.skip_space();
        let Some(&quote @ (b'\'' | b'"')) = self.bytes.get(self.at) else {
            return Err(self.fault("expected a quoted string"));
        };
        let rest = &self.bytes[self.at + 1..];
        let Some(len) = rest.iter().position(|&b| b == quote) else {
            return Err(self.fault("this string is never closed"));
        };
        let text = String::from_utf8_lossy(&rest[..len]).into_owned();
        self.at += len + 2;
        Ok(text)
    }

    fn descr(&mut self) -> Result<String> {
        self.skip_space();
        if self.bytes.get(self.at) == Some(&b'[') {
            return Err(self.fault("a structured array has no single element type; save one of its fields"));
        }
        self.string()
    }

    fn boolean(&mut self) -> Result<bool> {
        self.skip_space();
        for (word, value) in [(&b"True"[..], true), (b"False", false)] {
            if self.bytes[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("expected True or False"))
    }

    fn tuple(&mut self) -> Result<Vec<usize>> {
        const MOST_DIMENSIONS: usize = 64;
        self.expect(b'(')?;
        let mut shape = Vec::new();
        while !self.accept(b')') {
            self.skip_space();
            let digits = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let word = &self.bytes[self.at..self.at + digits];
            let extent = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
            shape.push(extent.ok_or_else(|| self.fault("expected an extent: a whole number, not negative"))?);
            self.at += digits;
            // Python 2 wrote long integers as 3L.
            self.accept(b'L');
            if shape.len() > MOST_DIMENSIONS {
                return Err(self.fault("more than 64 dimensions"));
            }
            if !self.accept(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(dictionary: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((dictionary.len() as u16).to_le_bytes());
        bytes.extend(dictionary.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn dictionary(descr: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn every_type_and_byte_order() {
        let read =
            |descr: &str, data: &[u8]| read_npy(&file(&dictionary(descr, "False", "(1,)"), data)).unwrap();
        let double = |x: f64| Values::Float64(Array::new(vec![1], vec![x]));
        assert_eq!(read("<f8", &1.5_f64.to_le_bytes()), double(1.5));
        assert_eq!(read(">f8", &1.5_f64.to_be_bytes()), double(1.5));
        assert_eq!(read(">f4", &1.5_f32.to_be_bytes()), Values::Float32(Array::new(vec![1], vec![1.5])));
        let parts = [1.5_f32.to_be_bytes(), 2.5_f32.to_be_bytes()].concat();
        assert_eq!(read(">c8", &parts), Values::Complex64(Array::new(vec![1], vec![Complex::new(1.5, 2.5)])));
        let parts = [1.5_f64.to_le_bytes(), 2.5_f64.to_le_bytes()].concat();
        assert_eq!(
            read("<c16", &parts),
            Values::Complex128(Array::new(vec![1], vec![Complex::new(1.5, 2.5)]))
        );
        assert_eq!(read("|b1", &[1]), double(1.0));
        assert_eq!(read("|i1", &[0xff]), double(-1.0));
        assert_eq!(read(">i2", &(-300_i16).to_be_bytes()), double(-300.0));
        assert_eq!(read("<u4", &4_000_000_000_u32.to_le_bytes()), double(4e9));
        assert_eq!(read("<i8", &(-5_i64).to_le_bytes()), double(-5.0));
        assert_eq!(read(">u8", &u64::MAX.to_be_bytes()), double(u64::MAX as f64));
    }

    #[test]
    fn fortran_order_becomes_c_order() {
        let data: Vec<u8> = (0..12).collect();
        let values = read_npy(&file(&dictionary("|u1", "True", "(2, 3, 2)"), &data)).unwrap();
        let Values::Float64(array) = values else { panic!() };
        assert_eq!(array.shape(), [2, 3, 2]);
        assert_eq!(array.data(), [0., 6., 2., 8., 4., 10., 1., 7., 3., 9., 5., 11.]);
        assert!(read_npy(&file(&dictionary("|u1", "True", "(2, 0, 2)"), &[])).is_ok());
    }

    #[test]
    fn what_is_refused_says_why() {
        let ok = dictionary("<f8", "False", "(1,)");
        for (bytes, words) in [
            (file(&ok, &[0; 7]), "needs 8 bytes, 7 are there"),
            (file(&ok, &[0; 9]), "1 bytes follow"),
            (file(&dictionary("<f2", "False", "(1,)"), &[0; 2]), "a.astype(np.float32)"),
            (file(&dictionary("<f16", "False", "(1,)"), &[0; 16]), "a.astype(np.float64)"),
            (file(&dictionary("|O", "False", "(1,)"), &[0; 8]), "Python objects"),
            (
                file(&dictionary("<f8", "False", "(4294967296, 4294967296)"), &[]),
                "more than a computer can address",
            ),
            (file(&dictionary("<f8", "False", "(1000000, 1000000)"), &[0; 8]), "cut off"),
            (file(&dictionary("<f8", "False", "(99999999999999999999,)"), &[]), "expected an extent"),
            (
                file(&dictionary("<f8", "False", "(-1,)"), &[]),
                "byte 61: malformed header: expected an extent",
            ),
            (file(&dictionary("<f8", "Maybe", "(1,)"), &[]), "True or False"),
            (file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", &[]), "structured"),
            (file("{'shape': (1,)}", &[]), "is missing"),
            (file("{'x': 1}", &[]), "unknown key `x`"),
            (file("{'descr", &[]), "never closed"),
            (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "a header of 4294967295 bytes"),
            (b"\x93NUMPY\x01\x00\xff\x00{".to_vec(), "cut off inside its header"),
            (b"\x93NUMPY\x07\x00".to_vec(), "version"),
            (b"\x93NUMP".to_vec(), "not a .npy file"),
        ] {
            let fault = read_npy(&bytes).unwrap_err();
            assert!(fault.message.contains(words), "{words}: {fault}");
        }
    }

    #[test]
    fn a_scalar_and_an_empty_matrix_are_arrays_too() {
        assert_eq!(read_npy(&file(&dictionary("|u1", "False", "()"), &[7])).unwrap().shape(), [0_usize; 0]);
        assert_eq!(read_npy(&file(&dictionary("<f8", "False", "(0, 0)"), &[])).unwrap().shape(), [0, 0]);
    }
}
