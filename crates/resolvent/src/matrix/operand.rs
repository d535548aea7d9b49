//! What may stand as an operand of the public verbs, and what comes back for it.

use resolvent_kernels::Scalar;

use super::{Mat, MatRef, Stack, StackRef};
use crate::error::{Error, Result};

/// A matrix or a stack of matrices: [`MatRef`], [`Mat`], [`StackRef`], [`Stack`], `[[T; N]; N]`, and with their
/// features ndarray's, nalgebra's and faer's.
pub trait Operand {
    /// The element type.
    type Elem: Scalar;
    /// What results come back as.
    type Form: Form;

    /// The operand as a strided stack.
    ///
    /// # Errors
    /// It has fewer than two dimensions.
    fn stack(&self) -> Result<StackRef<'_, Self::Elem>>;
}

/// What the results for a kind of operand come back as.
pub trait Form {
    /// A result of the operand's own shape.
    type Matrix<T: Scalar>;
    /// A result of one value per matrix.
    type PerMatrix<U>;

    /// Wraps a result of the operand's shape.
    fn matrix<T: Scalar>(result: Stack<T>) -> Self::Matrix<T>;
    /// Wraps one value per matrix, in C order, for stack dimensions `batch`.
    fn per_matrix<U>(batch: &[usize], values: Vec<U>) -> Self::PerMatrix<U>;
}

/// The matrix (or stack) that comes back for an operand of type `A`.
pub type MatrixOf<A> = <<A as Operand>::Form as Form>::Matrix<<A as Operand>::Elem>;

/// The one value per matrix that comes back for an operand of type `A`.
pub type PerMatrixOf<A, U> = <<A as Operand>::Form as Form>::PerMatrix<U>;

/// A right-hand side: a vector, a matrix of right-hand sides, or a stack of those.
pub trait RightHandSide {
    /// The element type.
    type Elem: Scalar;
    /// What the solution comes back as.
    type Owned;

    /// The right-hand side as a strided stack; a vector (NumPy 2's rule: 1-D and nothing else) is n x 1.
    ///
    /// # Errors
    /// It is neither a vector nor a matrix.
    fn stack(&self) -> Result<StackRef<'_, Self::Elem>>;
    /// Wraps the solution, of shape (..., n, k); k = 1 for a vector.
    ///
    /// # Errors
    /// The solution is a stack where the type holds one matrix.
    fn own(&self, solution: Stack<Self::Elem>) -> Result<Self::Owned>;
}

/// The error of [`RightHandSide::own`].
pub(crate) fn unwanted_stack(solution: &[usize], remedy: &str) -> Error {
    Error::ShapeMismatch {
        a: solution.to_vec(),
        b: vec![],
        reason: format!(
            "the solution is a stack, which the type of the right-hand side cannot hold; pass {remedy}"
        ),
    }
}

/// The one value there is for a single matrix.
pub(crate) fn only<U>(values: Vec<U>) -> U {
    values.into_iter().next().expect("a single matrix gives a single value")
}

/// One matrix in, one [`Mat`] or value out.
#[derive(Debug, Clone, Copy)]
pub struct Single;

impl Form for Single {
    type Matrix<T: Scalar> = Mat<T>;
    type PerMatrix<U> = U;
    fn matrix<T: Scalar>(result: Stack<T>) -> Mat<T> {
        into_mat(result).expect("a single matrix gives a single matrix")
    }
    fn per_matrix<U>(_: &[usize], values: Vec<U>) -> U {
        only(values)
    }
}

fn into_mat<T: Scalar>(result: Stack<T>) -> Result<Mat<T>> {
    match *result.shape() {
        [nrows, ncols] => Mat::from_vec(result.into_vec(), nrows, ncols),
        ref shape => Err(unwanted_stack(shape, "a Stack")),
    }
}

/// A stack in, a [`Stack`] or `Vec` of values in C order out.
#[derive(Debug, Clone, Copy)]
pub struct Many;

