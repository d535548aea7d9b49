//! Calls the kernels on vectors of matrices, and measures the answers in `Complex<f64>`.

use resolvent_kernels::table::{Group, Mark, Report, Small};
use resolvent_kernels::{Complex, Real, Scalar};

pub(crate) type C = Complex<f64>;

/// The orders every property is tested at.
pub(crate) fn orders() -> impl Iterator<Item = usize> {
    (1..=16).chain([17, 24, 31, 32, 33, 63, 64])
}

/// A small generator of uniform numbers (xorshift64*).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
    pub(crate) fn scalar<T: Scalar>(&mut self) -> T {
        let (re, im) = (self.uniform(), self.uniform());
        T::from_parts(T::Real::from_f64(re), T::Real::from_f64(im))
    }
    pub(crate) fn matrix<T: Scalar>(&mut self, rows: usize, cols: usize) -> Vec<T> {
        (0..rows * cols).map(|_| self.scalar()).collect()
    }
}

/// Real numbers as elements.
pub(crate) fn real<T: Scalar>(x: &[f64]) -> Vec<T> {
    x.iter().map(|&x| T::from_real(T::Real::from_f64(x))).collect()
}

/// Aligned workspace with a guard behind it that must survive.
pub(crate) struct Work<R> {
    blocks: Vec<Block>,
    reals: usize,
    kind: std::marker::PhantomData<R>,
}

#[repr(align(64))]
#[derive(Clone, Copy)]
struct Block([u8; 64]);

impl<R: Real> Work<R> {
    pub(crate) fn new(reals: usize) -> Self {
        // A pattern that is a NaN in both formats: reading what nobody wrote shows.
        let blocks = vec![Block([0xFF; 64]); (reals * size_of::<R>()).div_ceil(64) + 1];
        Work { blocks, reals, kind: std::marker::PhantomData }
    }
    pub(crate) fn ptr(&mut self) -> *mut R {
        self.blocks.as_mut_ptr().cast()
    }
}

impl<R> Drop for Work<R> {
    fn drop(&mut self) {
        let used = self.reals * size_of::<R>();
        let bytes = self.blocks.iter().flat_map(|b| b.0).skip(used);
        assert!(
            std::thread::panicking() || bytes.into_iter().all(|b| b == 0xFF),
            "wrote behind the workspace"
        );
    }
}

/// What a kernel reports of one matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict<R> {
    pub(crate) zero_pivot: Option<usize>,
    pub(crate) finite: bool,
    pub(crate) rcond: R,
    pub(crate) backward_error: R,
    pub(crate) forward_error: R,
}

/// How much a kernel is asked: [`resolvent_kernels::table::Report::full`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Full,
    Plain,
}

