//! Words of the page: coefficients, combinations, tables.

use std::fmt::Write as _;

use resolvent_kernels::{Real, Scalar};

use super::dependence::{Dependency, LARGEST_EXACT_DENOMINATOR, fraction, simple_fraction};
use super::number::number;

/// At most so many terms of a line are shown.
pub(super) const SHOWN: usize = 6;
/// Digits of numbers that are answers.
pub(super) const ANSWER_DIGITS: usize = 6;

/// A name that does not spoil the page.
pub(super) fn on_one_line(name: &str) -> String {
    const LONGEST: usize = 40;
    let cut = if name.chars().nth(LONGEST).is_some() { "..." } else { "" };
    let shown = name.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c });
    shown.collect::<String>() + cut
}

/// What is beyond all measure is noise.
pub(super) fn bounded(x: f64, digits: usize) -> String {
    const BEYOND: f64 = 1e13;
    if x > BEYOND { "infinite".to_owned() } else { number(x, digits) }
}

/// The cells of a table: the first column to the left, the others to the right.
pub(super) fn aligned(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.first().map_or(0, Vec::len);
    let width = |c: usize| table.iter().map(|line| line[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let cell = |c: usize, text: &String| {
        let space = " ".repeat(widths[c] - text.chars().count());
        if c == 0 { format!("{text}{space}") } else { format!("  {space}{text}") }
    };
    table.iter().map(|line| line.iter().enumerate().map(|(c, text)| cell(c, text)).collect()).collect()
}

/// Which lines a scaling multiplies, those that it nearly leaves alone left out.
pub(super) fn factors(exponents: &[i64], name: &dyn Fn(usize) -> String) -> Option<String> {
    /// A factor of 8 is not worth a word.
    const LITTLE: i64 = 3;
    let mut sorted = exponents.to_vec();
    sorted.sort_unstable();
    let common = *sorted.get(sorted.len() / 2)?;
    let told: Vec<_> =
        (0..exponents.len()).map(|i| (i, exponents[i] - common)).filter(|(_, e)| e.abs() > LITTLE).collect();
    let one = |&(i, e): &(usize, i64)| {
        let decimal = (e as f64 * std::f64::consts::LOG10_2).round();
        format!("{} by 2^{e} (1e{decimal})", name(i))
    };
    let more = if told.len() > SHOWN { ", ..." } else { "" };
    (!told.is_empty()).then(|| told.iter().take(SHOWN).map(one).collect::<Vec<_>>().join(", ") + more)
}

/// `2*row 1 - row 0`, the later ones first; of many the largest.
pub(super) fn combination<T: Scalar>(found: &Dependency<T>, name: &dyn Fn(usize) -> String) -> String {
    let mut terms: Vec<_> = found.terms.iter().rev().collect();
    let all = terms.len();
    if all > SHOWN {
        terms.sort_by(|(_, x), (_, y)| y.abs().to_f64().total_cmp(&x.abs().to_f64()));
    }
    let mut text = String::new();
    for (place, &&(index, c)) in terms.iter().take(SHOWN).enumerate() {
        let (minus, size) = coefficient(c, found.exact);
        text.push_str(match (place, minus) {
            (0, false) => "",
            (0, true) => "-",
            (_, false) => " + ",
            (_, true) => " - ",
        });
        if !size.is_empty() {
            text.push_str(&size);
            text.push('*');
        }
        text.push_str(&name(index));
    }
    if all > SHOWN {
        let _ = write!(text, " + ... ({all} terms)");
    }
    text
}

/// Whether a minus stands before it, and what follows; nothing for 1. Of an exact one the fraction that it is.
pub(super) fn coefficient<T: Scalar>(c: T, exact: bool) -> (bool, String) {
    let (re, im) = (c.re().to_f64(), c.im().to_f64());
    let minus = if im == 0.0 { re < 0.0 } else { re == 0.0 && im < 0.0 };
    let rounding = |x: f64| T::Real::EPSILON.to_f64() * x.abs();
    let found = |x: f64| match exact {
        true => fraction(x, rounding(x), LARGEST_EXACT_DENOMINATOR),
        false => simple_fraction(x, rounding(x)),
    };
    let size = written(if minus { -c } else { c }, |x| match found(x) {
        Some([p, 1.0]) => p.to_string(),
        Some([p, q]) => format!("{p}/{q}"),
        None => number(x, ANSWER_DIGITS),
    });
    (minus, if size == "1" { String::new() } else { size })
}

/// `1.5`, `2i`, `(1+2i)`.
pub(super) fn value<T: Scalar>(x: T, digits: usize) -> String {
    written(x, |x| number(x, digits))
}

/// `3/2`, `2i`, `(1+2i)`, each part written as told.
fn written<T: Scalar>(x: T, part: impl Fn(f64) -> String) -> String {
    let (re, im) = (x.re().to_f64(), x.im().to_f64());
    if im == 0.0 {
        return part(re);
    }
    let imaginary = if im.abs() == 1.0 { String::new() } else { part(im.abs()) };
    let sign = if im < 0.0 { "-" } else { "+" };
    match re {
        0.0 => format!("{}{imaginary}i", sign.trim_start_matches('+')),
        _ => format!("({}{sign}{imaginary}i)", part(re)),
    }
}
