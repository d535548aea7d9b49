//! NumPy arrays as the library sees them: strided memory of one element type, lent without a copy.
//!
//! The only file of this crate with `unsafe`. Everything rests on three facts:
//! - an [`Array`] holds a reference to an object that was checked to be an ndarray, so its header can be read;
//! - a [`StackRef`] is lent only from memory that NumPy calls aligned and native, in whole elements;
//! - a [`StackMut`] is lent only from memory that no operand of the same call shares.
//!
//! As everywhere in NumPy, another Python thread that writes into an operand during a call spoils the numbers; it
//! cannot free the memory, because the array is referenced until the call ends. Neither rests on the GIL, which is
//! released for the work anyhow, and which free-threaded Python has not. What a thread may not do there, nor in any
//! call of NumPy's own, is to give an array another header (`a.shape = ...`) while another thread's call reads it:
//! NumPy locks no headers. Those of operands are read before the work begins, and not after.

use std::ffi::c_int;

use numpy::npyffi::flags::{
    NPY_ARRAY_ALIGNED, NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_ENSUREARRAY, NPY_ARRAY_FORCECAST,
    NPY_ARRAY_NOTSWAPPED, NPY_ARRAY_WRITEABLE,
};
use numpy::npyffi::{
    NPY_CASTING, NPY_TYPES, NpyTypes, PY_ARRAY_API, PyArray_Check, PyArray_CheckExact, PyArray_Descr,
    PyArrayObject, PyArrayObject_fields, PyDataType_ELSIZE, get_type_object,
};
use pyo3::prelude::*;
use resolvent::{Complex, Scalar, StackMut, StackRef, check_memory};

use crate::dlpack::from_dlpack;
use crate::error::refusal;
use crate::layout::{Core, Layout, View};

/// NumPy's mark of big-endian elements.
const SWAPPED: u8 = if cfg!(target_endian = "little") { b'>' } else { b'<' };

/// A scalar and NumPy's number for it.
pub(crate) trait Element: Scalar + numpy::Element {
    const TYPE: NPY_TYPES;
    /// The same kind of number in double precision.
    type Wide: Element<Real = f64>;
}

impl Element for f32 {
    type Wide = f64;
    const TYPE: NPY_TYPES = NPY_TYPES::NPY_FLOAT;
}
impl Element for f64 {
    type Wide = f64;
    const TYPE: NPY_TYPES = NPY_TYPES::NPY_DOUBLE;
}
impl Element for Complex<f32> {
    type Wide = Complex<f64>;
    const TYPE: NPY_TYPES = NPY_TYPES::NPY_CFLOAT;
}
impl Element for Complex<f64> {
    type Wide = Complex<f64>;
    const TYPE: NPY_TYPES = NPY_TYPES::NPY_CDOUBLE;
}

/// An ndarray, or an instance of a subclass.
#[derive(Clone)]
pub(crate) struct Array<'py>(Bound<'py, PyAny>);

/// Is this exactly an ndarray, not a subclass and not anything else?
#[inline]
pub(crate) fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object, which is bound to this thread's interpreter.
    unsafe { PyArray_CheckExact(object.py(), object.as_ptr()) != 0 }
}

impl<'py> Array<'py> {
    /// The object if it is an ndarray already.
    #[inline]
    pub(crate) fn from_ndarray(object: &Bound<'py, PyAny>) -> Option<Self> {
        // SAFETY: a live object, which is bound to this thread's interpreter.
        let is_ndarray = unsafe { PyArray_Check(object.py(), object.as_ptr()) != 0 };
        is_ndarray.then(|| Self(object.clone()))
    }

    /// `np.asarray(object)`, but an instance of a subclass stays what it is: only its memory matters here. What knows
    /// DLPack alone, of which `np.asarray` makes an object without dimensions, is taken by `np.from_dlpack`.
    #[inline]
    pub(crate) fn from_any(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Some(array) = Self::from_ndarray(object) {
            return Ok(array);
        }
        let array = Self::converted_from(object)?;
        let unknown = array.shape().is_empty() && array.type_number() == NPY_TYPES::NPY_OBJECT as c_int;
        let exported = if unknown { from_dlpack(object)? } else { None };
        Ok(exported.and_then(|exported| Self::from_ndarray(&exported)).unwrap_or(array))
    }

