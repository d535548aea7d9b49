//! Instruction sets: which there are, which this machine has, which one is in force. The only folder that names one.

use std::fmt;
use std::sync::OnceLock;

use num_complex::Complex;

use crate::table::Kernels;

/// The kernels for whole small problems over `$number`: [`crate::table::Small`].
macro_rules! small {
    ($number:ty, $how:ident::<$wide:ty>, $(#[$features:meta])?) => {{
        use $crate::number::{Number, Part};
        use $crate::small;
        use $crate::table::{Group, Report, Side, Small};
        type N = $number;
        type T = <N as Number>::Scalar;
        type R = Part<N>;
        type Mask = <<N as Number>::Lanes as $crate::lanes::Lanes>::Mask;
        const WIDE: usize = <$wide as Number>::LANES / <N as Number>::LANES;

        // SAFETY of every block: the contract of the table's entry is the contract of the generic kernel.
        $(#[$features])?
        unsafe fn part_pack(rows: usize, cols: usize, src: small::Window<*const T>, dst: small::Pack<N>) {
            // SAFETY: see above.
            unsafe { small::$how::pack::<N>(rows, cols, src, dst) }
        }
        $(#[$features])?
        unsafe fn part_unpack(rows: usize, cols: usize, src: small::Pack<N>, wanted: Mask, dst: small::Window<*mut T>) {
            // SAFETY: see above.
            unsafe { small::unpack::<N>(rows, cols, src, wanted, dst) }
        }
        $(#[$features])?
        unsafe fn part_factor(n: usize, f: small::Pack<N>, left: small::Others, carried: small::Pack<N>, width: usize, along: small::Others, diagonal: small::Diagonal<N>, steps: small::Pack<N>, ahead: small::Ahead) -> small::Pivots<N> {
            // SAFETY: see above.
            unsafe { small::$how::factor::<$wide>(n, f, left, carried, width, along, diagonal, steps, ahead) }
        }
        $(#[$features])?
        unsafe fn part_norms(n: usize, a: small::Pack<N>, rows: bool) -> small::Norms<N> {
            // SAFETY: see above.
            unsafe { small::norms::<N>(n, a, rows) }
        }
        $(#[$features])?
        unsafe fn part_divide(n: usize, f: small::Pack<N>, diagonal: small::Diagonal<N>, spare: small::Pack<N>) {
            // SAFETY: see above.
            unsafe { small::$how::divide::<$wide>(n, f, diagonal, spare) }
        }
        $(#[$features])?
        unsafe fn part_reciprocal(n: usize, norms: small::Norms<N>, f: small::Pack<N>, diagonal: small::Diagonal<N>, weights: Option<small::Weights<N>>, spare: small::Pack<N>) -> (<N as Number>::Lanes, <N as Number>::Lanes) {
            // SAFETY: see above.
            unsafe { small::reciprocal::<N>(n, norms, f, diagonal, weights, spare) }
        }
        $(#[$features])?
        unsafe fn part_largest_of_upper(n: usize, f: small::Pack<N>) -> <N as Number>::Lanes {
            // SAFETY: see above.
            unsafe { small::$how::largest_of_upper::<$wide>(n, f) }
        }
        $(#[$features])?
        unsafe fn part_update(m: usize, n: usize, k: usize, a: small::Pack<N>, b: small::Pack<N>, c: small::Pack<N>) {
            // SAFETY: see above.
            unsafe { small::tile::update(m, n, k, a, b, c) }
        }
        $(#[$features])?
        unsafe fn part_forward(n: usize, k: usize, f: small::Pack<N>, b: small::Pack<N>) {
            // SAFETY: see above.
            unsafe { small::triangular::forward::<N>(n, k, f, b) }
        }
        $(#[$features])?
        unsafe fn part_backward(n: usize, k: usize, f: small::Pack<N>, diagonal: small::Diagonal<N>, b: small::Pack<N>) {
            // SAFETY: see above.
            unsafe { small::triangular::backward::<N, true>(n, k, f, diagonal, b) }
        }
        $(#[$features])?
        unsafe fn part_componentwise(n: usize, k: usize, a: small::Pack<N>, x: small::Pack<N>, b: small::Pack<N>, weights: small::Weights<N>) -> <N as Number>::Lanes {
            // SAFETY: see above.
            unsafe { small::backward::componentwise::<N>(n, k, a, x, b, weights) }
        }
        $(#[$features])?
        unsafe fn part_probe(n: usize, a: small::Pack<N>, f: small::Pack<N>, norms: [small::Norms<N>; 2], permuted: small::Pack<N>, spare: small::Pack<N>) -> <N as Number>::Lanes {
            // SAFETY: see above.
            unsafe { small::backward::probe::<N>(n, a, f, norms, permuted, spare) }
        }
        $(#[$features])?
        unsafe fn part_solve_packs(parts: &small::Parts<N>, n: usize, k: usize, room: &small::Room<N>, ahead: small::Ahead, full: bool, healthy: R, wanted: Mask, dst: small::Window<*mut T>) -> small::Finding<N> {
            // SAFETY: see above.
            unsafe { small::window::solve_packs::<N, 0>(parts, n, k, room, ahead, full, healthy, wanted, dst) }
        }
        $(#[$features])?
        unsafe fn part_invert_packs(parts: &small::Parts<N>, n: usize, room: &small::Room<N>, ahead: small::Ahead, full: bool, wanted: Mask, dst: small::Window<*mut T>) -> small::Finding<N> {
            // SAFETY: see above.
            unsafe { small::window::invert_packs::<N, 0>(parts, n, room, ahead, full, wanted, dst) }
        }
        const PARTS: small::Parts<N> = small::Parts {
            wide: WIDE,
            pack: part_pack,
            unpack: part_unpack,
            factor: part_factor,
            norms: part_norms,
            divide: part_divide,
            reciprocal: part_reciprocal,
            largest_of_upper: part_largest_of_upper,
            update: part_update,
            forward: part_forward,
            backward: part_backward,
            componentwise: part_componentwise,
            probe: part_probe,
            solve_packs: part_solve_packs,
            invert_packs: part_invert_packs,
        };
        $(#[$features])?
        unsafe fn small_factor(n: usize, a: Group<'_, *const T>, lu: Group<'_, *mut T>, perms: *mut usize, report: &mut Report<'_, R>, work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { small::verbs::factor::<N>(&PARTS, n, a, lu, perms, report, work) }
        }
        $(#[$features])?
        unsafe fn small_substitute(n: usize, k: usize, side: Side, lu: Group<'_, *const T>, permutations: [&[*const usize]; 2], b: Group<'_, *const T>, x: Group<'_, *mut T>, work: *mut R) {
            // SAFETY: see above.
            unsafe { small::given::substitute::<N>(&PARTS, n, k, side, lu, permutations, b, x, work) }
        }
        $(#[$features])?
        unsafe fn small_cholesky(n: usize, a: Group<'_, *const T>, l: Group<'_, *mut T>, report: &mut Report<'_, R>, work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { small::cholesky::factor::<N>(&PARTS, n, a, l, report, work) }
        }
        $(#[$features])?
        unsafe fn small_inverse_vjp(n: usize, x: Group<'_, *const T>, g: Group<'_, *const T>, c: Group<'_, *mut T>, work: *mut R) {
            // SAFETY: see above.
            unsafe { small::vjp::inverse::<N>(&PARTS, n, x, g, c, work) }
        }
        $(#[$features])?
        unsafe fn small_solution_vjp(n: usize, k: usize, h: Group<'_, *const T>, x: Group<'_, *const T>, c: Group<'_, *mut T>, work: *mut R) {
            // SAFETY: see above.
            unsafe { small::vjp::solution::<N>(&PARTS, n, k, h, x, c, work) }
        }
        $(#[$features])?
        unsafe fn small_determinant<const ORDER: usize>(n: usize, a: Group<'_, *const T>, det: *mut T, given: &mut [bool], work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { small::verbs::determinant::<N, ORDER>(&PARTS, n, a, det, given, work) }
        }
        $(#[$features])?
        unsafe fn small_solve<const ORDER: usize>(n: usize, k: usize, a: Group<'_, *const T>, b: Group<'_, *const T>, x: Group<'_, *mut T>, report: &mut Report<'_, R>, work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { small::verbs::solve::<N, ORDER>(&PARTS, n, k, a, b, x, report, work) }
        }
        $(#[$features])?
        unsafe fn small_invert<const ORDER: usize>(n: usize, a: Group<'_, *const T>, x: Group<'_, *mut T>, report: &mut Report<'_, R>, work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { small::verbs::invert::<N, ORDER>(&PARTS, n, a, x, report, work) }
        }
        macro_rules! by_order {
            ($function:ident) => {
                [
                    $function::<{ small::compiled_order::<N>(0) }>,
                    $function::<{ small::compiled_order::<N>(1) }>,
                    $function::<{ small::compiled_order::<N>(2) }>,
                    $function::<{ small::compiled_order::<N>(3) }>,
                    $function::<{ small::compiled_order::<N>(4) }>,
                    $function::<{ small::compiled_order::<N>(5) }>,
                    $function::<{ small::compiled_order::<N>(6) }>,
                    $function::<{ small::compiled_order::<N>(7) }>,
                    $function::<{ small::compiled_order::<N>(8) }>,
                ]
            };
        }
        // SAFETY of the calls: the contract is handed on.
        unsafe fn determinant(n: usize, a: Group<'_, *const T>, det: *mut T, given: &mut [bool], work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { (by_order!(small_determinant)[small::place(n)])(n, a, det, given, work) }
        }
        unsafe fn solve(n: usize, k: usize, a: Group<'_, *const T>, b: Group<'_, *const T>, x: Group<'_, *mut T>, report: &mut Report<'_, R>, work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { (by_order!(small_solve)[small::place(n)])(n, k, a, b, x, report, work) }
        }
        unsafe fn invert(n: usize, a: Group<'_, *const T>, x: Group<'_, *mut T>, report: &mut Report<'_, R>, work: *mut R) -> bool {
            // SAFETY: see above.
            unsafe { (by_order!(small_invert)[small::place(n)])(n, a, x, report, work) }
        }
        Small {
            lanes: <N as Number>::LANES,
            workspace: small::workspace::<N, WIDE>,
            factor: small_factor,
            determinant,
            solve,
            invert,
            substitute: small_substitute,
            cholesky: small_cholesky,
            inverse_vjp: small_inverse_vjp,
            solution_vjp: small_solution_vjp,
        }
    }};
}

/// Makes the table of one element type on one instruction set: compiles every generic kernel for `$number` inside a
/// function that carries the target features (the generic code is `#[inline(always)]`, so all of it ends up there) and
/// lists these functions in `static $table: Kernels<_>`.
///
/// `mv` vectors x `nr` columns are the micro-tile of the product; `kc`, `mc`, `nc` its blocks ([`crate::table::Gemm`]);
/// `trsm: rows x vectors` the register block of the triangular solve; `lu: columns, rows x vectors` the panel of the LU and
/// the block of U that an update keeps in registers; `panel` the vectors of a panel's column it does, times four columns.
macro_rules! kernels {
    ($table:ident: $number:ty, isa: $isa:ident, mv: $mv:literal, nr: $nr:literal, kc: $kc:literal, mc: $mc:literal,
     nc: $nc:literal, trsm: $tr:literal x $tv:literal, lu: $lp:literal, $lr:literal x $lv:literal, panel: $pv:literal, $(#[$features:meta])?) => {
        pub(super) static $table: $crate::Kernels<<$number as $crate::number::Number>::Scalar> = {
            use $crate::number::{Number, Part};
            use $crate::table::{Gemm, Invert, Kernels, Lu, Triangle, Vector};
            use $crate::{gemm, hermitian, inverse, lu, substitute as trsv, trsm, vector};
            type N = $number;
            type T = <N as Number>::Scalar;
            type R = Part<N>;
            const MR: usize = $mv * <N as Number>::LANES;
            const _: () = assert!($mc % MR == 0 && $nc % $nr == 0);

            // SAFETY of every block: the contract of the table's entry is the contract of the generic kernel.
            $(#[$features])?
            unsafe fn pack_a(m: usize, k: usize, src: *const T, rs: isize, cs: isize, dst: *mut R) {
                // SAFETY: see above.
                unsafe { gemm::pack::<N>(MR, m, k, src, rs, cs, dst) }
            }
            $(#[$features])?
            unsafe fn pack_b(k: usize, n: usize, src: *const T, rs: isize, cs: isize, dst: *mut R) {
                // SAFETY: see above.
                unsafe { gemm::pack::<N>($nr, n, k, src, cs, rs, dst) }
            }
            $(#[$features])?
            unsafe fn micro(m: usize, n: usize, k: usize, alpha: R, a: *const R, b: *const R, c: *mut T, rs: isize, cs: isize) {
                // SAFETY: see above.
                unsafe { gemm::micro::<N, $mv, $nr>(m, n, k, alpha, a, b, c, rs, cs) }
            }
            $(#[$features])?
            unsafe fn lu_factor(m: usize, n: usize, carried: usize, a: *mut T, rs: isize, pivots: *mut usize, work: *mut R) -> usize {
                // SAFETY: see above.
                unsafe { lu::factor::<N, $lp, $lr, $lv, $pv>(m, n, carried, a, rs, pivots, work) }
            }
            $(#[$features])?
            unsafe fn invert(n: usize, lu: *const T, rs: isize, p: *const usize, x: *mut T, x_rs: isize, work: *mut R) {
                // SAFETY: see above.
                unsafe { inverse::invert::<N, $lr, $lv>(n, lu, rs, p, x, x_rs, work) }
            }
            $(#[$features])?
            unsafe fn trsm_leaf(triangle: Triangle, n: usize, k: usize, t: *const T, t_rs: isize, t_cs: isize, b: *mut T, b_rs: isize) {
                // SAFETY: see above.
                unsafe { trsm::solve::<N, $tr, $tv>(triangle, n, k, t, t_rs, t_cs, b, b_rs) }
            }
            $(#[$features])?
            unsafe fn substitute(triangle: Triangle, transposed: bool, n: usize, t: *const T, rs: isize, x: *mut T) {
                const LANES: usize = <N as Number>::LANES;
                let unit = matches!(triangle, Triangle::UnitLower | Triangle::UnitUpper);
                let upper = matches!(triangle, Triangle::Upper | Triangle::UnitUpper);
                // SAFETY: see above. Stored by columns, an upper triangle is a lower one stored by rows.
                unsafe {
                    match (upper != transposed, transposed) {
                        (true, true) => trsv::solve::<N, LANES, true, true>(unit, n, t, rs, x),
                        (true, false) => trsv::solve::<N, LANES, true, false>(unit, n, t, rs, x),
                        (false, true) => trsv::solve::<N, LANES, false, true>(unit, n, t, rs, x),
                        (false, false) => trsv::solve::<N, LANES, false, false>(unit, n, t, rs, x),
                    }
                }
            }
            $(#[$features])?
            unsafe fn subtract(m: usize, n: usize, k: usize, a: *const T, a_rs: isize, a_cs: isize, b: *const T, b_rs: isize, c: *mut T, c_rs: isize) {
                // SAFETY: see above.
                unsafe { trsm::subtract_product::<N, $tr, $tv>(m, n, k, a, a_rs, a_cs, b, b_rs, c, c_rs) }
            }
            $(#[$features])?
            unsafe fn is_hermitian(n: usize, a: *const T, rs: isize) -> bool {
                // SAFETY: see above.
                unsafe { hermitian::is_hermitian::<N>(n, a, rs) }
            }
            $(#[$features])?
            unsafe fn dot(n: usize, a: *const T, x: *const T) -> T {
                // SAFETY: see above.
                unsafe { vector::dot::<N>(n, a, x) }
            }
            $(#[$features])?
            unsafe fn dot_abs(n: usize, a: *const T, x: *const T) -> (T, R) {
                // SAFETY: see above.
                unsafe { vector::dot_abs::<N>(n, a, x) }
            }
            $(#[$features])?
            unsafe fn swap(n: usize, x: *mut T, y: *mut T) {
                // SAFETY: see above.
                unsafe { vector::swap::<N>(n, x, y) }
            }
            $(#[$features])?
            unsafe fn spread(n: usize, x: *const T, p: *const usize, y: *mut T) {
                // SAFETY: see above.
                unsafe { vector::spread(n, x, p, y) }
            }
            $(#[$features])?
            unsafe fn stream(n: usize, x: *const T, y: *mut T) {
                // SAFETY: see above.
                unsafe { vector::stream::<N>(n, x, y) }
            }
            $(#[$features])?
            unsafe fn sum_abs(n: usize, x: *const T) -> R {
                // SAFETY: see above.
                unsafe { vector::sum_abs::<N>(n, x) }
            }
            $(#[$features])?
            unsafe fn column_sums(m: usize, n: usize, a: *const T, rs: isize, sums: *mut R) {
                // SAFETY: see above.
                unsafe { vector::column_sums::<N>(m, n, a, rs, sums) }
            }
            Kernels {
                isa: $crate::Isa::$isa,
                gemm: Gemm { mr: MR, nr: $nr, kc: $kc, mc: $mc, nc: $nc, pack_a, pack_b, micro },
                lu: Lu { workspace: lu::workspace::<N, $lp>, factor: lu_factor },
                invert: Invert { workspace: inverse::workspace::<N, $lv>, invert },
                trsm: trsm_leaf,
                substitute,
                subtract,
                is_hermitian,
                vector: Vector { dot, dot_abs, swap, spread, stream, sum_abs, column_sums },
                small: small!($number, lanes::<$number>, $(#[$features])?),
                single: small!(<$number as Number>::One, rows::<$number>, $(#[$features])?),
            }
        };
    };
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod choose;
#[cfg(target_arch = "x86_64")]
mod permute;
mod portable;
#[cfg(target_arch = "x86_64")]
mod rows;

/// Makes the function that gives the table of one element type for an instruction set.
macro_rules! tables {
    ($name:ident, $table:ident, $t:ty) => {
        pub(crate) fn $name(isa: Isa) -> &'static Kernels<$t> {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => &avx2::$table,
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => &avx512::$table,
                _ => &portable::$table,
            }
        }
    };
}
tables!(f32, F32, f32);
tables!(f64, F64, f64);
tables!(complex_f32, COMPLEX_F32, Complex<f32>);
tables!(complex_f64, COMPLEX_F64, Complex<f64>);

/// The environment variable that forces an instruction set.
pub const ISA_VARIABLE: &str = "RESOLVENT_ISA";

/// An instruction set the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isa {
    /// Plain Rust for the compilation target's baseline; runs everywhere.
    Portable,
    /// x86-64 AVX2 with FMA.
    Avx2,
    /// x86-64 AVX-512 F and DQ.
    Avx512,
}

/// `RESOLVENT_ISA` asks for what does not exist or what this machine does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsaError {
    /// What was asked for.
    pub requested: String,
    /// What this machine has.
    pub available: Vec<Isa>,
}

impl fmt::Display for IsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.available.iter().map(|isa| isa.name()).collect();
        write!(
            f,
            "{ISA_VARIABLE}={:?} is not an instruction set of this machine; it has {}; unset the variable to use the best",
            self.requested,
            names.join(", ")
        )
    }
}

impl std::error::Error for IsaError {}

impl Isa {
    /// Every instruction set there are kernels for, weakest first.
    pub const ALL: [Isa; 3] = [Isa::Portable, Isa::Avx2, Isa::Avx512];

    /// The name as `RESOLVENT_ISA` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    /// Does this machine (processor and operating system) have it?
    pub fn is_available(self) -> bool {
        match self {
            Isa::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                Isa::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => false,
        }
    }

    /// Every instruction set this machine has, weakest first.
    pub fn available() -> Vec<Isa> {
        Isa::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// The one in force in this process: what `RESOLVENT_ISA` says, else the best the machine has. Decided once.
    ///
    /// # Errors
    /// The variable names an unknown instruction set or one this machine lacks.
    pub fn active() -> Result<Isa, IsaError> {
        static ACTIVE: OnceLock<Result<Isa, IsaError>> = OnceLock::new();
        ACTIVE
            .get_or_init(|| {
                let requested = std::env::var_os(ISA_VARIABLE).unwrap_or_default();
                Isa::choose(&requested.to_string_lossy())
            })
            .clone()
    }

    /// The instruction set by that name, or the best one for an empty name.
    fn choose(requested: &str) -> Result<Isa, IsaError> {
        let available = Isa::available();
        let found = match requested {
            "" => available.last().copied(),
            name => available.iter().copied().find(|isa| isa.name() == name),
        };
        found.ok_or_else(|| IsaError { requested: requested.to_owned(), available })
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
