//! Systems of linear equations as people write them: `2x + y = 5; x + 3y = 4`.

mod lex;
mod parse;
mod term;

use std::fmt::Write as _;
use std::ops::Range;

use crate::array::{Array, element_count, out_of_memory, zeros};
use crate::fault::{Fault, Result, quote};

use lex::Token;
use parse::{Linear, Parser};

/// A square system: `a` times the unknowns, in order of first appearance, is `b`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct System {
    pub(crate) a: Array<f64>,
    pub(crate) b: Array<f64>,
    pub(crate) names: Vec<String>,
}

/// Reads equations separated by `;`, commas or line ends; `#` begins a comment.
pub(crate) fn read_equations(text: &str) -> Result<System> {
    let tokens = lex::tokens(text)?;
    let mut parser = Parser::new(text, &tokens);
    let mut equations = Vec::new();
    loop {
        match parser.peek() {
            Token::Separator => parser.at += 1,
            Token::End => break,
            _ => equations.push(parser.equation()?),
        }
    }
    let names = parser.unknowns.names;
    if equations.is_empty() {
        return Err(Fault::bad_input("there is no equation; write some, as in `2x + y = 5; x + 3y = 4`"));
    }
    if equations.len() != names.len() {
        return Err(Fault::bad_input(miscount(text, &equations, &names)));
    }
    assemble(&equations, &names)
}

fn assemble(equations: &[(Linear, Range<usize>)], names: &[&str]) -> Result<System> {
    let n = names.len();
    let count = element_count(&[n, n]).ok_or_else(|| out_of_memory(usize::MAX))?;
    let mut a = zeros(count)?;
    let mut b = zeros(n)?;
    for (i, (equation, _)) in equations.iter().enumerate() {
        for (&unknown, &coefficient) in &equation.terms {
            a[i * n + unknown] = coefficient.value;
        }
        b[i] = equation.constant.value;
    }
    let names = names.iter().map(|&name| name.to_owned()).collect();
    Ok(System { a: Array::new(vec![n, n], a), b: Array::new(vec![n], b), names })
}