    /// `np.asarray(object)` of what is no ndarray.
    fn converted_from(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        // SAFETY: a live object; no dtype asked for; the result is a new reference to an ndarray, or null with an
        // exception set.
        unsafe {
            let array = PY_ARRAY_API.PyArray_FromAny(
                py,
                object.as_ptr(),
                std::ptr::null_mut(),
                0,
                0,
                NPY_ARRAY_ENSUREARRAY,
                std::ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, array).map(Self)
        }
    }

    /// A new C-contiguous array whose elements are still to be written.
    #[inline]
    pub(crate) fn empty<T: Element>(py: Python<'py>, shape: &[usize]) -> PyResult<Self> {
        // SAFETY: as many extents as dimensions, as NumPy's own integers; PyArray_NewFromDescr takes the reference
        // to the dtype, allocates (null data), and refuses shapes that do not fit into memory.
        unsafe {
            let array = PY_ARRAY_API.PyArray_NewFromDescr(
                py,
                get_type_object(py, NpyTypes::PyArray_Type),
                descr::<T>(py),
                shape.len() as c_int,
                shape.as_ptr().cast_mut().cast(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                0,
                std::ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, array).map(Self)
        }
    }

    /// A new C-contiguous array of zeros.
    #[inline]
    pub(crate) fn zeros<T: Element>(py: Python<'py>, shape: &[usize]) -> PyResult<Self> {
        // SAFETY: as in `empty`.
        unsafe {
            let dims = shape.as_ptr().cast_mut().cast();
            let array = PY_ARRAY_API.PyArray_Zeros(py, shape.len() as c_int, dims, descr::<T>(py), 0);
            Bound::from_owned_ptr_or_err(py, array).map(Self)
        }
    }

    #[inline]
    fn header(&self) -> &PyArrayObject_fields {
        // SAFETY: the object is an ndarray, and `self` holds a reference to it. Nothing changes the header while this
        // borrow lasts: no Python code runs on this thread, and others may not (see above).
        unsafe { &(*self.0.as_ptr().cast::<PyArrayObject>()).fields }
    }

    /// The shape.
    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        let header = self.header();
        if header.nd == 0 {
            return &[];
        }
        // SAFETY: NumPy keeps `nd` extents there, none negative, as integers of a pointer's size.
        unsafe { std::slice::from_raw_parts(header.dimensions.cast_const().cast(), header.nd as usize) }
    }

    /// Bytes from one element to the next, per dimension.
    #[inline]
    fn byte_strides(&self) -> &[isize] {
        let header = self.header();
        if header.nd == 0 {
            return &[];
        }
        // SAFETY: NumPy keeps `nd` strides there.
        unsafe { std::slice::from_raw_parts(header.strides.cast_const(), header.nd as usize) }
    }

    /// NumPy's number of the element type.
    #[inline]
    pub(crate) fn type_number(&self) -> c_int {
        // SAFETY: every array has a dtype.
        unsafe { (*self.header().descr).fields.type_num }
    }

    #[inline]
    fn is_swapped(&self) -> bool {
        // SAFETY: every array has a dtype.
        unsafe { (*self.header().descr).fields.byteorder as u8 == SWAPPED }
    }

    #[inline]
    fn has_flag(&self, flag: c_int) -> bool {
        self.header().flags & flag != 0
    }

    pub(crate) fn is_writeable(&self) -> bool {
        self.has_flag(NPY_ARRAY_WRITEABLE)
    }

    /// Native elements of this very type, whatever the strides?
    #[inline]
    pub(crate) fn holds<T: Element>(&self) -> bool {
        self.type_number() == T::TYPE as c_int && !self.is_swapped()
    }

    /// Can the memory be read as it is: aligned native elements of this type, whole elements apart?
    #[inline]
    pub(crate) fn is_lendable<T: Element>(&self) -> bool {
        let whole =
            |(&extent, &stride): (&usize, &isize)| extent < 2 || stride % size_of::<T>() as isize == 0;
        self.holds::<T>()
            && self.has_flag(NPY_ARRAY_ALIGNED)
            && self.shape().iter().zip(self.byte_strides()).all(whole)
    }

    /// May NumPy cast the elements to this type without leaving their kind ("same_kind")?
    pub(crate) fn casts_to<T: Element>(&self) -> bool {
        let py = self.0.py();
        // SAFETY: two dtypes; PyArray_CanCastTypeTo borrows both, and the new one is given back after.
        unsafe {
            let target = descr::<T>(py);
            let casting = NPY_CASTING::NPY_SAME_KIND_CASTING;
            let can = PY_ARRAY_API.PyArray_CanCastTypeTo(py, self.header().descr, target, casting);
            drop(Bound::from_owned_ptr(py, target.cast()));
            can != 0
        }
    }

