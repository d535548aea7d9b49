//! [`Values`]: what was read or computed, with its shape and its element type.

use std::io::{self, Write};
use std::mem::size_of;

use clap::ValueEnum;
use num_complex::Complex;
use resolvent::Scalar;

use crate::fault::{Fault, Result};
use crate::show::{Style, element, place};

/// NumPy's names of the element types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DType {
    /// 32-bit real
    Float32,
    /// 64-bit real
    Float64,
    /// two 32-bit reals
    Complex64,
    /// two 64-bit reals
    Complex128,
}

impl DType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            DType::Float32 => "float32",
            DType::Float64 => "float64",
            DType::Complex64 => "complex64",
            DType::Complex128 => "complex128",
        }
    }

    fn new(complex: bool, double: bool) -> Self {
        match (complex, double) {
            (false, false) => DType::Float32,
            (false, true) => DType::Float64,
            (true, false) => DType::Complex64,
            (true, true) => DType::Complex128,
        }
    }

    pub(crate) fn is_complex(self) -> bool {
        matches!(self, DType::Complex64 | DType::Complex128)
    }

    fn is_double(self) -> bool {
        matches!(self, DType::Float64 | DType::Complex128)
    }

    /// The smallest type that holds both, as NumPy promotes.
    pub(crate) fn promote(self, other: Self) -> Self {
        Self::new(self.is_complex() || other.is_complex(), self.is_double() || other.is_double())
    }
}

/// An element type as the files and the display know it.
pub(crate) trait Element: Scalar {
    /// The type's code in a `.npy` header, without the byte order.
    const CODE: &'static str;
    /// Significant digits that always read back as the same number.
    const ROUND_TRIP_DIGITS: usize;
    /// Significant digits that are shown unless `--digits` says otherwise: enough to work with, few enough that
    /// 2.2000000000000002 reads as 2.2.
    const SHOWN_DIGITS: usize;
    /// Machine epsilon.
    const EPSILON: f64;

    /// Both parts in double precision, exactly; the second is 0 for a real type.
    fn parts(self) -> (f64, f64);
    /// Rounded to this type; a real type ignores the second part.
    fn rounded(re: f64, im: f64) -> Self;
    /// The shortest text that reads back as the same real or imaginary part.
    fn shortest(self, part: usize) -> String;
    /// The bytes a `.npy` file has for it.
    fn write_le(self, out: &mut impl Write) -> io::Result<()>;
    fn wrap(array: Array<Self>) -> Values;
}

macro_rules! element {
    ($t:ty, $real:ty, $code:literal, $round_trip:literal, $shown:literal, $variant:ident) => {
        impl Element for $t {
            const CODE: &'static str = $code;
            const ROUND_TRIP_DIGITS: usize = $round_trip;
            const SHOWN_DIGITS: usize = $shown;
            const EPSILON: f64 = <$real>::EPSILON as f64;
            fn parts(self) -> (f64, f64) {
                (f64::from(self.re()), f64::from(self.im()))
            }
            fn rounded(re: f64, im: f64) -> Self {
                Scalar::from_parts(re as $real, im as $real)
            }
            fn shortest(self, part: usize) -> String {
                let x: $real = self.part(part);
                match x {
                    _ if x.is_nan() => "nan".to_owned(),
                    _ if x.is_infinite() => if x > 0.0 { "inf" } else { "-inf" }.to_owned(),
                    // Display never uses an exponent, which is unreadable far from 1.
                    _ if x == 0.0 || (1e-5..1e16).contains(&x.abs()) => x.to_string(),
                    _ => format!("{x:e}"),
                }
            }
            fn write_le(self, out: &mut impl Write) -> io::Result<()> {
                (0..Self::PARTS).try_for_each(|part| out.write_all(&self.part(part).to_le_bytes()))
            }
            fn wrap(array: Array<Self>) -> Values {
                Values::$variant(array)
            }
        }
    };
}
element!(f32, f32, "f4", 9, 6, Float32);
element!(f64, f64, "f8", 17, 10, Float64);
element!(Complex<f32>, f32, "c8", 9, 6, Complex64);
element!(Complex<f64>, f64, "c16", 17, 10, Complex128);

/// Elements in C order. Any number of dimensions, unlike the library's stacks: a vector has one, a determinant none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array<T> {
    shape: Vec<usize>,
    data: Vec<T>,
}

