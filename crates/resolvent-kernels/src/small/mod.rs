//! Whole small problems, one matrix per SIMD lane ([`crate::table::Small`]). A stub until that room is built.

#![allow(clippy::extra_unused_type_parameters)]

use crate::lanes::{Number, Part};
use crate::table::{Group, Verdict};

pub(crate) fn workspace<N: Number>(_: usize, _: usize) -> usize {
    0
}
/// # Safety
/// None needed.
#[inline(always)]
pub(crate) unsafe fn factor<N: Number>(
    _: usize,
    _: Group<'_, *const N::Scalar>,
    _: Group<'_, *mut N::Scalar>,
    _: *mut usize,
    _: &mut [Verdict<Part<N>>],
    _: *mut Part<N>,
) {
}
/// # Safety
/// None needed.
#[inline(always)]
pub(crate) unsafe fn solve<N: Number>(
    _: usize,
    _: usize,
    _: Group<'_, *const N::Scalar>,
    _: Group<'_, *const N::Scalar>,
    _: Group<'_, *mut N::Scalar>,
    _: &mut [Verdict<Part<N>>],
    _: *mut Part<N>,
) {
}
/// # Safety
/// None needed.
#[inline(always)]
pub(crate) unsafe fn invert<N: Number>(
    _: usize,
    _: Group<'_, *const N::Scalar>,
    _: Group<'_, *mut N::Scalar>,
    _: &mut [Verdict<Part<N>>],
    _: *mut Part<N>,
) {
}
