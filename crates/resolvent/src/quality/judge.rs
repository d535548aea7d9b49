//! The verdict on one matrix, and whether its answer may pass.

use resolvent_kernels::{Kernels, Real, Scalar};

use super::Quality;
use super::backward_error::{backward_error_of_inverse, backward_error_of_solution};
use super::equilibrate::Equilibrated;
use super::forward_error::forward_error_of_solution;
use super::refine::refine_in_double;
use super::second_look::{Factored, Unscaled, rcond_by, solve_and_refine, unit_rcond, worst_backward_error};
use super::status::{Status, Verdict, backward_error_above, healthy, singular_below};
use crate::blas::Workspace;
use crate::error::Result;
use crate::exact::{Exactly, Singularity, decide};
use crate::matrix::{Mat, MatMut, MatRef, WorkMat};
use crate::plan::EXACT_DEPENDENCE;

/// What was asked of a matrix.
#[derive(Clone, Copy)]
pub(crate) enum Question<'q, T> {
    /// Its factors.
    Factors,
    /// To solve with it, for these right-hand sides.
    Solution(MatRef<'q, T>),
    /// Its inverse.
    Inverse,
}

/// A matrix, a question, and how much is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Case<'c, T: Scalar> {
    pub(crate) kernels: &'static Kernels<T>,
    /// As many as may be used.
    pub(crate) threads: usize,
    pub(crate) a: MatRef<'c, T>,
    pub(crate) question: Question<'c, T>,
    /// Everything, or only what an error or a warning has to say?
    pub(crate) full: bool,
    /// If it is singular: which row depends on which?
    pub(crate) blame: bool,
    /// Is the answer to be as exact as its type can hold?
    pub(crate) refine: bool,
    /// Is nobody going to look at an answer that is not good?
    pub(crate) cursory: bool,
}