/// Calls a kernel with room for its report on `count` matrices. All of that is written, its summary is what it says, and
/// no error is told in a plain call.
fn reported<R: Real>(
    ask: Ask,
    count: usize,
    call: impl FnOnce(&mut Report<'_, R>) -> bool,
) -> Vec<Verdict<R>> {
    let mut marks = vec![Mark::NOT_FINITE; count];
    let unwritten = R::from_f64(-7.0);
    let [mut rcond, mut backward_error, mut forward_error] = [const { Vec::new() }; 3];
    for slice in [&mut rcond, &mut backward_error, &mut forward_error] {
        slice.resize(count, unwritten);
    }
    let healthy = R::EPSILON.sqrt();
    let mut report = Report {
        full: ask == Ask::Full,
        healthy,
        marks: &mut marks,
        rcond: &mut rcond,
        backward_error: &mut backward_error,
        forward_error: &mut forward_error,
    };
    let fine = call(&mut report);
    let verdicts: Vec<_> = (0..count)
        .map(|m| Verdict {
            zero_pivot: marks[m].pivot(),
            finite: marks[m] != Mark::NOT_FINITE,
            rcond: rcond[m],
            backward_error: backward_error[m],
            forward_error: forward_error[m],
        })
        .collect();
    for v in &verdicts {
        assert!([v.rcond, v.backward_error, v.forward_error].iter().all(|&x| x != unwritten), "{v:?}");
        assert_eq!(v.backward_error.is_nan(), v.forward_error.is_nan(), "{v:?}");
        if ask == Ask::Plain && !v.backward_error.is_nan() {
            assert!(v.backward_error == R::ZERO && v.forward_error == R::ZERO, "{v:?}");
        }
    }
    let healthy = |v: &Verdict<R>| {
        v.finite && v.zero_pivot.is_none() && v.rcond >= healthy && !v.backward_error.is_nan()
    };
    assert_eq!(fine, verdicts.iter().all(healthy));
    verdicts
}

/// Answers and verdicts.
pub(crate) type Answers<T> = (Vec<Vec<T>>, Vec<Verdict<<T as Scalar>::Real>>);

pub(crate) fn read<T>(m: &[Vec<T>]) -> Vec<*const T> {
    m.iter().map(|m| m.as_ptr()).collect()
}
pub(crate) fn write<T>(m: &mut [Vec<T>]) -> Vec<*mut T> {
    m.iter_mut().map(|m| m.as_mut_ptr()).collect()
}

/// The inverses of n x n matrices at `a`, which may be strided, into those at `x`.
pub(crate) fn invert_at<T: Scalar>(
    kernels: &Small<T>,
    ask: Ask,
    n: usize,
    a: Group<'_, *const T>,
    x: Group<'_, *mut T>,
) -> Vec<Verdict<T::Real>> {
    let mut work = Work::new((kernels.workspace)(n, 0));
    // SAFETY: the tests pass operands that cover n x n at these strides; the workspace is as asked for.
    reported(ask, a.ptrs.len(), |report| unsafe { (kernels.invert)(n, a, x, report, work.ptr()) })
}

pub(crate) fn invert<T: Scalar>(kernels: &Small<T>, n: usize, a: &[Vec<T>]) -> Answers<T> {
    invert_asked(kernels, Ask::Full, n, a)
}

pub(crate) fn invert_asked<T: Scalar>(kernels: &Small<T>, ask: Ask, n: usize, a: &[Vec<T>]) -> Answers<T> {
    let mut x = vec![vec![T::zero(); n * n]; a.len()];
    let (rs, cs) = (n as isize, 1);
    let out = write(&mut x);
    let verdicts = invert_at(kernels, ask, n, Group { ptrs: &read(a), rs, cs }, Group { ptrs: &out, rs, cs });
    (x, verdicts)
}

pub(crate) fn solve_at<T: Scalar>(
    kernels: &Small<T>,
    ask: Ask,
    n: usize,
    k: usize,
    a: Group<'_, *const T>,
    b: Group<'_, *const T>,
    x: Group<'_, *mut T>,
) -> Vec<Verdict<T::Real>> {
    let mut work = Work::new((kernels.workspace)(n, k));
    // SAFETY: the tests pass operands that cover their extents at these strides; the workspace is as asked for.
    reported(ask, a.ptrs.len(), |report| unsafe { (kernels.solve)(n, k, a, b, x, report, work.ptr()) })
}

pub(crate) fn solve<T: Scalar>(
    kernels: &Small<T>,
    n: usize,
    k: usize,
    a: &[Vec<T>],
    b: &[Vec<T>],
) -> Answers<T> {
    solve_asked(kernels, Ask::Full, n, k, a, b)
}

pub(crate) fn solve_asked<T: Scalar>(
    kernels: &Small<T>,
    ask: Ask,
    n: usize,
    k: usize,
    a: &[Vec<T>],
    b: &[Vec<T>],
) -> Answers<T> {
    let mut x = vec![vec![T::zero(); n * k]; a.len()];
    let out = write(&mut x);
    let a = Group { ptrs: &read(a), rs: n as isize, cs: 1 };
    let b = Group { ptrs: &read(b), rs: k as isize, cs: 1 };
    let verdicts = solve_at(kernels, ask, n, k, a, b, Group { ptrs: &out, rs: k as isize, cs: 1 });
    (x, verdicts)
}

/// Factors, permutations, verdicts.
pub(crate) fn factor<T: Scalar>(kernels: &Small<T>, n: usize, a: &[Vec<T>]) -> (Answers<T>, Vec<Vec<usize>>) {
    let mut lu = vec![vec![T::zero(); n * n]; a.len()];
    let mut perms = vec![usize::MAX; n * a.len()];
    let mut work = Work::new((kernels.workspace)(n, 0));
    let (rs, cs) = (n as isize, 1);
    let out = write(&mut lu);
    let (from, to) = (read(a), Group { ptrs: &out, rs, cs });
    let from = Group { ptrs: &from, rs, cs };
    // SAFETY: dense n x n operands, n row numbers for each matrix, the workspace as asked for.
    let verdicts = reported(Ask::Full, a.len(), |report| unsafe {
        (kernels.factor)(n, from, to, perms.as_mut_ptr(), report, work.ptr())
    });
    ((lu, verdicts), perms.chunks(n).map(<[usize]>::to_vec).collect())
}

/// Determinants, where they are given.
pub(crate) fn determinant<T: Scalar>(kernels: &Small<T>, n: usize, a: &[Vec<T>]) -> Vec<Option<T>> {
    let (mut det, mut given) = (vec![T::nan(); a.len()], vec![false; a.len()]);
    let mut work = Work::new((kernels.workspace)(n, 0));
    let ptrs = read(a);
    let group = Group { ptrs: &ptrs, rs: n as isize, cs: 1 };
    // SAFETY: dense n x n operands, a place for each determinant, the workspace as asked for.
    let all = unsafe { (kernels.determinant)(n, group, det.as_mut_ptr(), &mut given, work.ptr()) };
    assert_eq!(all, given.iter().all(|&given| given));
    det.into_iter().zip(given).map(|(det, given)| given.then_some(det)).collect()
}

/// An element, exactly.
pub(crate) fn wide<T: Scalar>(x: T) -> C {
    C::new(x.re().to_f64(), x.im().to_f64())
}

/// A matrix, exactly.
pub(crate) fn wide_all<T: Scalar>(x: &[T]) -> Vec<C> {
    x.iter().map(|&x| wide(x)).collect()
}

/// `A B`, A m x k, B k x n.
pub(crate) fn product(m: usize, k: usize, n: usize, a: &[C], b: &[C]) -> Vec<C> {
    let mut c = vec![C::new(0.0, 0.0); m * n];
    for i in 0..m {
        for p in 0..k {
            for j in 0..n {
                c[i * n + j] += a[i * k + p] * b[p * n + j];
            }
        }
    }
    c
}

pub(crate) fn subtract(a: &[C], b: &[C]) -> Vec<C> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

pub(crate) fn identity(n: usize) -> Vec<C> {
    (0..n * n).map(|e| C::new(f64::from(u8::from(e % (n + 1) == 0)), 0.0)).collect()
}

/// The 1-norm of a matrix with n columns.
pub(crate) fn norm(n: usize, a: &[C]) -> f64 {
    (0..n).map(|j| a.iter().skip(j).step_by(n).map(|x| x.norm()).sum()).fold(0.0, f64::max)
}

/// Machine epsilon of the type.
pub(crate) fn eps<T: Scalar>() -> f64 {
    T::Real::EPSILON.to_f64()
}

/// The bits of every part; all NaNs are one.
pub(crate) fn bits<T: Scalar>(x: &[T]) -> Vec<[u64; 2]> {
    let canonical = |x: f64| if x.is_nan() { f64::NAN } else { x }.to_bits();
    x.iter().map(|&x| [canonical(x.re().to_f64()), canonical(x.im().to_f64())]).collect()
}

/// A verdict as something that compares NaN with NaN.
pub(crate) fn verdict_bits<R: Real>(v: &Verdict<R>) -> (Option<usize>, bool, Vec<[u64; 2]>) {
    (v.zero_pivot, v.finite, bits(&[v.rcond, v.backward_error, v.forward_error]))
}

/// Runs a generic test for every element type on every instruction set of this machine, one matrix per lane and alone.
macro_rules! everywhere {
    ($($(#[$attribute:meta])* $test:ident)*) => {
        mod everywhere {
            use resolvent_kernels::{Complex, Isa, Scalar};
            $(
                $(#[$attribute])*
                #[test]
                fn $test() {
                    for isa in Isa::available() {
                        macro_rules! both {
                            ($t:ty) => {
                                super::$test(&<$t as Scalar>::kernels(isa).small);
                                super::$test(&<$t as Scalar>::kernels(isa).single);
                            };
                        }
                        both!(f32);
                        both!(f64);
                        both!(Complex<f32>);
                        both!(Complex<f64>);
                    }
                }
            )*
        }
    };
}
