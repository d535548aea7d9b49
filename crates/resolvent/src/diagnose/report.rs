//! A diagnosis as one page of text.

use std::fmt::{self, Write as _};

use resolvent_kernels::{Real, Scalar};

use super::number::number;
use super::words::{
    ANSWER_DIGITS, SHOWN, aligned, bounded, coefficient, combination, factors, on_one_line, value,
};
use super::{
    Collinearity, Dependency, Diagnosis, Proof, Scaling, ScalingAdvice, Solutions, Status, SystemFinding,
};

/// Where the text of a line begins.
const INDENT: usize = 14;
/// So many digits of a number, few enough that every machine prints the same.
const DIGITS: usize = 3;
/// A rank is beyond doubt where the last singular value that counts stands so far above those that do not.
const CLEAR: f64 = 1e3;

/// The page, line by line: a word in front of the first line of each kind.
struct Page<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
}

impl Page<'_, '_> {
    fn line(&mut self, word: &str, text: &str) -> fmt::Result {
        write!(self.out, "\n{word:INDENT$}{text}")
    }

    /// The first few lines, and how many more there are.
    fn lines(&mut self, word: &str, lines: &[String]) -> fmt::Result {
        for (place, line) in lines.iter().take(SHOWN).enumerate() {
            self.line(if place == 0 { word } else { "" }, line)?;
        }
        if lines.len() > SHOWN {
            self.line("", &format!("... and {} more", lines.len() - SHOWN))?;
        }
        Ok(())
    }
}

impl<T: Scalar> fmt::Display for Diagnosis<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [m, n] = self.shape;
        write!(f, "{m} x {n} {}, {}", T::NAME, self.structure)?;
        let mut page = Page { out: f };
        if !self.not_finite.is_empty() {
            return self.write_not_finite(&mut page);
        }
        page.line("verdict", &self.verdict())?;
        if m == 0 || n == 0 {
            return Ok(());
        }
        if let Some(method) = self.method {
            page.line("method", method.name())?;
        }
        page.line("trust", &self.trust())?;
        page.line("rank", &self.rank_in_words())?;
        page.lines("values", &[self.values()])?;
        let columns: Vec<String> = self.columns.iter().map(|found| self.column_sentence(found)).collect();
        page.lines("columns", &columns)?;
        let rows: Vec<String> = self.rows.iter().map(|found| self.row_sentence(found)).collect();
        page.lines("rows", &rows)?;
        if self.is_unexplained() {
            page.line("cause", "no column or row stands out: the singular values fall off steadily")?;
        }
        if let Some(advice) = &self.scaling {
            page.lines("scaling", &self.advice(advice))?;
        }
        if let Some(system) = &self.system {
            page.lines("system", &self.system_in_words(system))?;
        }
        if let Some(collinearity) = &self.collinearity {
            self.write_collinearity(&mut page, collinearity)?;
        }
        if let Some(ridge) = self.ridge {
            let text = match ridge {
                0.0 => "none: the condition number is as low already".to_owned(),
                _ => format!(
                    "{} on the diagonal of A^H A gives the condition number asked for",
                    number(ridge, DIGITS)
                ),
            };
            page.line("ridge", &text)?;
        }
        Ok(())
    }
}

