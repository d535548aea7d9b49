//! Transposes between rows that lie anywhere in memory and 256-bit registers of columns: AVX2's
//! [`load_rows`](crate::lanes::Lanes::load_rows), and half of AVX-512's.
//!
//! The halves of a register come straight from memory, so that half of the work is done by loads and stores.

/// Four rows of doubles.
pub(super) mod doubles {
    use core::arch::x86_64::*;

    /// Element c of row l into lane l of register c, c < C <= 4.
    ///
    /// # Safety
    /// The processor has AVX; 4 addresses are readable at `rows`, and C doubles at `offset` from each.
    #[inline(always)]
    pub(in crate::isa) unsafe fn load<const C: usize>(
        rows: *const *const f64,
        offset: isize,
    ) -> [__m256d; C] {
        // SAFETY: as the caller promises; pairs are read only where C has them.
        unsafe {
            let mut columns = [_mm256_setzero_pd(); C];
            macro_rules! row {
                ($l:literal, $c:expr) => {
                    (*rows.add($l)).offset(offset + $c)
                };
            }
            let mut c = 0;
            while c + 2 <= C {
                let at = c as isize;
                let even = _mm256_castpd128_pd256(_mm_loadu_pd(row!(0, at)));
                let even = _mm256_insertf128_pd::<1>(even, _mm_loadu_pd(row!(2, at)));
                let odd = _mm256_castpd128_pd256(_mm_loadu_pd(row!(1, at)));
                let odd = _mm256_insertf128_pd::<1>(odd, _mm_loadu_pd(row!(3, at)));
                columns[c] = _mm256_unpacklo_pd(even, odd);
                columns[c + 1] = _mm256_unpackhi_pd(even, odd);
                c += 2;
            }
            if C % 2 == 1 {
                let at = C as isize - 1;
                columns[C - 1] = _mm256_setr_pd(*row!(0, at), *row!(1, at), *row!(2, at), *row!(3, at));
            }
            columns
        }
    }

    /// The reverse of [`load`].
    ///
    /// # Safety
    /// As [`load`], writable.
    #[inline(always)]
    pub(in crate::isa) unsafe fn store<const C: usize>(
        columns: [__m256d; C],
        rows: *const *mut f64,
        offset: isize,
    ) {
        // SAFETY: as the caller promises; pairs are written only where C has them.
        unsafe {
            macro_rules! row {
                ($l:literal, $c:expr) => {
                    (*rows.add($l)).offset(offset + $c)
                };
            }
            let mut c = 0;
            while c + 2 <= C {
                let at = c as isize;
                let even = _mm256_unpacklo_pd(columns[c], columns[c + 1]); // rows 0 and 2
                let odd = _mm256_unpackhi_pd(columns[c], columns[c + 1]);
                _mm_storeu_pd(row!(0, at), _mm256_castpd256_pd128(even));
                _mm_storeu_pd(row!(1, at), _mm256_castpd256_pd128(odd));
                _mm_storeu_pd(row!(2, at), _mm256_extractf128_pd::<1>(even));
                _mm_storeu_pd(row!(3, at), _mm256_extractf128_pd::<1>(odd));
                c += 2;
            }
            if C % 2 == 1 {
                let at = C as isize - 1;
                let (low, high) =
                    (_mm256_castpd256_pd128(columns[C - 1]), _mm256_extractf128_pd::<1>(columns[C - 1]));
                _mm_storel_pd(row!(0, at), low);
                _mm_storeh_pd(row!(1, at), low);
                _mm_storel_pd(row!(2, at), high);
                _mm_storeh_pd(row!(3, at), high);
            }
        }
    }
}

/// Eight rows of floats.
pub(super) mod floats {
    use core::arch::x86_64::*;