/// How many of each there are, which, and what to do.
fn miscount(text: &str, equations: &[(Linear, Range<usize>)], names: &[&str]) -> String {
    const MOST: usize = 12;
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut unknowns = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        unknowns.push_str(", ...");
    }
    let (have, need) = (equations.len(), names.len());
    let remedy = if have > need {
        format!("{} too many: remove what is not needed", have - need)
    } else {
        format!("{} too few: add {}", need - have, plural(need - have, "equation"))
    };
    let mut message =
        format!("{} for {} ({unknowns}): {remedy}", plural(have, "equation"), plural(need, "unknown"));
    for (i, (_, span)) in equations.iter().take(MOST).enumerate() {
        let _ = write!(message, "\n  {}: {}", i + 1, quote(&text[span.clone()]).trim_matches('`'));
    }
    if have > MOST {
        message.push_str("\n  ...");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(text: &str, a: &[f64], b: &[f64], names: &[&str]) {
        let system = read_equations(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(system.a.data(), a, "{text}");
        assert_eq!(system.b.data(), b, "{text}");
        assert_eq!(system.names, names, "{text}");
    }

    #[test]
    fn the_textbook_system_in_many_hands() {
        for text in [
            "2x + y = 5; x + 3y = 4",
            "2x+y=5\nx+3y=4\n",
            "2*x + y = 5, x + 3*y = 4",
            "2 x + y = 5;; x + 3 y = 4;",
            "x + y = 5 - x; 3y = 4 - x",
            "2(x + y) - y = 5; x + 3y - 4 = 0 # two lines",
            "5 = 2x + y; 4 = x + 3y",
            "-(-2x - y) = 5; x - -3y = +4",
            "2x + 1/2 y + y/2 = 10/2; (2/2)x + 3(y) = 4",
            "2\u{d7}x + y = 5; x \u{2212} (\u{2212}3y) = 2^2",
            "2x^1 + y = 5e0; x + .3e1y = 4",
        ] {
            system(text, &[2.0, 1.0, 1.0, 3.0], &[5.0, 4.0], &["x", "y"]);
        }
    }

    #[test]
    fn a_power_binds_tighter_than_a_sign() {
        system("-2^2 x = 8; -y^1 = 2^-1", &[-4.0, 0.0, 0.0, -1.0], &[8.0, 0.5], &["x", "y"]);
    }

    #[test]
    fn names_and_order_are_the_users() {
        system("x_2 = 1; x_1 + 2x_2 = 3", &[1.0, 0.0, 2.0, 1.0], &[1.0, 3.0], &["x_2", "x_1"]);
        let text = "2α + β₁ = 1; longName = 2α; β₁ = 3";
        let a = [2.0, 1.0, 0.0, -2.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        system(text, &a, &[1.0, 0.0, 3.0], &["α", "β₁", "longName"]);
    }

    #[test]
    fn an_unknown_that_cancels_is_still_an_unknown() {
        system("x - x + y = 1; y = 2", &[0.0, 1.0, 0.0, 1.0], &[1.0, 2.0], &["x", "y"]);
    }

    #[test]
    fn what_only_rounding_leaves_is_zero() {
        for text in [
            "0.1x + 0.2x - 0.3x = 1",
            "0.1x + 0.2x = 0.3x + 1",
            "(0.1 + 0.2)x - 0.3x = 1",
            "x/3 + x/3 + x/3 = 1 + x - 0.0",
            "1e9(0.1 + 0.2 - 0.3)x = 1",
            "(0.1^2 - 0.01)x = 1",
        ] {
            system(text, &[0.0], &[1.0], &["x"]);
        }
        let tenths = "0.1x + ".repeat(100) + "0 = 10x + 0.1 + 0.2 - 0.3";
        system(&tenths, &[0.0], &[0.0], &["x"]);
        assert!(read_equations("x/(0.1 + 0.2 - 0.3) = 1").unwrap_err().message.contains("divides by zero"));
    }

    #[test]
    fn what_is_exact_or_merely_small_is_kept() {
        system("1e15x + 2x - 1e15x = 1", &[2.0], &[1.0], &["x"]);
        system("1e-300x = 1e-300", &[1e-300], &[1e-300], &["x"]);
        system("x + 1e-12x - x = 1", &[1.000088900582341e-12], &[1.0], &["x"]);
        system("(1e8 + 1 - 1e8)(1e8 + 1 - 1e8)x = 1", &[1.0], &[1.0], &["x"]);
    }

    #[test]
    fn superscripts_are_powers() {
        system("2²x¹ = 2¹⁰", &[4.0], &[1024.0], &["x"]);
    }

    #[test]
    fn faults_say_what_and_where() {
        for (text, position, words) in [
            ("2x + y = 5; x*y = 4", (1, 13), "`x*y` multiplies two unknowns"),
            ("x y = 5; x = 4", (1, 1), "`x y` multiplies two unknowns"),
            ("x^2 = 4", (1, 1), "`x^2` is a power of an unknown"),
            ("2^x = 4", (1, 1), "exponent"),
            ("1/x = 4", (1, 3), "dividing by `x`"),
            ("x/0 = 4", (1, 3), "divides by zero"),
            ("sin(x) = 1", (1, 1), "sin of an unknown is not linear"),
            ("x² + y = 5; y = 1", (1, 1), "`x²` is a power of an unknown"),
            ("x₁⁰ = 5", (1, 1), "`x₁⁰` is a power of an unknown"),
            ("1_000x = 3000", (1, 2), "digits are not grouped with `_`"),
            ("x + sin(2) = 1", (1, 5), "`sin(2)`: functions are not computed"),
            ("x = sqrt (2)", (1, 5), "write the number itself"),
            ("2Exp(3x) = 1", (1, 2), "Exp of an unknown is not linear"),
            ("2x + y; x = 1", (1, 1), "has no `=`"),
            ("x = 1,5", (1, 7), "with a point"),
            ("x = y = 2", (1, 7), "a second `=`"),
            ("x == 2", (1, 4), "a second `=`"),
            ("= 2", (1, 1), "nothing stands before"),
            ("x =\ny = 1", (1, 4), "the equation ends"),
            ("x = 2 +", (1, 8), "the equation ends"),
            ("2x + * y = 1", (1, 6), "expected a number, an unknown"),
            ("(x + 1 = 2", (1, 1), "never closed"),
            ("x + 1) = 2", (1, 6), "closes nothing"),
            ("x = 2)", (1, 6), "closes nothing"),
            ("x = 2 3", (1, 7), "expected `+`, `-`"),
            ("x 2 = 3", (1, 3), "before this number"),
            ("3 = 3", (1, 1), "no unknown"),
            ("x = 1\n2x $ y = 3", (2, 4), "`$` has no meaning"),
            ("x > 2", (1, 3), "inequality"),
            ("1e308x*10 = 2", (1, 1), "beyond float64"),
        ] {
            let fault = read_equations(text).unwrap_err();
            assert_eq!(fault.position, Some(position), "{text}: {fault}");
            assert!(fault.message.contains(words), "{text}: {fault}");
        }
        assert!(read_equations(" # nothing\n").unwrap_err().message.contains("no equation"));
    }

    #[test]
    fn a_miscount_lists_equations_and_unknowns() {
        let few = read_equations("x + y + z = 1; x = y").unwrap_err().message;
        assert_eq!(
            few,
            "2 equations for 3 unknowns (x, y, z): 1 too few: add 1 equation\n  1: x + y + z = 1\n  2: x = y"
        );
        let many = read_equations("x = 1\nx = 2").unwrap_err().message;
        assert!(many.starts_with("2 equations for 1 unknown (x): 1 too many"), "{many}");
    }

    #[test]
    fn deep_nesting_is_refused_without_exhausting_the_stack() {
        for deep in ["(", "x^", "-(", "2^-"] {
            assert!(read_equations(&(deep.repeat(1_000_000) + "x = 1")).is_err());
        }
        let signs = "-".repeat(1_000_000) + "x = 1";
        system(&signs, &[1.0], &[1.0], &["x"]);
    }
}