fn row(i: usize) -> String {
    format!("row {i}")
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

impl<T: Scalar> Diagnosis<T> {
    /// What a column is called.
    fn column(&self, j: usize) -> String {
        self.names.as_ref().map_or_else(|| format!("column {j}"), |names| on_one_line(&names[j]))
    }

    /// What the unknown of a column is called.
    fn unknown(&self, j: usize) -> String {
        self.names.as_ref().map_or_else(|| format!("x{j}"), |names| on_one_line(&names[j]))
    }

    fn is_deficient(&self) -> bool {
        self.rank.rank < self.shape[0].min(self.shape[1])
    }

    fn is_collinear(&self) -> bool {
        self.collinearity.as_ref().is_some_and(Collinearity::is_harmful)
    }

    /// Is nothing to blame for a bad verdict?
    fn is_unexplained(&self) -> bool {
        let found = !self.columns.is_empty() || !self.rows.is_empty() || self.scaling.is_some();
        self.status != Status::Ok && !found
    }

    fn write_not_finite(&self, page: &mut Page<'_, '_>) -> fmt::Result {
        page.line("verdict", "not finite: no answer means anything")?;
        for found in &self.not_finite {
            let [i, j] = found.first;
            let place =
                if found.in_b { format!("b[{i}]") } else { format!("{}, {}", row(i), self.column(j)) };
            let mut counts = Vec::new();
            if found.nans > 0 {
                counts.push(format!("{} NaN", found.nans));
            }
            if found.infinities > 0 {
                counts.push(format!("{} infinite", found.infinities));
            }
            page.line(
                if found.in_b { "b" } else { "matrix" },
                &format!("{}, the first at {place}", counts.join(", ")),
            )?;
        }
        Ok(())
    }

    fn verdict(&self) -> String {
        let [m, n] = self.shape;
        if m == 0 || n == 0 {
            return "empty: nothing can be wrong".to_owned();
        }
        let square = m == n;
        match (self.is_deficient(), self.proof) {
            (true, Proof::Deficient) if square => "singular, proved in exact arithmetic".to_owned(),
            (true, Proof::Deficient) => "rank-deficient, proved in exact arithmetic".to_owned(),
            (true, Proof::Regular) => {
                "numerically singular: not quite in exact arithmetic, but within rounding of it".to_owned()
            }
            (true, Proof::None) => "rank-deficient, as far as rounding can tell".to_owned(),
            (false, _) if self.rank.unscaled < self.rank.rank => {
                "badly scaled: of full rank, but its numbers differ too much in size".to_owned()
            }
            (false, _) if self.status == Status::Ok && self.is_collinear() => {
                "ok to compute with, but collinear: coefficients share their variance".to_owned()
            }
            (false, _) => self.status.to_string(),
        }
    }

    fn trust(&self) -> String {
        let digits = match self.digits {
            0 => "no digit of an answer".to_owned(),
            1 => "about 1 digit of an answer".to_owned(),
            digits => format!("about {digits} digits of an answer"),
        };
        if self.is_deficient() {
            return digits;
        }
        // Beyond that the smallest singular value is rounding.
        let limit = T::Real::EPSILON.to_f64();
        let relative = 1.0 / self.condition;
        let [condition, change] = match relative < limit {
            true => [format!("above {}", number(1.0 / limit, 2)), format!("less than {}", number(limit, 2))],
            false => [self.condition, relative].map(|x| number(x, DIGITS)),
        };
        format!(
            "{digits}; rcond {}, condition number {condition}\na change of {change} of its size makes it {}",
            number(self.rcond, DIGITS),
            if self.shape[0] == self.shape[1] { "singular" } else { "rank-deficient" }
        )
        .replace('\n', &format!("\n{:INDENT$}", ""))
    }

    fn rank_in_words(&self) -> String {
        let small = self.shape[0].min(self.shape[1]);
        let mut text = format!("{} of {small}", self.rank.rank);
        if let Some([kept, dropped]) = self.rank.gap {
            let tolerance = self.rank.tolerance;
            // What lies below the tolerance is noise.
            let to = if dropped < tolerance {
                format!("below {}", number(tolerance, 2))
            } else {
                number(dropped, 2)
            };
            let clear = if kept < CLEAR * tolerance { ", no clear gap" } else { "" };
            let _ =
                write!(text, ": singular values fall from {} to {to} of the largest{clear}", number(kept, 2));
        }
        if self.rank.unscaled != self.rank.rank {
            let _ = write!(text, " ({} without scaling)", self.rank.unscaled);
        }
        text
    }

    /// The singular values at both ends.
    fn values(&self) -> String {
        let values = &self.singular_values;
        let floor = self.rank.tolerance * values[0];
        let word = |s: &f64| if *s <= floor { "~0".to_owned() } else { number(*s, DIGITS) };
        let list = |values: &[f64]| values.iter().map(word).collect::<Vec<_>>().join(", ");
        if values.len() <= SHOWN {
            return format!("singular values {}", list(values));
        }
        let half = SHOWN / 2;
        format!("singular values {}, ..., {}", list(&values[..half]), list(&values[values.len() - half..]))
    }

    pub(super) fn column_sentence(&self, found: &Dependency<T>) -> String {
        self.dependency(found, &|j| self.column(j))
    }

    pub(super) fn row_sentence(&self, found: &Dependency<T>) -> String {
        self.dependency(found, &row)
    }

    fn dependency(&self, found: &Dependency<T>, name: &dyn Fn(usize) -> String) -> String {
        let subject = name(found.index);
        if found.terms.is_empty() {
            return format!("{subject} is zero");
        }
        let how = match () {
            () if found.exact => "exactly".to_owned(),
            () if self.is_deficient() => "to rounding".to_owned(),
            () => format!("to {}", number(found.residual, 1)),
        };
        format!("{subject} = {}, {how}", combination(found, name))
    }

    fn advice(&self, advice: &ScalingAdvice) -> Vec<String> {
        let after = number(advice.condition, 2);
        let what = match advice.scaling {
            Scaling::Rows => "the rows",
            Scaling::Columns => "the columns",
            Scaling::Both => "rows and columns",
        };
        let mut lines = vec![format!("{what} by powers of two make the condition number {after}")];
        let rows = factors(&advice.row_exponents, &row);
        let columns = factors(&advice.column_exponents, &|j| self.column(j));
        lines.extend(rows.into_iter().chain(columns));
        lines
    }

    fn system_in_words(&self, system: &SystemFinding<T>) -> Vec<String> {
        let [m, n] = self.shape;
        let freedom = match system.free.len() {
            0 => String::new(),
            free => format!("; {} may be chosen", plural(free, "unknown")),
        };
        let residual = || {
            let [residual, relative] = [system.residual, system.relative_residual].map(|x| number(x, DIGITS));
            format!("the least residual is {residual}, {relative} of |b|")
        };
        let mut lines = vec![match system.solutions {
            Solutions::One => "one solution".to_owned(),
            Solutions::Many => format!("many solutions{freedom}"),
            Solutions::LeastSquares => format!("{m} equations for {n} unknowns: {}{freedom}", residual()),
            Solutions::None => format!("no solution: {}{freedom}", residual()),
        }];
        for found in &system.contradictions {
            let Some(dependency) = self.rows.iter().find(|dependency| dependency.index == found.row) else {
                continue;
            };
            let [given, expected] = [found.given, found.expected].map(|x| value(x, ANSWER_DIGITS));
            let equation = match dependency.terms[..] {
                [] => format!("{} is zero", row(found.row)),
                _ => format!("{} = {}", row(found.row), combination(dependency, &row)),
            };
            lines.push(format!("{equation}, but b[{}] is {given}, not {expected}", found.row));
        }
        lines.truncate(SHOWN - 1);
        let is_free = |j: usize| system.free.contains(&j);
        let of_unknown = |j: usize| {
            let mut sum = value(system.solution[j], ANSWER_DIGITS);
            for (k, &free) in
                system.free.iter().enumerate().filter(|&(k, _)| system.null_space[(j, k)] != T::zero())
            {
                let (minus, size) = coefficient(system.null_space[(j, k)], false);
                let times = if size.is_empty() { String::new() } else { format!("{size}*") };
                let sign = match (sum.as_str(), minus) {
                    ("0", minus) => {
                        sum.clear();
                        if minus { "-" } else { "" }
                    }
                    (_, true) => " - ",
                    (_, false) => " + ",
                };
                let _ = write!(sum, "{sign}{times}{}", self.unknown(free));
            }
            format!("{} = {sum}", self.unknown(j))
        };
        let unknowns: Vec<String> = (0..n).filter(|&j| !is_free(j)).take(SHOWN).map(of_unknown).collect();
        if !unknowns.is_empty() {
            let more = if n - system.free.len() > SHOWN { ", ..." } else { "" };
            let least = match system.solutions {
                Solutions::One | Solutions::Many => "",
                Solutions::LeastSquares | Solutions::None => "least: ",
            };
            lines.push(format!("{least}{}{more}", unknowns.join(", ")));
        }
        lines
    }

    fn write_collinearity(&self, page: &mut Page<'_, '_>, found: &Collinearity) -> fmt::Result {
        let largest = |indices: &[f64]| indices.last().map(|&x| bounded(x, DIGITS));
        let mut text =
            format!("condition index of unit columns {}", largest(&found.indices).unwrap_or_default());
        if let Some(centred) = largest(&found.centred_indices) {
            let _ = write!(text, ", of centred ones {centred}");
        }
        page.line("collinearity", &text)?;
        let high: Vec<usize> = found.high_indices().take(SHOWN / 2).collect();
        let mut table = vec![vec!["column".to_owned(), "VIF".to_owned()]];
        table[0].extend(high.iter().map(|&k| format!("part at {}", bounded(found.indices[k], DIGITS))));
        for j in 0..self.shape[1] {
            let vif = if found.vif[j].is_nan() { "-".to_owned() } else { bounded(found.vif[j], DIGITS + 1) };
            let mut line = vec![self.column(j), vif];
            line.extend(high.iter().map(|&k| format!("{:.2}", found.proportions[(k, j)])));
            table.push(line);
        }
        let lines = aligned(&table);
        let most = 2 * SHOWN;
        lines.iter().take(most + 1).try_for_each(|line| page.line("", line))?;
        if lines.len() > most + 1 {
            page.line("", &format!("... and {} more", lines.len() - most - 1))?;
        }
        Ok(())
    }
}
