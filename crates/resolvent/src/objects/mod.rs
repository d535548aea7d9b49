//! Factor objects: factor once, then solve, invert and take determinants at O(n^2) or from what is there. Whatever was
//! factored, and how, stands as LU factors ([`Triangles`]); what the objects differ in is which matrices they take and
//! which factors they show.

mod cholesky;
mod ldl;
mod lu;
mod qr;
mod triangles;

pub use cholesky::{Cholesky, Uplo, cholesky, cholesky_into};
pub use ldl::{Ldl, ldl};
pub use lu::{Lu, lu};
pub use qr::{Qr, qr};
pub use resolvent_kernels::table::Side;

/// What every factor object of square matrices does, by its `triangles`.
macro_rules! answers {
    ($Object:ident) => {
        impl<T: Scalar, F: Form> $Object<T, F> {
            /// The shape of the matrix or stack that was factored.
            pub fn shape(&self) -> &[usize] {
                self.triangles.shape()
            }
            /// Status and rcond of every matrix; the backward error is 0, nothing having been solved.
            pub fn info(&self) -> &Info {
                &self.triangles.info
            }
            /// The reciprocal condition number in the 1-norm, estimated.
            pub fn rcond(&self) -> F::PerMatrix<f64> {
                F::per_matrix(&self.info().batch, self.info().rcond.clone())
            }
            /// The determinant, at no further cost.
            pub fn det(&self) -> F::PerMatrix<T> {
                F::per_matrix(&self.info().batch, self.triangles.products().map(Product::value).collect())
            }
            /// Sign and logarithm of the determinant, at no further cost.
            pub fn slogdet(&self) -> F::PerMatrix<SLogDet<T>> {
                F::per_matrix(&self.info().batch, self.triangles.products().map(Product::slogdet).collect())
            }
            /// The solution of `A X = B` from the factors, 2 n^2 flops per right-hand side. Stack dimensions are broadcast.
            ///
            /// # Errors
            /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch); [`Error::Singular`](crate::Error::Singular).
            pub fn solve<B: RightHandSide<Elem = T> + ?Sized>(&self, b: &B) -> Result<B::Owned> {
                self.solve_side(Side::Plain, b)
            }
            /// The same for `A`, `A^T` (no conjugation) or `A^H`.
            ///
            /// # Errors
            /// As `solve`.
            pub fn solve_side<B: RightHandSide<Elem = T> + ?Sized>(
                &self,
                side: Side,
                b: &B,
            ) -> Result<B::Owned> {
                b.own(self.triangles.solve(side, &b.stack()?)?)
            }
            /// The inverse from the factors, 4/3 n^3 more flops.
            ///
            /// # Errors
            /// [`Error::Singular`](crate::Error::Singular); the memory cannot be had.
            pub fn inverse(&self) -> Result<F::Matrix<T>> {
                Ok(F::matrix(self.triangles.inverse()?))
            }
        }
    };
}
use answers;