    /// The same array if its memory can be lent, else a converted C-contiguous copy.
    #[inline]
    pub(crate) fn into_lendable<T: Element>(self) -> PyResult<Self> {
        if self.is_lendable::<T>() { Ok(self) } else { self.converted::<T>() }
    }

    fn converted<T: Element>(&self) -> PyResult<Self> {
        let py = self.0.py();
        let flags = NPY_ARRAY_C_CONTIGUOUS
            | NPY_ARRAY_ALIGNED
            | NPY_ARRAY_NOTSWAPPED
            | NPY_ARRAY_FORCECAST
            | NPY_ARRAY_ENSUREARRAY;
        // SAFETY: PyArray_FromArray borrows the array and takes the reference to the dtype; the result is a new
        // reference to an ndarray, or null with an exception set.
        unsafe {
            let array = PY_ARRAY_API.PyArray_FromArray(py, self.as_array_ptr(), descr::<T>(py), flags);
            Bound::from_owned_ptr_or_err(py, array).map(Self)
        }
    }

    /// Writes the elements of `source`, of the same shape, into this array.
    pub(crate) fn copy_from(&self, source: &Self) -> PyResult<()> {
        let py = self.0.py();
        // SAFETY: two arrays; NumPy checks shapes, types and writeability.
        match unsafe { PY_ARRAY_API.PyArray_CopyInto(py, self.as_array_ptr(), source.as_array_ptr()) } {
            0 => Ok(()),
            _ => Err(PyErr::fetch(py)),
        }
    }

    #[inline]
    fn as_array_ptr(&self) -> *mut PyArrayObject {
        self.0.as_ptr().cast()
    }

    /// Where the elements lie.
    pub(crate) fn layout(&self) -> Layout<'_> {
        let start = self.header().data as usize;
        Layout { start, shape: self.shape(), byte_strides: self.byte_strides(), item_size: self.item_size() }
    }

    fn item_size(&self) -> usize {
        // SAFETY: every array has a dtype.
        unsafe { PyDataType_ELSIZE(self.0.py(), self.header().descr) as usize }
    }

    /// The memory as the library reads it.
    ///
    /// # Panics
    /// If the array has fewer dimensions than `core` or is not lendable: the callers have seen to both.
    #[inline]
    pub(crate) fn lend<T: Element>(&self, core: Core) -> StackRef<'_, T> {
        assert!(self.is_lendable::<T>(), "only aligned native elements can be lent");
        let view = View::new(self.shape(), self.byte_strides(), size_of::<T>(), core);
        // SAFETY: `data` and the strides of an aligned, native array of `T` reach initialized elements only, and
        // the reference that `self` holds keeps them alive as long as the borrow of `self`.
        unsafe {
            StackRef::from_raw_parts(
                self.header().data.cast_const().cast(),
                view.batch,
                view.batch_strides(),
                view.rows,
                view.columns,
                view.row_stride,
                view.column_stride,
            )
        }
    }

    /// The memory as the library writes it.
    ///
    /// # Safety
    /// Nothing else that is alive during the borrow reads or writes this memory, the array is writeable, and its
    /// elements are disjoint.
    ///
    /// # Panics
    /// As [`Array::lend`].
    #[inline]
    unsafe fn lend_mut<T: Element>(&self, core: Core) -> StackMut<'_, T> {
        assert!(self.is_lendable::<T>(), "only aligned native elements can be lent");
        let view = View::new(self.shape(), self.byte_strides(), size_of::<T>(), core);
        // SAFETY: as in `lend`, with the caller's word that the memory is ours alone.
        unsafe {
            StackMut::from_raw_parts(
                self.header().data.cast(),
                view.batch,
                view.batch_strides(),
                view.rows,
                view.columns,
                view.row_stride,
                view.column_stride,
            )
        }
    }

    /// The Python object.
    pub(crate) fn as_object(&self) -> &Bound<'py, PyAny> {
        &self.0
    }
}