impl<T: Scalar> Case<'_, T> {
    /// The quality of the answer, from what its kernel or driver measured. An answer that must not pass is replaced: by NaN
    /// if the matrix is singular, else by a better one.
    ///
    /// Healthy matrices are waved through, unless the answer is to be refined. The others get a second look, after
    /// scaling, for a small rcond alone may only mean that rows or columns are badly scaled; what still looks singular
    /// then is decided exactly. And a norm may have left the range of the type where the matrix has not, so then rcond
    /// is measured in the matrix's own unit.
    pub(crate) fn judge(
        &self,
        verdict: &Verdict<T::Real>,
        mut answer: Option<MatMut<'_, T>>,
    ) -> Result<Quality> {
        let mut verdict = *verdict;
        if !verdict.finite {
            return Ok(Quality::of(Status::NotFinite, &verdict));
        }
        if self.cursory && !(verdict.zero_pivot.is_none() && verdict.rcond >= singular_below::<T::Real>()) {
            return Ok(Quality::of(Status::NumericallySingular, &verdict));
        }
        if verdict.zero_pivot.is_none() {
            if verdict.rcond == T::Real::ZERO || verdict.rcond.is_nan() {
                verdict.rcond = unit_rcond(self.kernels, self.a)?;
            }
            let mut finite = true;
            if verdict.backward_error.is_nan()
                && let Some(x) = &answer
            {
                // Pivots that grow may take it out of range where the true one is not.
                finite = x.as_ref().is_finite();
                verdict.backward_error = self.backward_error(x.as_ref())?;
            }
            // What cannot be measured is NaN, and passes.
            let bad = verdict.backward_error > backward_error_above::<T::Real>();
            let good = finite && !bad;
            if good && !self.refine && verdict.rcond >= singular_below::<T::Real>() {
                return Ok(Quality::of(graded(verdict.rcond), &verdict));
            }
        }
        if verdict.proved {
            return self.singular(None, &verdict, answer);
        }
        self.look_again(verdict, answer.as_mut().map(MatMut::reborrow))
    }

    /// As an answer carries it.
    fn backward_error(&self, x: MatRef<'_, T>) -> Result<T::Real> {
        match self.question {
            Question::Factors => Ok(T::Real::ZERO),
            Question::Solution(b) => backward_error_of_solution(self.kernels, self.a, None, x, b),
            Question::Inverse if x.col_stride() == 1 => backward_error_of_inverse(self.kernels, self.a, x),
            Question::Inverse => {
                let mut copy = WorkMat::new(x.nrows(), x.ncols())?;
                copy.as_mut().copy_from(x);
                backward_error_of_inverse(self.kernels, self.a, copy.as_ref())
            }
        }
    }

    /// Of solutions the worst, each for itself; of an inverse, columns of which may be of any size beside each other, as
    /// it carries it.
    fn worst(&self, x: MatRef<'_, T>, b: MatRef<'_, T>) -> Result<T::Real> {
        match self.question {
            Question::Inverse => self.backward_error(x),
            _ => worst_backward_error(self.kernels, self.a, x, b),
        }
    }

    /// The verdict on a matrix that is singular.
    fn singular(
        &self,
        found: Option<Singularity>,
        verdict: &Verdict<T::Real>,
        answer: Option<MatMut<'_, T>>,
    ) -> Result<Quality> {
        if let Some(mut answer) = answer {
            answer.fill(T::nan());
        }
        // What is singular by its zeros alone has been proved for nothing: it is not eliminated now but to name a row.
        let found = match found {
            None if self.a.nrows() <= EXACT_DEPENDENCE => match decide(self.a, self.blame)? {
                Exactly::Singular(found) => Some(found),
                Exactly::Nonsingular => unreachable!("the matrix was proved to be singular"),
            },
            found => found,
        };
        let pivot = found.as_ref().map(|found| found.pivotless).or(verdict.zero_pivot).unwrap_or(0);
        let nan = T::Real::NAN;
        let verdict = Verdict { rcond: T::Real::ZERO, backward_error: nan, forward_error: nan, ..*verdict };
        let dependence = found.and_then(|found| found.dependence);
        Ok(Quality { zero_pivot: pivot, dependence, ..Quality::of(Status::Singular, &verdict) })
    }

    /// Scaled, decided, and answered once more if the answer is not good.
    fn look_again(
        &self,
        mut verdict: Verdict<T::Real>,
        mut answer: Option<MatMut<'_, T>>,
    ) -> Result<Quality> {
        let n = self.a.nrows();
        // Most of what has a zero pivot is singular, and small.
        let mut decided = None;
        if verdict.zero_pivot.is_some() {
            decided = Some(decide(self.a, self.blame)?);
            if let Some(Exactly::Singular(found)) = decided {
                return self.singular(Some(found), &verdict, answer);
            }
        }
        let workspace = Workspace::new(self.kernels, self.threads, n, n)?;
        let context = workspace.context();
        let scaled = Equilibrated::new(self.a)?;
        let mut factored = Factored::new(context, scaled.matrix())?;
        let doubtful = factored.rcond < singular_below::<T::Real>() || factored.rcond.is_nan();
        if doubtful
            && decided.is_none()
            && let Exactly::Singular(found) = decide(self.a, self.blame)?
        {
            return self.singular(Some(found), &verdict, answer);
        }
        factored.mend()?;
        let (mut rcond, mut sound) = (factored.rcond, true);
        if let Some(x) = answer.as_mut() {
            let Some(better) = self.answer_again(&verdict, &scaled, &factored, x.reborrow())? else {
                return Ok(Quality::of(Status::NotFinite, &verdict));
            };
            verdict.backward_error = better.backward_error;
            verdict.forward_error = better.forward_error;
            verdict.rcond = better.rcond.unwrap_or(verdict.rcond);
            rcond = better.rcond.unwrap_or(rcond);
            sound = better.sound;
        }
        if verdict.zero_pivot.is_some() {
            let unscaled = unit_rcond(self.kernels, self.a)?;
            verdict.rcond = if unscaled > T::Real::ZERO { unscaled } else { rcond };
        }
        let (given, limit) = (verdict.rcond, singular_below::<T::Real>());
        let doubtful = !sound || !(given >= limit || rcond >= limit);
        let status = if doubtful { Status::NumericallySingular } else { graded(given) };
        Ok(Quality::of(status, &verdict))
    }

    /// Leaves the best of the answer there is and those that factors of the scaled matrix, and of its reflection, give;
    /// None if it overflows.
    fn answer_again(
        &self,
        verdict: &Verdict<T::Real>,
        scaled: &Equilibrated<T>,
        factored: &Factored<'_, T>,
        mut x: MatMut<'_, T>,
    ) -> Result<Option<Better<T::Real>>> {
        let identity;
        let b = match self.question {
            Question::Solution(b) => b,
            Question::Inverse => {
                identity = identity_of(self.a.nrows())?;
                identity.as_ref()
            }
            Question::Factors => unreachable!("factors are no answer"),
        };
        let context = factored.context();
        let mut better =
            Better { sound: true, backward_error: T::Real::NAN, forward_error: T::Real::NAN, rcond: None };
        let mut error = match verdict.zero_pivot {
            None => self.worst(x.as_ref(), b)?,
            Some(_) => T::Real::NAN,
        };
        let mut reflected = None;
        // As good as elimination is: nothing would come of another. An inverse keeps what its structure gave it, such as symmetry.
        let enough = match self.question {
            Question::Inverse => backward_error_above::<T::Real>(),
            _ => T::Real::from_f64(4.0) * T::Real::EPSILON,
        };
        let kept = error <= enough;
        if !kept {
            let mut attempt = Attempt::new(scaled, b)?;
            better.sound = attempt.improve(self, factored, b, x.reborrow(), &mut error)?;
            if !better.sound {
                let factored = reflected.insert(Factored::reflected(context, scaled.matrix())?);
                factored.mend()?;
                better.sound = attempt.improve(self, factored, b, x.reborrow(), &mut error)?;
                better.rcond = Some(rcond_by(self.kernels, &Unscaled(scaled, factored), self.a)?);
            }
        }
        if !x.as_ref().is_finite() {
            return Ok(None);
        }
        let solver = Unscaled(scaled, reflected.as_ref().unwrap_or(factored));
        let mut refined = T::Real::INFINITY;
        if self.refine {
            refined = refine_in_double(&solver, self.a, b, x.reborrow())?;
        }
        better.backward_error = self.backward_error(x.as_ref())?;
        if refined.is_finite() {
            better.forward_error = refined;
        } else if self.full {
            better.forward_error = forward_error_of_solution(context, &solver, self.a, x.as_ref(), b)?;
        }
        Ok(Some(better))
    }
}

