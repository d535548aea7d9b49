//! From tokens to linear expressions: recursive descent, one function per rule of the grammar.
//!
//! ```text
//! equation := sum "=" sum
//! sum      := ["+"|"-"] product { ("+"|"-") product }
//! product  := power { ("*"|"/") power | power }        juxtaposition multiplies, left to right: 1/2 x is x/2
//! power    := { "+"|"-" } atom [ "^" power ]
//! atom     := number | name | "(" sum ")"
//! ```

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::fault::{Fault, Result, quote};

use super::lex::{Spanned, Token};
use super::term::Term;

/// Deeper parentheses are refused, so that hostile input cannot exhaust the stack.
const DEEPEST: usize = 100;

/// `constant + sum of coefficient * unknown`; an unknown that cancels out stays, with coefficient 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Linear {
    pub(super) terms: BTreeMap<usize, Term>,
    pub(super) constant: Term,
}

impl Linear {
    fn is_constant(&self) -> bool {
        self.terms.is_empty()
    }

    fn number(constant: Term) -> Self {
        Self { terms: BTreeMap::new(), constant }
    }

    fn add(&mut self, other: &Linear) {
        for (&unknown, &coefficient) in &other.terms {
            let sum = self.terms.entry(unknown).or_default();
            *sum = sum.plus(coefficient);
        }
        self.constant = self.constant.plus(other.constant);
    }

    fn map(mut self, change: impl Fn(Term) -> Term) -> Self {
        self.terms.values_mut().for_each(|coefficient| *coefficient = change(*coefficient));
        self.constant = change(self.constant);
        self
    }

    fn negated(self) -> Self {
        self.map(Term::negated)
    }
}

/// The unknowns in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Unknowns<'a> {
    pub(super) names: Vec<&'a str>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Unknowns<'a> {
    fn index_of(&mut self, name: &'a str) -> usize {
        *self.index.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}

/// Reads the tokens of a text one after the other.
pub(super) struct Parser<'a, 't> {
    pub(super) text: &'a str,
    pub(super) tokens: &'t [Spanned<'a>],
    pub(super) at: usize,
    pub(super) unknowns: Unknowns<'a>,
    depth: usize,
}

impl<'a, 't> Parser<'a, 't> {
    pub(super) fn new(text: &'a str, tokens: &'t [Spanned<'a>]) -> Self {
        Self { text, tokens, at: 0, unknowns: Unknowns::default(), depth: 0 }
    }

    pub(super) fn peek(&self) -> Token<'a> {
        self.tokens[self.at].token
    }

    /// Where the next token stands.
    pub(super) fn span(&self) -> Range<usize> {
        self.tokens[self.at].span.clone()
    }

    /// From the given byte to the last token read.
    fn span_from(&self, start: usize) -> Range<usize> {
        start..self.tokens[self.at.saturating_sub(1)].span.end.max(start)
    }

    fn accept(&mut self, token: Token<'_>) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn fault<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T> {
        Err(Fault::at(self.text, span, message))
    }

    /// One equation, brought to the form `terms = constant`, and its place.
    pub(super) fn equation(&mut self) -> Result<(Linear, Range<usize>)> {
        let start = self.span().start;
        let mut left = self.sum()?;
        if !self.accept(Token::Equals) {
            return self.missing_equals(start);
        }
        let mut right = self.sum()?;
        let span = self.span_from(start);
        match self.peek() {
            Token::Separator | Token::End => {}
            Token::Equals => {
                return self.fault(self.span(), "a second `=` in one equation; separate equations with `;`");
            }
            Token::Close => return self.fault(self.span(), "this `)` closes nothing; remove it or add `(`"),
            _ => return self.fault(self.span(), "expected `+`, `-` or the end of the equation"),
        }
        if left.is_constant() {
            // `5 = 2x + y` is the system one would write down, not its negative.
            std::mem::swap(&mut left, &mut right);
        }
        left.add(&right.negated());
        left.constant = left.constant.negated();
        // Zero has no sign here.
        let left = left.map(|x| x.settled().plus(Term::default()));
        if left.is_constant() {
            return self.fault(span, "there is no unknown in this equation; write one, as in `2x + y = 5`");
        }
        if !(left.constant.value.is_finite() && left.terms.values().all(|x| x.value.is_finite())) {
            return self.fault(span, "a number in this equation grows beyond float64");
        }
        Ok((left, span))
    }

    fn missing_equals<T>(&self, start: usize) -> Result<T> {
        let comma = |at: Option<&Spanned<'_>>| at.is_some_and(|t| &self.text[t.span.clone()] == ",");
        let beside_comma = comma(self.tokens.get(self.at))
            || self.tokens[..self.at]
                .iter()
                .rposition(|t| t.span.start < start)
                .is_some_and(|i| comma(self.tokens.get(i)));
        match self.peek() {
            Token::Close => self.fault(self.span(), "this `)` closes nothing; remove it or add `(`"),
            Token::Number(_) => self.fault(self.span(), "expected `+`, `-`, `*` or `=` before this number"),
            _ if beside_comma => self.fault(
                self.span_from(start),
                "this part has no `=`; commas separate equations, and decimals are written with a point, as in 2.5",
            ),
            _ => self.fault(self.span_from(start), "this equation has no `=`; write both sides, as in `2x + y = 5`"),
        }
    }

