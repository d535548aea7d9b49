//! Equations as words and signs, each with its place.

use std::ops::Range;

use crate::fault::{Fault, Result, quote};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    Plus,
    Minus,
    Times,
    Over,
    Power,
    Open,
    Close,
    Equals,
    /// `;`, `,` or the end of a line.
    Separator,
    End,
}

/// A token and the bytes it stands in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spanned<'a> {
    pub(super) token: Token<'a>,
    pub(super) span: Range<usize>,
}

/// All tokens of the text, ending with one [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned<'_>>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        at += c.len_utf8();
        let token = match c {
            '\n' | ';' | ',' => Token::Separator,
            c if c.is_whitespace() => continue,
            '#' => {
                at = text[start..].find('\n').map_or(text.len(), |i| start + i);
                continue;
            }
            '+' => Token::Plus,
            '-' | '\u{2212}' | '\u{2013}' => Token::Minus,
            '*' if text[at..].starts_with('*') => {
                at += 1;
                Token::Power
            }
            '*' | '\u{b7}' | '\u{d7}' | '\u{22c5}' => Token::Times,
            '/' | '\u{f7}' => Token::Over,
            '^' => Token::Power,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => Token::Equals,
            '0'..='9' | '.' => {
                at = start + number_len(&text.as_bytes()[start..]);
                Token::Number(number(text, start..at.max(start + 1))?)
            }
            c if superscript(c).is_some() => {
                // x² is x^2: a power in one token of the text and two of the grammar.
                let end = text[at..].find(|c| superscript(c).is_none()).map_or(text.len(), |i| at + i);
                at = end;
                let digits: String = text[start..end].chars().filter_map(superscript).collect();
                tokens.push(Spanned { token: Token::Power, span: start..start });
                Token::Number(number(&digits, 0..digits.len())?)
            }
            '_' if touches_number(&tokens, start) => {
                let message =
                    "digits are not grouped with `_`; write 1000, or 2 * _x for an unknown called _x";
                return Err(Fault::at(text, start..at, message));
            }
            c if c.is_alphabetic() || c == '_' => {
                at = start + text[start..].find(|c| !continues_name(c)).unwrap_or(text.len() - start);
                Token::Name(&text[start..at])
            }
            '<' | '>' | '\u{2264}' | '\u{2265}' | '\u{2260}' => {
                return Err(Fault::at(
                    text,
                    start..at,
                    "this is an inequality; only equations with `=` are solved",
                ));
            }
            _ => {
                let message = format!("{} has no meaning in an equation", quote(&c.to_string()));
                return Err(Fault::at(text, start..at, message));
            }
        };
        tokens.push(Spanned { token, span: start..at });
    }
    tokens.push(Spanned { token: Token::End, span: text.len()..text.len() });
    Ok(tokens)
}

fn touches_number(before: &[Spanned<'_>], at: usize) -> bool {
    before.last().is_some_and(|last| matches!(last.token, Token::Number(_)) && last.span.end == at)
}

/// The digit that stands raised.
fn superscript(c: char) -> Option<char> {
    match c {
        '\u{b9}' => Some('1'),
        '\u{b2}' => Some('2'),
        '\u{b3}' => Some('3'),
        '\u{2070}' | '\u{2074}'..='\u{2079}' => char::from_digit(u32::from(c) - 0x2070, 10),
        _ => None,
    }
}

/// Letters and digits of any script (so subscripts too, but not superscripts), `_`, primes, and accents that combine
/// with the letter before.
fn continues_name(c: char) -> bool {
    (c.is_alphanumeric() && superscript(c).is_none())
        || matches!(c, '_' | '\'' | '\u{2032}' | '\u{300}'..='\u{36f}')
}

/// The bytes of the decimal number at the beginning. An exponent needs its digits: in `2e` the `e` is an unknown.
fn number_len(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut len = digits(0);
    if bytes.get(len) == Some(&b'.') {
        len += 1 + digits(len + 1);
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = if len + 1 + sign <= bytes.len() { digits(len + 1 + sign) } else { 0 };
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    len
}

fn number(text: &str, span: Range<usize>) -> Result<f64> {
    match text[span.clone()].parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => Err(Fault::at(text, span, "this number is beyond float64, whose largest is about 1.8e308")),
        Err(_) => Err(Fault::at(text, span, "this is not a number; decimals are written as 0.5 or .5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Token<'_>> {
        tokens(text).unwrap().into_iter().map(|spanned| spanned.token).collect()
    }

    #[test]
    fn numbers_and_names_part_where_they_should() {
        use Token::{End, Minus, Name, Number};
        assert_eq!(kinds("2x_1'"), [Number(2.0), Name("x_1'"), End]);
        assert_eq!(kinds("1e-3x"), [Number(1e-3), Name("x"), End]);
        assert_eq!(kinds("2e - 3"), [Number(2.0), Name("e"), Minus, Number(3.0), End]);
        assert_eq!(kinds("2ex"), [Number(2.0), Name("ex"), End]);
        assert_eq!(kinds(".5α₁"), [Number(0.5), Name("α₁"), End]);
        assert_eq!(kinds("2."), [Number(2.0), End]);
        assert_eq!(kinds("2e"), [Number(2.0), Name("e"), End]);
        assert_eq!(kinds("2e+"), [Number(2.0), Name("e"), Token::Plus, End]);
    }

    #[test]
    fn signs_of_the_typewriter_and_of_the_typesetter() {
        assert_eq!(kinds("+-*/^**()=;"), kinds("+\u{2212}\u{d7}\u{f7}^^()=\n"));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for text in ["x @ y", "x < 2", ".", "1e999", "x {1}"] {
            assert!(tokens(text).is_err(), "{text}");
        }
    }
}