/// The status of a matrix that is not singular.
fn graded<R: Real>(rcond: R) -> Status {
    if rcond >= healthy() { Status::Ok } else { Status::IllConditioned }
}

/// What is known of an answer after the second look.
struct Better<R> {
    /// Its backward error is as small as it ought to be, or would be if the type had the range for it.
    sound: bool,
    backward_error: R,
    forward_error: R,
    /// By factors that pivots did not grow in.
    rcond: Option<R>,
}

/// Answers of the scaled system.
struct Attempt<'s, T: Scalar> {
    scaled: &'s Equilibrated<T>,
    scaled_b: WorkMat<T>,
    answer: WorkMat<T>,
}

impl<'s, T: Scalar> Attempt<'s, T> {
    fn new(scaled: &'s Equilibrated<T>, b: MatRef<'_, T>) -> Result<Self> {
        let (n, k) = (b.nrows(), b.ncols());
        let mut scaled_b = WorkMat::new(n, k)?;
        scaled.scale_right_hand_side(scaled_b.copy_of(b));
        Ok(Self { scaled, scaled_b, answer: WorkMat::new(n, k)? })
    }

    /// Replaces x, whose backward error is given and may be NaN, by what these factors give, if that is much better. True
    /// if theirs is sound, in the range of the scaled system.
    fn improve(
        &mut self,
        case: &Case<'_, T>,
        factored: &Factored<'_, T>,
        b: MatRef<'_, T>,
        mut x: MatMut<'_, T>,
        error: &mut T::Real,
    ) -> Result<bool> {
        let reached =
            solve_and_refine(factored, self.scaled.matrix(), self.scaled_b.as_ref(), self.answer.as_mut())?;
        let mut answer = self.answer.as_mut();
        self.scaled.unscale_solution(answer.reborrow());
        if !answer.as_ref().is_finite() {
            return Ok(false);
        }
        let found = case.worst(answer.as_ref(), b)?;
        // Not for a bit or two: what was made by other means keeps its bits.
        if error.is_nan() || *error > found * T::Real::from_f64(2.0) {
            x.copy_from(answer.as_ref());
            *error = found;
        }
        let limit = backward_error_above::<T::Real>();
        let in_range = matches!(case.question, Question::Solution(_)) && reached <= limit;
        Ok(in_range || *error <= limit)
    }
}

fn identity_of<T: Scalar>(n: usize) -> Result<Mat<T>> {
    let mut identity = Mat::zeros(n, n)?;
    (0..n).for_each(|i| identity[(i, i)] = T::one());
    Ok(identity)
}
