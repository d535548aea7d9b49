//! nalgebra: matrices of static or dynamic size, owned or sliced; a single column is a vector all the same.

use std::marker::PhantomData;

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, Matrix, OMatrix, RawStorage};
use resolvent_kernels::Scalar;

use crate::error::Result;
use crate::matrix::{Form, MatRef, Operand, RightHandSide, Stack, StackRef, only, unwanted_stack};

/// R x C matrices in, R x C matrices out.
#[derive(Debug, Clone, Copy)]
pub struct Nalgebra<R, C>(PhantomData<(R, C)>);

impl<R: Dim, C: Dim> Form for Nalgebra<R, C>
where
    DefaultAllocator: Allocator<R, C>,
{
    type Matrix<T: Scalar> = OMatrix<T, R, C>;
    type PerMatrix<U> = U;
    fn matrix<T: Scalar>(result: Stack<T>) -> OMatrix<T, R, C> {
        into_matrix(result).expect("a single matrix gives a single matrix")
    }
    fn per_matrix<U>(_: &[usize], values: Vec<U>) -> U {
        only(values)
    }
}

impl<T: Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C>> Operand for Matrix<T, R, C, S>
where
    DefaultAllocator: Allocator<R, C>,
{
    type Elem = T;
    type Form = Nalgebra<R, C>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        let (rs, cs) = self.strides();
        // SAFETY: nalgebra vouches for every element inside its shape and strides, for as long as it is borrowed.
        let view = unsafe {
            MatRef::from_raw_parts(self.as_ptr(), self.nrows(), self.ncols(), rs as isize, cs as isize)
        };
        Ok(view.into())
    }
}

impl<T: Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C>> RightHandSide for Matrix<T, R, C, S>
where
    DefaultAllocator: Allocator<R, C>,
{
    type Elem = T;
    type Owned = OMatrix<T, R, C>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        Operand::stack(self)
    }
    fn own(&self, solution: Stack<T>) -> Result<OMatrix<T, R, C>> {
        into_matrix(solution)
    }
}

fn into_matrix<T: Scalar, R: Dim, C: Dim>(result: Stack<T>) -> Result<OMatrix<T, R, C>>
where
    DefaultAllocator: Allocator<R, C>,
{
    match *result.shape() {
        [nrows, ncols] => {
            let (nrows, ncols) = (R::from_usize(nrows), C::from_usize(ncols));
            Ok(OMatrix::from_row_iterator_generic(nrows, ncols, result.into_vec()))
        }
        ref shape => Err(unwanted_stack(shape, "a Stack")),
    }
}