impl Form for Many {
    type Matrix<T: Scalar> = Stack<T>;
    type PerMatrix<U> = Vec<U>;
    fn matrix<T: Scalar>(result: Stack<T>) -> Stack<T> {
        result
    }
    fn per_matrix<U>(_: &[usize], values: Vec<U>) -> Vec<U> {
        values
    }
}

/// `[[T; N]; N]` in and out.
#[derive(Debug, Clone, Copy)]
pub struct Square<const N: usize>;

impl<const N: usize> Form for Square<N> {
    type Matrix<T: Scalar> = [[T; N]; N];
    type PerMatrix<U> = U;
    fn matrix<T: Scalar>(result: Stack<T>) -> [[T; N]; N] {
        let mut square = [[T::zero(); N]; N];
        square.as_flattened_mut().copy_from_slice(result.as_slice());
        square
    }
    fn per_matrix<U>(_: &[usize], values: Vec<U>) -> U {
        only(values)
    }
}

macro_rules! own_types {
    ($($t:ty, $form:ty, $owned:ty, $own:expr;)*) => {$(
        impl<T: Scalar> Operand for $t {
            type Elem = T;
            type Form = $form;
            fn stack(&self) -> Result<StackRef<'_, T>> {
                Ok(self.into())
            }
        }
        impl<T: Scalar> RightHandSide for $t {
            type Elem = T;
            type Owned = $owned;
            fn stack(&self) -> Result<StackRef<'_, T>> {
                Ok(self.into())
            }
            fn own(&self, solution: Stack<T>) -> Result<$owned> {
                $own(solution)
            }
        }
    )*};
}
own_types! {
    MatRef<'_, T>, Single, Mat<T>, into_mat;
    Mat<T>, Single, Mat<T>, into_mat;
    StackRef<'_, T>, Many, Stack<T>, Ok;
    Stack<T>, Many, Stack<T>, Ok;
}

impl<'a, T: Scalar> From<&'a MatRef<'_, T>> for StackRef<'a, T> {
    fn from(a: &'a MatRef<'_, T>) -> Self {
        (*a).into()
    }
}
impl<'a, T: Scalar> From<&'a Mat<T>> for StackRef<'a, T> {
    fn from(a: &'a Mat<T>) -> Self {
        a.as_ref().into()
    }
}
impl<'a, T: Scalar> From<&'a StackRef<'_, T>> for StackRef<'a, T> {
    fn from(a: &'a StackRef<'_, T>) -> Self {
        a.clone()
    }
}
impl<'a, T: Scalar> From<&'a Stack<T>> for StackRef<'a, T> {
    fn from(a: &'a Stack<T>) -> Self {
        a.as_ref()
    }
}

impl<T: Scalar, const N: usize> Operand for [[T; N]; N] {
    type Elem = T;
    type Form = Square<N>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        StackRef::from_slice(self.as_flattened(), &[N, N])
    }
}

/// A vector; the solutions for a stack of matrices stand one after the other.
impl<T: Scalar> RightHandSide for [T] {
    type Elem = T;
    type Owned = Vec<T>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        StackRef::from_slice(self, &[self.len(), 1])
    }
    fn own(&self, solution: Stack<T>) -> Result<Vec<T>> {
        Ok(solution.into_vec())
    }
}

/// A vector, as `[T]`.
impl<T: Scalar> RightHandSide for Vec<T> {
    type Elem = T;
    type Owned = Vec<T>;
    fn stack(&self) -> Result<StackRef<'_, T>> {
        self.as_slice().stack()
    }
    fn own(&self, solution: Stack<T>) -> Result<Vec<T>> {
        Ok(solution.into_vec())
    }
}

/// A vector; its solution is one of the same length, so the matrix must not be a stack.
impl<T: Scalar, const N: usize> RightHandSide for [T; N] {
    type Elem = T;
    type Owned = [T; N];
    fn stack(&self) -> Result<StackRef<'_, T>> {
        self.as_slice().stack()
    }
    fn own(&self, solution: Stack<T>) -> Result<[T; N]> {
        let shape = solution.shape().to_vec();
        solution.into_vec().try_into().map_err(|_| unwanted_stack(&shape, "a Vec"))
    }
}
