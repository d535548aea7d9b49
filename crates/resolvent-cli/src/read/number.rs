//! One number as people and programs write it: real, fraction or complex.

/// A number of a text file. `im` is there if an imaginary unit was written, even if the part is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    pub(crate) re: f64,
    pub(crate) im: Option<f64>,
}

/// Reads `2`, `-1.5e3`, `1/3`, `nan`, `-inf`, `2i`, `1+2i`, `1 - 2j`, `(1+2j)`.
///
/// # Errors
/// What to say about the text, to follow "found `...`".
pub(crate) fn parse_number(text: &str) -> Result<Number, &'static str> {
    // Almost every cell of a large file is a plain number: no copies for those.
    if let Ok(re) = parse_plain(text) {
        return Ok(Number { re, im: None });
    }
    let text = text.replace('\u{2212}', "-");
    let text = match text.trim().strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')').ok_or(": the parenthesis is not closed")?.trim(),
        None => text.trim(),
    };
    let Some(body) = text.strip_suffix(['i', 'j', 'I', 'J']) else {
        return Ok(Number { re: parse_real(text)?, im: None });
    };
    let body = body.trim_end();
    let body = body.strip_suffix('*').unwrap_or(body).trim_end();
    let split = body
        .char_indices()
        .rev()
        .find(|&(i, c)| (c == '+' || c == '-') && i > 0 && !body[..i].ends_with(['e', 'E']))
        .map_or(0, |(i, _)| i);
    let (re, im) = body.split_at(split);
    let re = if re.is_empty() { 0.0 } else { parse_real(re.trim_end())? };
    let (sign, size) = match im.strip_prefix('-') {
        Some(size) => (-1.0, size.trim_start()),
        None => (1.0, im.strip_prefix('+').unwrap_or(im).trim_start()),
    };
    let size = match size {
        "" => 1.0,
        _ if size.starts_with(['+', '-']) => return Err(""),
        _ => parse_real(size)?,
    };
    Ok(Number { re, im: Some(sign * size) })
}

/// A decimal number or a fraction of two.
fn parse_real(text: &str) -> Result<f64, &'static str> {
    match text.split_once('/') {
        None => parse_plain(text),
        Some((over, under)) => {
            let (over, under) = (parse_plain(over.trim_end())?, parse_plain(under.trim_start())?);
            if under == 0.0 { Err(": the denominator is zero") } else { Ok(over / under) }
        }
    }
}

fn parse_plain(text: &str) -> Result<f64, &'static str> {
    let x: f64 = text.parse().map_err(|_| "")?;
    if x.is_infinite() && text.contains(|c: char| c.is_ascii_digit()) {
        return Err(": its size is beyond float64, whose largest number is about 1.8e308");
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_and_fractions() {
        for (text, x) in
            [("2", 2.0), ("-1.5e3", -1500.0), (".5", 0.5), ("5.", 5.0), ("1/4", 0.25), ("-3 / 2", -1.5)]
        {
            assert_eq!(parse_number(text), Ok(Number { re: x, im: None }), "{text}");
        }
        assert_eq!(parse_number("\u{2212}2").unwrap().re, -2.0);
        assert_eq!(parse_number("-inf").unwrap().re, f64::NEG_INFINITY);
        assert!(parse_number("NaN").unwrap().re.is_nan());
    }

    #[test]
    fn complex_numbers() {
        for (text, re, im) in [
            ("i", 0.0, 1.0),
            ("-j", 0.0, -1.0),
            ("2i", 0.0, 2.0),
            ("1+2i", 1.0, 2.0),
            ("1 - 2j", 1.0, -2.0),
            ("(1e-3-2e-5j)", 1e-3, -2e-5),
            ("-1e+2-1e+3i", -100.0, -1000.0),
            ("1/2+3/4i", 0.5, 0.75),
            ("1+2*i", 1.0, 2.0),
            ("1-i", 1.0, -1.0),
            ("inf-infj", f64::INFINITY, f64::NEG_INFINITY),
        ] {
            assert_eq!(parse_number(text), Ok(Number { re, im: Some(im) }), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", " ", "abc", "1 2", "1,5", "--1", "1+-2i", "1++2i", "0x10", "1_000", "1/0", "(1", "1)", "1e",
            "1e999", "i1", "1/2/3",
        ] {
            assert!(parse_number(text).is_err(), "{text}");
        }
    }
}