    /// Element c of row l into lane l of register c, c < C <= 4.
    ///
    /// # Safety
    /// The processor has AVX; 8 addresses are readable at `rows`, and C floats at `offset` from each.
    #[inline(always)]
    pub(in crate::isa) unsafe fn load<const C: usize>(rows: *const *const f32, offset: isize) -> [__m256; C] {
        // SAFETY: as the caller promises; fours and pairs are read only where C has them.
        unsafe {
            let mut columns = [_mm256_setzero_ps(); C];
            macro_rules! row {
                ($l:expr, $c:expr) => {
                    (*rows.add($l)).offset(offset + $c)
                };
            }
            let mut c = 0;
            if C == 4 {
                // Rows l and l + 4 share a register.
                macro_rules! both {
                    ($l:literal) => {{
                        let low = _mm256_castps128_ps256(_mm_loadu_ps(row!($l, 0)));
                        _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(row!($l + 4, 0)))
                    }};
                }
                let (r0, r1, r2, r3) = (both!(0), both!(1), both!(2), both!(3));
                let (a, b) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpacklo_ps(r2, r3));
                let (e, f) = (_mm256_unpackhi_ps(r0, r1), _mm256_unpackhi_ps(r2, r3));
                columns[0] = _mm256_shuffle_ps::<0x44>(a, b);
                columns[1] = _mm256_shuffle_ps::<0xee>(a, b);
                columns[2] = _mm256_shuffle_ps::<0x44>(e, f);
                columns[3] = _mm256_shuffle_ps::<0xee>(e, f);
                c = 4;
            }
            if c + 2 <= C {
                // Pairs of floats as doubles: rows l, l + 1 in one half, l + 4, l + 5 in the other.
                macro_rules! pairs {
                    ($l:literal) => {{
                        let low = _mm_load_sd(row!($l, 0).cast());
                        let low = _mm_loadh_pd(low, row!($l + 1, 0).cast());
                        let high = _mm_load_sd(row!($l + 4, 0).cast());
                        let high = _mm_loadh_pd(high, row!($l + 5, 0).cast());
                        _mm256_castpd_ps(_mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(low), high))
                    }};
                }
                let (p, q) = (pairs!(0), pairs!(2));
                columns[0] = _mm256_shuffle_ps::<0x88>(p, q);
                columns[1] = _mm256_shuffle_ps::<0xdd>(p, q);
                c = 2;
            }
            if c < C {
                let at = c as isize;
                columns[c] = _mm256_setr_ps(
                    *row!(0, at),
                    *row!(1, at),
                    *row!(2, at),
                    *row!(3, at),
                    *row!(4, at),
                    *row!(5, at),
                    *row!(6, at),
                    *row!(7, at),
                );
            }
            columns
        }
    }

    /// The reverse of [`load`].
    ///
    /// # Safety
    /// As [`load`], writable.
    #[inline(always)]
    pub(in crate::isa) unsafe fn store<const C: usize>(
        columns: [__m256; C],
        rows: *const *mut f32,
        offset: isize,
    ) {
        // SAFETY: as the caller promises; fours and pairs are written only where C has them.
        unsafe {
            macro_rules! row {
                ($l:expr, $c:expr) => {
                    (*rows.add($l)).offset(offset + $c)
                };
            }
            let mut c = 0;
            if C == 4 {
                let (a, b) =
                    (_mm256_unpacklo_ps(columns[0], columns[1]), _mm256_unpacklo_ps(columns[2], columns[3]));
                let (e, f) =
                    (_mm256_unpackhi_ps(columns[0], columns[1]), _mm256_unpackhi_ps(columns[2], columns[3]));
                macro_rules! both {
                    ($l:literal, $row:expr) => {
                        _mm_storeu_ps(row!($l, 0), _mm256_castps256_ps128($row));
                        _mm_storeu_ps(row!($l + 4, 0), _mm256_extractf128_ps::<1>($row));
                    };
                }
                both!(0, _mm256_shuffle_ps::<0x44>(a, b));
                both!(1, _mm256_shuffle_ps::<0xee>(a, b));
                both!(2, _mm256_shuffle_ps::<0x44>(e, f));
                both!(3, _mm256_shuffle_ps::<0xee>(e, f));
                c = 4;
            }
            if c + 2 <= C {
                let (p, q) =
                    (_mm256_unpacklo_ps(columns[0], columns[1]), _mm256_unpackhi_ps(columns[0], columns[1]));
                macro_rules! pairs {
                    ($l:literal, $rows:expr) => {
                        let (low, high) = (_mm256_castps256_ps128($rows), _mm256_extractf128_ps::<1>($rows));
                        let (low, high) = (_mm_castps_pd(low), _mm_castps_pd(high));
                        _mm_storel_pd(row!($l, 0).cast(), low);
                        _mm_storeh_pd(row!($l + 1, 0).cast(), low);
                        _mm_storel_pd(row!($l + 4, 0).cast(), high);
                        _mm_storeh_pd(row!($l + 5, 0).cast(), high);
                    };
                }
                pairs!(0, p);
                pairs!(2, q);
                c = 2;
            }
            if c < C {
                let mut lanes = [0.0; 8];
                _mm256_storeu_ps(lanes.as_mut_ptr(), columns[c]);
                let mut l = 0;
                while l < 8 {
                    *row!(l, c as isize) = lanes[l];
                    l += 1;
                }
            }
        }
    }
}