    fn sum(&mut self) -> Result<Linear> {
        let mut sum = Linear::default();
        let mut negative = false;
        loop {
            let product = self.product()?;
            sum.add(&if negative { product.negated() } else { product });
            negative = match self.peek() {
                Token::Plus => false,
                Token::Minus => true,
                _ => return Ok(sum.map(Term::settled)),
            };
            self.at += 1;
        }
    }

    fn product(&mut self) -> Result<Linear> {
        let start = self.span().start;
        let mut product = self.power()?;
        loop {
            match self.peek() {
                Token::Times => {
                    self.at += 1;
                    let factor = self.power()?;
                    product = self.times(product, factor, start)?;
                }
                Token::Over => {
                    self.at += 1;
                    let divisor_start = self.span().start;
                    let divisor = self.power()?;
                    product = self.over(product, &divisor, divisor_start)?;
                }
                // A number after a factor is a slip (`x 2`, `3 4`), not a product.
                Token::Name(_) | Token::Open => {
                    let factor = self.power()?;
                    product = self.times(product, factor, start)?;
                }
                _ => return Ok(product),
            }
        }
    }

    fn times(&self, left: Linear, right: Linear, start: usize) -> Result<Linear> {
        if right.is_constant() {
            return Ok(left.map(|x| x.times(right.constant)));
        }
        if left.is_constant() {
            return Ok(right.map(|x| x.times(left.constant)));
        }
        let span = self.span_from(start);
        let product = quote(&self.text[span.clone()]);
        let function = self.text[span.clone()]
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .filter(|word| is_function(word));
        match function {
            Some(function) => self.fault(span, format!("{product}: {function} of an unknown is not linear")),
            None => self.fault(
                span,
                format!(
                    "{product} multiplies two unknowns, which is not linear; one name is written in one word"
                ),
            ),
        }
    }

    fn over(&self, left: Linear, divisor: &Linear, start: usize) -> Result<Linear> {
        let span = self.span_from(start);
        if !divisor.is_constant() {
            let what = quote(&self.text[span.clone()]);
            return self.fault(span, format!("dividing by {what}, which holds an unknown, is not linear"));
        }
        if divisor.constant.value == 0.0 {
            return self.fault(span, "this divides by zero");
        }
        Ok(left.map(|x| x.over(divisor.constant)))
    }

    fn power(&mut self) -> Result<Linear> {
        let mut negative = false;
        loop {
            match self.peek() {
                Token::Plus => {}
                Token::Minus => negative = !negative,
                _ => break,
            }
            self.at += 1;
        }
        let start = self.span().start;
        let base = self.atom()?;
        if !self.accept(Token::Power) {
            return Ok(if negative { base.negated() } else { base });
        }
        let exponent = self.nested(Self::power)?;
        let span = self.span_from(start);
        if !exponent.is_constant() {
            return self.fault(span, "an unknown in an exponent is not linear");
        }
        let power = if base.is_constant() {
            Linear::number(base.constant.to_the(exponent.constant.value))
        } else if exponent.constant.value == 1.0 {
            base
        } else {
            let what = quote(&self.text[span.clone()]);
            return self.fault(span, format!("{what} is a power of an unknown, which is not linear"));
        };
        Ok(if negative { power.negated() } else { power })
    }

    fn atom(&mut self) -> Result<Linear> {
        let span = self.span();
        match self.peek() {
            Token::Number(constant) => {
                self.at += 1;
                Ok(Linear::number(Term::literal(constant)))
            }
            Token::Name(name) => {
                self.at += 1;
                if is_function(name) && self.peek() == Token::Open {
                    return self.function(name, span.start);
                }
                let terms = BTreeMap::from([(self.unknowns.index_of(name), Term::literal(1.0))]);
                Ok(Linear { terms, constant: Term::default() })
            }
            Token::Open => {
                self.at += 1;
                let inner = self.nested(Self::sum)?;
                if !self.accept(Token::Close) {
                    return self.fault(span, "this `(` is never closed; add `)`");
                }
                Ok(inner)
            }
            Token::Equals if self.at == 0 || self.tokens[self.at - 1].token == Token::Separator => {
                self.fault(span, "nothing stands before this `=`; write both sides, as in `2x + y = 5`")
            }
            Token::Equals if self.tokens[self.at - 1].token == Token::Equals => {
                self.fault(span, "a second `=`; an equation has one")
            }
            Token::Separator | Token::End => {
                self.fault(span, "the equation ends where a number, an unknown or `(` is expected")
            }
            _ => self.fault(span, "expected a number, an unknown or `(` here"),
        }
    }

    /// A function and its argument: never an unknown times something.
    fn function(&mut self, name: &str, start: usize) -> Result<Linear> {
        let argument = self.nested(Self::atom)?;
        let span = self.span_from(start);
        let what = quote(&self.text[span.clone()]);
        if argument.is_constant() {
            return self.fault(span, format!("{what}: functions are not computed; write the number itself"));
        }
        self.fault(span, format!("{what}: {name} of an unknown is not linear"))
    }

    fn nested(&mut self, rule: impl Fn(&mut Self) -> Result<Linear>) -> Result<Linear> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault(self.span(), format!("this is nested deeper than {DEEPEST} levels"));
        }
        let inner = rule(self);
        self.depth -= 1;
        inner
    }
}

fn is_function(word: &str) -> bool {
    const FUNCTIONS: &str = "sin cos tan cot asin acos atan arcsin arccos arctan sinh cosh tanh asinh acosh \
        atanh exp log log2 log10 ln lg sqrt cbrt pow abs sign floor ceil round min max";
    FUNCTIONS.split_whitespace().any(|function| function.eq_ignore_ascii_case(word))
}
