//! faer: `Mat` and `MatRef`.

use resolvent_kernels::Scalar;

use crate::error::Result;
use crate::matrix::{Form, MatRef, Operand, RightHandSide, Stack, StackRef, only, unwanted_stack};

/// faer matrices in, faer matrices out.
#[derive(Debug, Clone, Copy)]
pub struct Faer;

impl Form for Faer {
    type Matrix<T: Scalar> = faer::Mat<T>;
    type PerMatrix<U> = U;
    fn matrix<T: Scalar>(result: Stack<T>) -> faer::Mat<T> {
        into_matrix(result).expect("a single matrix gives a single matrix")
    }
    fn per_matrix<U>(_: &[usize], values: Vec<U>) -> U {
        only(values)
    }
}

macro_rules! faer_types {
    ($($t:ty),*) => {$(
        impl<T: Scalar> Operand for $t {
            type Elem = T;
            type Form = Faer;
            fn stack(&self) -> Result<StackRef<'_, T>> {
                let (rs, cs) = (self.row_stride(), self.col_stride());
                // SAFETY: faer vouches for every element inside its shape and strides, for as long as it is borrowed.
                let view = unsafe { MatRef::from_raw_parts(self.as_ptr(), self.nrows(), self.ncols(), rs, cs) };
                Ok(view.into())
            }
        }

        impl<T: Scalar> RightHandSide for $t {
            type Elem = T;
            type Owned = faer::Mat<T>;
            fn stack(&self) -> Result<StackRef<'_, T>> {
                Operand::stack(self)
            }
            fn own(&self, solution: Stack<T>) -> Result<faer::Mat<T>> {
                into_matrix(solution)
            }
        }
    )*};
}
faer_types!(faer::Mat<T>, faer::MatRef<'_, T>);

fn into_matrix<T: Scalar>(result: Stack<T>) -> Result<faer::Mat<T>> {
    match *result.shape() {
        [nrows, ncols] => {
            let data = result.as_slice();
            Ok(faer::Mat::from_fn(nrows, ncols, |i, j| data[i * ncols + j]))
        }
        ref shape => Err(unwanted_stack(shape, "a Stack")),
    }
}
