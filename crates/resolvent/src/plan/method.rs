//! [`Method`]: the algorithms there are.

use std::fmt;

/// Which algorithm does it. Its text form is `info.method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing to compute: order zero or an empty stack.
    Empty,
    /// LU with partial pivoting, one matrix per SIMD lane or alone; closed forms up to order 4, where they are as
    /// accurate.
    Small,
    /// Blocked LU with partial pivoting over packed GEMM and TRSM.
    Blocked,
    /// A diagonal matrix, as which every matrix of the call was known: division.
    Diagonal,
    /// Triangular, perhaps with its rows and columns in another order: substitution.
    Triangular,
    /// A band: LU with partial pivoting within it.
    Banded,
    /// Block triangular, perhaps with its rows and columns in another order: the blocks on the diagonal, each by its structure.
    BlockTriangular,
    /// Hermitian and positive definite: `L D L^H`, without pivoting.
    PositiveDefinite,
    /// Hermitian, but not positive definite: `L D L^H` with rook pivoting.
    HermitianIndefinite,
    /// `A = Q R` by reflections.
    Orthogonal,
    /// Matrices of several structures, each by the method for its own.
    Mixed,
}

impl Method {
    /// The name as `info.method` gives it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Empty => "empty",
            Method::Small => "small kernels: lu with partial pivoting, or a closed form as accurate",
            Method::Blocked => "lu, partial pivoting, blocked",
            Method::Diagonal => "diagonal: division",
            Method::Triangular => "triangular: substitution",
            Method::Banded => "banded: lu, partial pivoting",
            Method::BlockTriangular => "block triangular: lu, ldl^H of the blocks, substitution",
            Method::PositiveDefinite => "ldl^H, positive definite, blocked",
            Method::HermitianIndefinite => "ldl^H, rook pivoting, blocked",
            Method::Orthogonal => "qr by reflections",
            Method::Mixed => "by the structure of each matrix: lu, ldl^H, substitution, division",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