impl<T> Array<T> {
    /// # Panics
    /// If the shape has another number of elements: the readers check, because only they know the place to name.
    pub(crate) fn new(shape: Vec<usize>, data: Vec<T>) -> Self {
        assert_eq!(element_count(&shape), Some(data.len()), "shape {shape:?}");
        Self { shape, data }
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(crate) fn data(&self) -> &[T] {
        &self.data
    }

    /// The same elements in another shape.
    pub(crate) fn reshaped(self, shape: Vec<usize>) -> Self {
        Self::new(shape, self.data)
    }

    /// The stack dimensions, rows and columns. A vector is one column, a scalar one cell.
    pub(crate) fn matrix_shape(&self) -> (&[usize], usize, usize) {
        match &self.shape[..] {
            [] => (&[], 1, 1),
            [n] => (&[], *n, 1),
            [batch @ .., nrows, ncols] => (batch, *nrows, *ncols),
        }
    }
}

/// The product of the extents, if it is a number of elements a computer can address.
pub(crate) fn element_count(shape: &[usize]) -> Option<usize> {
    let product = shape.iter().filter(|&&n| n > 0).try_fold(1_usize, |p, &n| p.checked_mul(n))?;
    if shape.contains(&0) { Some(0) } else { Some(product) }
}

/// An array of one of the four element types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Float32(Array<f32>),
    Float64(Array<f64>),
    Complex64(Array<Complex<f32>>),
    Complex128(Array<Complex<f64>>),
}

/// The same expression for whichever element type there is.
macro_rules! with_array {
    ($values:expr, $array:ident => $body:expr) => {
        match $values {
            $crate::array::Values::Float32($array) => $body,
            $crate::array::Values::Float64($array) => $body,
            $crate::array::Values::Complex64($array) => $body,
            $crate::array::Values::Complex128($array) => $body,
        }
    };
}
pub(crate) use with_array;

impl Values {
    pub(crate) fn dtype(&self) -> DType {
        match self {
            Values::Float32(_) => DType::Float32,
            Values::Float64(_) => DType::Float64,
            Values::Complex64(_) => DType::Complex64,
            Values::Complex128(_) => DType::Complex128,
        }
    }

    pub(crate) fn shape(&self) -> &[usize] {
        with_array!(self, a => a.shape())
    }

    pub(crate) fn reshaped(self, shape: Vec<usize>) -> Self {
        with_array!(self, a => Element::wrap(a.reshaped(shape)))
    }

    /// Rounded or widened to another type.
    ///
    /// # Errors
    /// Imaginary parts would be lost, a number is beyond the type, or the memory cannot be had.
    pub(crate) fn converted(self, dtype: DType) -> Result<Self> {
        if self.dtype() == dtype {
            return Ok(self);
        }
        with_array!(self, a => match dtype {
            DType::Float32 => convert::<_, f32>(&a),
            DType::Float64 => convert::<_, f64>(&a),
            DType::Complex64 => convert::<_, Complex<f32>>(&a),
            DType::Complex128 => convert::<_, Complex<f64>>(&a),
        })
    }
}

fn convert<S: Element, T: Element>(array: &Array<S>) -> Result<Values> {
    let mut data = reserve(array.data.len())?;
    for (index, &x) in array.data.iter().enumerate() {
        let (re, im) = x.parts();
        if T::PARTS == 1 && im != 0.0 {
            return Err(Fault::bad_input(format!(
                "converting {} to {} would lose an imaginary part; ask for a complex --dtype",
                S::NAME,
                T::NAME
            )));
        }
        let rounded = T::rounded(re, im);
        if beyond(re, rounded.parts().0) || beyond(im, rounded.parts().1) {
            let style = Style { digits: None, full: false };
            return Err(Fault::bad_input(format!(
                "{} at {} is beyond {}, whose largest is about 3.4e38; scale the system or compute in double precision",
                element(x, style),
                place(index, &array.shape),
                T::NAME
            )));
        }
        data.push(rounded);
    }
    Ok(T::wrap(Array::new(array.shape.clone(), data)))
}

/// Did rounding make infinity of a number?
fn beyond(x: f64, rounded: f64) -> bool {
    x.is_finite() && !rounded.is_finite()
}

/// An empty vector with room for `len` elements, or an error where the usual one would abort the process.
pub(crate) fn reserve<T>(len: usize) -> Result<Vec<T>> {
    let mut data = Vec::new();
    data.try_reserve_exact(len).map_err(|_| out_of_memory(len.saturating_mul(size_of::<T>())))?;
    Ok(data)
}

