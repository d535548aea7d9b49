//! ndarray: arrays and views of two or more dimensions are matrices and stacks, of one dimension vectors.

use std::marker::PhantomData;

use ndarray::{Array, ArrayBase, ArrayD, Data, Dimension, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};
use resolvent_kernels::Scalar;

use crate::error::{Error, Result};
use crate::matrix::{Form, Operand, RightHandSide, Stack, StackRef, only, unwanted_stack};

/// Arrays of dimension `D` in, arrays of dimension `D` out.
#[derive(Debug, Clone, Copy)]
pub struct NdArray<D>(PhantomData<D>);

/// A dimension that matrices and stacks can have.
pub trait StackDimension: Dimension {
    /// One value per matrix: the value itself in two dimensions, else an array two dimensions lower.
    type PerMatrix<U>;
    /// Wraps one value per matrix.
    fn per_matrix<U>(batch: &[usize], values: Vec<U>) -> Self::PerMatrix<U>;
}

impl StackDimension for Ix2 {
    type PerMatrix<U> = U;
    fn per_matrix<U>(_: &[usize], values: Vec<U>) -> U {
        only(values)
    }
}

macro_rules! stack_dimensions {
    ($($dimension:ty => $lower:ty),*) => {$(
        impl StackDimension for $dimension {
            type PerMatrix<U> = Array<U, $lower>;
            fn per_matrix<U>(batch: &[usize], values: Vec<U>) -> Array<U, $lower> {
                let array = ArrayD::from_shape_vec(batch, values).expect("one value per matrix");
                array.into_dimensionality().expect("the stack has two dimensions fewer than the array")
            }
        }
    )*};
}
stack_dimensions!(Ix3 => Ix1, Ix4 => Ix2, Ix5 => Ix3, Ix6 => Ix4, IxDyn => IxDyn);

impl<D: StackDimension> Form for NdArray<D> {
    type Matrix<T: Scalar> = Array<T, D>;
    type PerMatrix<U> = D::PerMatrix<U>;
    fn matrix<T: Scalar>(result: Stack<T>) -> Array<T, D> {
        into_array(result).expect("the result has the operand's dimensions")
    }
    fn per_matrix<U>(batch: &[usize], values: Vec<U>) -> D::PerMatrix<U> {
        D::per_matrix(batch, values)
    }
}

impl<T: Scalar, S: Data<Elem = T>, D: StackDimension> Operand for ArrayBase<S, D> {
    type Elem = T;
    type Form = NdArray<D>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        let [batch @ .., nrows, ncols] = self.shape() else {
            return Err(Error::NotAMatrix { shape: self.shape().to_vec() });
        };
        let [batch_strides @ .., rs, cs] = self.strides() else {
            return Err(Error::NotAMatrix { shape: self.shape().to_vec() });
        };
        // SAFETY: ndarray vouches for every element inside its shape and strides, for as long as it is borrowed.
        Ok(unsafe { StackRef::from_raw_parts(self.as_ptr(), batch, batch_strides, *nrows, *ncols, *rs, *cs) })
    }
}

impl<T: Scalar, S: Data<Elem = T>, D: Dimension> RightHandSide for ArrayBase<S, D> {
    type Elem = T;
    type Owned = Array<T, D>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        let (batch, batch_strides, [nrows, ncols], [rs, cs]) = match (self.shape(), self.strides()) {
            (&[n], &[stride]) => (&[][..], &[][..], [n, 1], [stride, 0]),
            ([batch @ .., m, n], [strides @ .., rs, cs]) => (batch, strides, [*m, *n], [*rs, *cs]),
            _ => return Err(Error::NotAMatrix { shape: self.shape().to_vec() }),
        };
        // SAFETY: as for the matrix; the one column of a vector is never left.
        Ok(unsafe { StackRef::from_raw_parts(self.as_ptr(), batch, batch_strides, nrows, ncols, rs, cs) })
    }
    fn own(&self, solution: Stack<T>) -> Result<Array<T, D>> {
        if self.ndim() != 1 {
            return into_array(solution);
        }
        // A vector comes back as one, below the stack dimensions if there are any.
        let shape = solution.shape()[..solution.shape().len() - 1].to_vec();
        let array = ArrayD::from_shape_vec(shape.as_slice(), solution.into_vec()).expect("n x 1 is n");
        array.into_dimensionality().map_err(|_| unwanted_stack(&shape, "an ArrayD"))
    }
}

fn into_array<T: Scalar, D: Dimension>(result: Stack<T>) -> Result<Array<T, D>> {
    let shape = result.shape().to_vec();
    let array =
        ArrayD::from_shape_vec(shape.as_slice(), result.into_vec()).expect("a stack fits its own shape");
    array.into_dimensionality().map_err(|_| unwanted_stack(&shape, "an ArrayD"))
}