/// A new reference to NumPy's dtype of `T`.
///
/// # Safety
/// This thread is attached to the interpreter, which `py` proves; the caller owns the reference.
#[inline]
unsafe fn descr<T: Element>(py: Python<'_>) -> *mut PyArray_Descr {
    // SAFETY: a number of a built-in dtype.
    unsafe { PY_ARRAY_API.PyArray_DescrFromType(py, T::TYPE as c_int) }
}

/// Where an answer is written: memory that no operand of the call shares, or that of one operand, to be overwritten.
pub(crate) struct Output<'py> {
    memory: Array<'py>,
    /// The memory is that of the operand which the answer may overwrite, element by element.
    pub(crate) in_place: bool,
    /// The caller's `out=`, where its memory could not be written at once.
    target: Option<Array<'py>>,
}

impl<'py> Output<'py> {
    /// A new array.
    #[inline]
    pub(crate) fn new<T: Element>(py: Python<'py>, shape: &[usize]) -> PyResult<Self> {
        let bytes = shape.iter().fold(size_of::<T>(), |bytes, &extent| bytes.saturating_mul(extent));
        check_memory(bytes).map_err(|error| refusal(py, error))?;
        Ok(Self { memory: Array::empty::<T>(py, shape)?, in_place: false, target: None })
    }

    /// A new array of zeros, for [`Output::as_mut_slice`].
    #[inline]
    pub(crate) fn zeros<T: Element>(py: Python<'py>, shape: &[usize]) -> PyResult<Self> {
        Ok(Self { memory: Array::zeros::<T>(py, shape)?, in_place: false, target: None })
    }

    /// The caller's array, which [`crate::dtype::check_out`] has seen. It may be the very operand that can be
    /// overwritten; if it shares memory with an operand or with itself otherwise, or is not aligned, the answer goes
    /// through a new array.
    pub(crate) fn given<T: Element>(
        out: Array<'py>,
        overwritable: &Array<'py>,
        others: &[&Array<'py>],
    ) -> PyResult<Self> {
        let apart = |operand: &Array<'py>| !operand.layout().may_overlap(&out.layout());
        let in_place = overwritable.layout().is_same_place(&out.layout());
        let clear = (in_place || apart(overwritable)) && others.iter().all(|operand| apart(operand));
        if !clear || !out.is_lendable::<T>() || !out.layout().is_disjoint() {
            let memory = Array::empty::<T>(out.0.py(), out.shape())?;
            return Ok(Self { memory, in_place: false, target: Some(out) });
        }
        Ok(Self { memory: out, in_place, target: None })
    }

    /// The memory, for the library to write.
    #[inline]
    pub(crate) fn lend_mut<T: Element>(&mut self, core: Core) -> StackMut<'_, T> {
        // SAFETY: the memory is new and ours, or the caller's, writeable, disjoint and apart from the operands, or from
        // those that are read then, as the constructors made sure; `&mut self` keeps a second loan away.
        unsafe { self.memory.lend_mut(core) }
    }

    /// The zeros of [`Output::zeros`], one after the other.
    ///
    /// # Panics
    /// If the elements are of another type or not contiguous.
    pub(crate) fn as_mut_slice<T: Element>(&mut self) -> &mut [T] {
        let memory = &self.memory;
        assert!(
            memory.is_lendable::<T>() && memory.has_flag(NPY_ARRAY_C_CONTIGUOUS) && memory.is_writeable()
        );
        let len = memory.shape().iter().product();
        // SAFETY: contiguous, aligned, initialized elements of `T` that only this output refers to.
        unsafe { std::slice::from_raw_parts_mut(memory.header().data.cast(), len) }
    }

    /// The answer as a Python object.
    #[inline]
    pub(crate) fn finish(self) -> PyResult<Bound<'py, PyAny>> {
        match self.target {
            None => Ok(self.memory.0),
            Some(target) => {
                target.copy_from(&self.memory)?;
                Ok(target.0)
            }
        }
    }

    /// The answer, cast to `T`, as a Python object; an array without dimensions becomes a NumPy scalar. If the cast
    /// overflows, NumPy says so.
    pub(crate) fn finish_scalar<T: Element>(self) -> PyResult<Bound<'py, PyAny>> {
        let memory = self.memory.into_lendable::<T>()?;
        let py = memory.0.py();
        // SAFETY: PyArray_Return takes over our reference and gives a new one, or null with an exception set.
        unsafe {
            let array = memory.0.into_ptr().cast();
            Bound::from_owned_ptr_or_err(py, PY_ARRAY_API.PyArray_Return(py, array))
        }
    }
}