pub(crate) fn out_of_memory(bytes: usize) -> Fault {
    Fault::bad_input(format!(
        "{bytes} bytes of memory are needed and cannot be had; take a smaller matrix, float32, or more memory"
    ))
}

/// `len` zeros. Unlike the elements of a file, zeros are conjured up by a header of a few bytes, and the system
/// grants such memory lazily, only to end the process when it is touched: so what is free is asked first.
pub(crate) fn zeros<T: Element>(len: usize) -> Result<Vec<T>> {
    let bytes = len.saturating_mul(size_of::<T>());
    if bytes > ALWAYS_THERE && available_memory().is_some_and(|available| bytes > available) {
        return Err(out_of_memory(bytes));
    }
    let mut data = reserve(len)?;
    data.resize(len, T::zero());
    Ok(data)
}

/// So little that the system is not asked first.
const ALWAYS_THERE: usize = 64 << 20;

/// The memory the system says it can give, where it says so.
pub(crate) fn available_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Collects numbers that are real until the first complex one, as the text formats find out.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    re: Vec<f64>,
    im: Option<Vec<f64>>,
}

impl Cells {
    /// # Errors
    /// The memory cannot be had.
    pub(crate) fn push(&mut self, re: f64, im: Option<f64>) -> Result<()> {
        fn push(numbers: &mut Vec<f64>, x: f64) -> Result<()> {
            numbers.try_reserve(1).map_err(|_| out_of_memory(numbers.len().saturating_mul(16)))?;
            numbers.push(x);
            Ok(())
        }
        if im.is_some() && self.im.is_none() {
            self.im = Some(zeros(self.re.len())?);
        }
        push(&mut self.re, re)?;
        match &mut self.im {
            Some(parts) => push(parts, im.unwrap_or(0.0)),
            None => Ok(()),
        }
    }

    /// # Errors
    /// The memory cannot be had.
    ///
    /// # Panics
    /// If the shape has another number of elements.
    pub(crate) fn into_values(self, shape: Vec<usize>) -> Result<Values> {
        match self.im {
            None => Ok(Values::Float64(Array::new(shape, self.re))),
            Some(im) => {
                let mut data = reserve(self.re.len())?;
                data.extend(self.re.iter().zip(&im).map(|(&re, &im)| Complex::new(re, im)));
                Ok(Values::Complex128(Array::new(shape, data)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promotion_is_numpys() {
        use DType::{Complex64, Complex128, Float32, Float64};
        assert_eq!(Float32.promote(Complex64), Complex64);
        assert_eq!(Float64.promote(Complex64), Complex128);
        assert_eq!(Float32.promote(Float32), Float32);
        assert_eq!(Float32.promote(Float64), Float64);
    }

    #[test]
    fn a_shape_too_large_has_no_count_and_an_empty_one_has_zero() {
        assert_eq!(element_count(&[usize::MAX, 2]), None);
        assert_eq!(element_count(&[usize::MAX, 0]), Some(0));
        assert_eq!(element_count(&[usize::MAX, 2, 0]), None, "NumPy refuses this too");
        assert_eq!(element_count(&[]), Some(1));
    }

    #[test]
    fn conversion_keeps_values_and_refuses_to_drop_imaginary_parts() {
        let complex =
            Values::Complex128(Array::new(vec![2], vec![Complex::new(1.0, 0.0), Complex::new(2.0, 0.5)]));
        assert!(complex.clone().converted(DType::Float64).is_err());
        let single = complex.converted(DType::Complex64).unwrap();
        assert_eq!(single.dtype(), DType::Complex64);
        let real = Values::Complex64(Array::new(vec![1], vec![Complex::new(1.5, 0.0)]));
        assert_eq!(real.converted(DType::Float32).unwrap(), Values::Float32(Array::new(vec![1], vec![1.5])));
    }

    #[test]
    fn the_shortest_text_reads_back() {
        for x in [0.1, 1e300, -2.5e-7, f64::MIN_POSITIVE, 5e-324, 123456789.0, 0.0, -0.0] {
            assert_eq!(x.shortest(0).parse::<f64>().unwrap().to_bits(), x.to_bits());
        }
        assert_eq!(0.1_f32.shortest(0), "0.1");
        assert_eq!(Complex::new(0.0, f64::NEG_INFINITY).shortest(1), "-inf");
    }

    #[test]
    fn zeros_that_cannot_be_had_are_an_error() {
        assert!(zeros::<f64>(usize::MAX / 64).is_err());
        assert!(zeros::<f64>(1 << 50).is_err());
    }
}
