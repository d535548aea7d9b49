//! A diagnosis as a tree of named values: what the doors make JSON and Python objects of, so that both call everything by
//! the same names.

use resolvent_kernels::{Real, Scalar};

use super::{
    Collinearity, Dependency, Diagnosis, NotFinite, Proof, Scaling, ScalingAdvice, Solutions, SystemFinding,
};
use crate::matrix::Mat;

/// A value with whatever it is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// There is none.
    Nothing,
    /// Yes or no.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// A real number.
    Number(f64),
    /// A complex number.
    Complex(f64, f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Tree>),
    /// Values by name, in order.
    Map(Vec<(&'static str, Tree)>),
}

impl From<usize> for Tree {
    fn from(x: usize) -> Self {
        Tree::Whole(x as i64)
    }
}
impl From<i64> for Tree {
    fn from(x: i64) -> Self {
        Tree::Whole(x)
    }
}
impl From<f64> for Tree {
    fn from(x: f64) -> Self {
        Tree::Number(x)
    }
}
impl From<bool> for Tree {
    fn from(x: bool) -> Self {
        Tree::Truth(x)
    }
}
impl From<&str> for Tree {
    fn from(x: &str) -> Self {
        Tree::Text(x.to_owned())
    }
}
impl<X: Into<Tree>> From<Option<X>> for Tree {
    fn from(x: Option<X>) -> Self {
        x.map_or(Tree::Nothing, Into::into)
    }
}

fn list<X: Into<Tree>>(items: impl IntoIterator<Item = X>) -> Tree {
    Tree::List(items.into_iter().map(Into::into).collect())
}

fn scalar<T: Scalar>(x: T) -> Tree {
    let (re, im) = (x.re().to_f64(), x.im().to_f64());
    if T::PARTS == 1 { Tree::Number(re) } else { Tree::Complex(re, im) }
}

fn rows_of<T: Scalar>(a: &Mat<T>) -> Tree {
    list((0..a.nrows()).map(|i| list((0..a.ncols()).map(|j| scalar(a[(i, j)])))))
}

impl<T: Scalar> Diagnosis<T> {
    /// All of it.
    #[doc(hidden)]
    pub fn tree(&self) -> Tree {
        let names = self.names.as_ref().map(|names| list(names.iter().map(String::as_str)));
        let columns = self.columns.iter().map(|found| dependency(found, self.column_sentence(found)));
        let rows = self.rows.iter().map(|found| dependency(found, self.row_sentence(found)));
        let proof = match self.proof {
            Proof::None => Tree::Nothing,
            Proof::Deficient => "deficient".into(),
            Proof::Regular => "regular".into(),
        };
        Tree::Map(vec![
            ("shape", list(self.shape)),
            ("dtype", T::NAME.into()),
            ("names", names.into()),
            ("not_finite", list(self.not_finite.iter().map(not_finite))),
            ("structure", self.structure.as_str().into()),
            ("method", self.method.map(|method| method.name()).into()),
            ("status", self.status.name().into()),
            ("proof", proof),
            ("rcond", self.rcond.into()),
            ("digits", (self.digits as usize).into()),
            ("condition", self.condition.into()),
            ("singular_values", list(self.singular_values.iter().copied())),
            ("distance", self.distance.into()),
            ("rank", self.rank.rank.into()),
            ("rank_unscaled", self.rank.unscaled.into()),
            ("tolerance", self.rank.tolerance.into()),
            ("gap", self.rank.gap.map(list).into()),
            ("columns", list(columns)),
            ("rows", list(rows)),
            ("scaling", self.scaling.as_ref().map(scaling).into()),
            ("system", self.system.as_ref().map(system).into()),
            ("collinearity", self.collinearity.as_ref().map(collinearity).into()),
            ("ridge", self.ridge.into()),
        ])
    }
}

fn not_finite(found: &NotFinite) -> Tree {
    Tree::Map(vec![
        ("operand", if found.in_b { "b" } else { "a" }.into()),
        ("first", list(found.first)),
        ("nans", found.nans.into()),
        ("infinities", found.infinities.into()),
    ])
}

fn dependency<T: Scalar>(found: &Dependency<T>, text: String) -> Tree {
    Tree::Map(vec![
        ("index", found.index.into()),
        ("terms", list(found.terms.iter().map(|&(j, c)| list([j.into(), scalar(c)])))),
        ("residual", found.residual.into()),
        ("exact", found.exact.into()),
        ("text", Tree::Text(text)),
    ])
}

fn scaling(advice: &ScalingAdvice) -> Tree {
    let what = match advice.scaling {
        Scaling::Rows => "rows",
        Scaling::Columns => "columns",
        Scaling::Both => "both",
    };
    Tree::Map(vec![
        ("scaling", what.into()),
        ("row_exponents", list(advice.row_exponents.iter().copied())),
        ("column_exponents", list(advice.column_exponents.iter().copied())),
        ("condition", advice.condition.into()),
    ])
}

fn system<T: Scalar>(found: &SystemFinding<T>) -> Tree {
    let solutions = match found.solutions {
        Solutions::One => "one",
        Solutions::Many => "many",
        Solutions::LeastSquares => "least squares",
        Solutions::None => "none",
    };
    let contradictions = found.contradictions.iter().map(|found| {
        Tree::Map(vec![
            ("row", found.row.into()),
            ("expected", scalar(found.expected)),
            ("given", scalar(found.given)),
        ])
    });
    Tree::Map(vec![
        ("solutions", solutions.into()),
        ("solution", list(found.solution.iter().map(|&x| scalar(x)))),
        ("free", list(found.free.iter().copied())),
        ("null_space", rows_of(&found.null_space)),
        ("residual", found.residual.into()),
        ("relative_residual", found.relative_residual.into()),
        ("backward_error", found.backward_error.into()),
        ("contradictions", list(contradictions)),
    ])
}

fn collinearity(found: &Collinearity) -> Tree {
    Tree::Map(vec![
        ("intercept", found.intercept.into()),
        ("indices", list(found.indices.iter().copied())),
        ("proportions", rows_of(&found.proportions)),
        ("centred_indices", list(found.centred_indices.iter().copied())),
        ("vif", list(found.vif.iter().copied())),
    ])
}
