//! Numbers for people: rounded to sensible digits.

/// `x` to `digits` significant digits without trailing zeros, with an exponent only where zeros would fill the page.
pub fn number(x: f64, digits: usize) -> String {
    /// More zeros than this after the point, and an exponent is shorter.
    const SMALLEST_EXPONENT: i32 = -5;
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{:.*e}", digits.max(1) - 1, x.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if x < 0.0 { "-" } else { "" };
    let figures: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let figures = match figures.trim_end_matches('0') {
        "" => "0",
        figures => figures,
    };
    if exponent < SMALLEST_EXPONENT || exponent >= digits.max(SMALLEST_INTEGER_DIGITS) as i32 {
        let (head, tail) = figures.split_at(1);
        let point = if tail.is_empty() { "" } else { "." };
        return format!("{sign}{head}{point}{tail}e{exponent}");
    }
    let exponent = exponent as isize;
    if exponent < 0 {
        return format!("{sign}0.{}{figures}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if figures.len() <= whole {
        return format!("{sign}{figures}{}", "0".repeat(whole - figures.len()));
    }
    format!("{sign}{}.{}", &figures[..whole], &figures[whole..])
}

/// With `--digits 2`, 120 is still shown as 120, not as 1.2e2.
const SMALLEST_INTEGER_DIGITS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (x, digits, want) in [
            (2.2_f64.next_up(), 10, "2.2"),
            (0.5999999999999999, 10, "0.6"),
            (1.0 / 3.0, 10, "0.3333333333"),
            (1.0 / 3.0, 17, "0.33333333333333331"),
            (-0.2, 10, "-0.2"),
            (1e-5, 10, "0.00001"),
            (1.25e-6, 10, "1.25e-6"),
            (123456789.0, 10, "123456789"),
            (9_999_999_999.9, 10, "1e10"),
            (1.5e20, 10, "1.5e20"),
            (120.0, 2, "120"),
            (-0.0, 10, "0"),
            (1e300, 3, "1e300"),
            (99.96, 3, "100"),
            (f64::NAN, 3, "nan"),
            (f64::NEG_INFINITY, 3, "-inf"),
        ] {
            assert_eq!(number(x, digits), want);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_the_number_to_its_digits(x in any::<f64>(), digits in 1_usize..=17) {
            prop_assume!(x.is_finite());
            let shown: f64 = number(x, digits).parse().unwrap();
            let rounded: f64 = format!("{x:.*e}", digits - 1).parse().unwrap();
            prop_assert_eq!(shown, rounded);
        }
    }
}
