//! The readable report: the answer, then how far it can be trusted.

use std::io::{self, Write};

use resolvent::{Status, digits_to_trust, number};

use crate::array::{Element, Values, with_array};
use crate::show::{self, Style, place};
use crate::verbs::{Answer, Verb};

/// Writes the answer itself.
pub(crate) fn write_answer(out: &mut impl Write, answer: &Answer, style: Style) -> io::Result<()> {
    let lines = match &answer.verb {
        Verb::Solve { unknowns } if !unknowns.is_empty() => {
            with_array!(&answer.values, x => show::named(unknowns, x, style))
        }
        Verb::Det { sign, logabsdet } => determinants(&answer.values, sign, logabsdet, style),
        _ => with_array!(&answer.values, x => show::array(x, style)),
    };
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// One determinant a line; where the number itself left its range, its sign and logarithm too.
fn determinants(values: &Values, sign: &Values, logabsdet: &Values, style: Style) -> Vec<String> {
    let Values::Float64(logs) = logabsdet else { return vec![] };
    let signs: Vec<String> =
        with_array!(sign, s => s.data().iter().map(|&s| show::element(s, style)).collect());
    let shown: Vec<(String, bool)> = with_array!(values, values => values
        .data()
        .iter()
        .map(|&x| {
            let (re, im) = x.parts();
            let vanished = re == 0.0 && im == 0.0;
            (show::element(x, style), vanished || !re.is_finite() || !im.is_finite())
        })
        .collect());
    let line = |((shown, suspect), (sign, &log)): ((String, bool), (String, &f64))| {
        if suspect && log.is_finite() {
            let log = number(log, f64::SHOWN_DIGITS);
            return format!("{shown}  # out of range: sign {sign}, log|det| {log}");
        }
        shown
    };
    shown.into_iter().zip(signs.into_iter().zip(logs.data())).map(line).collect()
}

/// Writes the lines on trust, as comments, so that the output of one call can be the input of the next.
pub(crate) fn write_trust(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let info = &answer.info;
    let solved = !matches!(answer.verb, Verb::Det { .. });
    match info.status[..] {
        [status] if info.batch.is_empty() => {
            write!(out, "# {status}; rcond {}", number(info.rcond[0], 3))?;
            if solved {
                write!(out, ", backward error {}", number(info.backward_error[0], 2))?;
            }
            write!(out, ", {}", trusted(digits_to_trust(info.rcond[0], answer.epsilon())))?;
        }
        _ => {
            let counts: Vec<String> = [
                Status::Ok,
                Status::IllConditioned,
                Status::NumericallySingular,
                Status::Singular,
                Status::NotFinite,
            ]
            .into_iter()
            .filter_map(|status| {
                let count = info.status.iter().filter(|&&s| s == status).count();
                (count > 0).then(|| format!("{count} {status}"))
            })
            .collect();
            write!(out, "# {} matrices", info.status.len())?;
            if !counts.is_empty() {
                write!(out, ": {}", counts.join(", "))?;
            }
            if info.status.iter().any(|&status| status < Status::Singular) {
                write!(out, "; worst rcond {}", number(info.worst_rcond, 3))?;
                if solved {
                    let worst =
                        info.backward_error.iter().copied().filter(|x| !x.is_nan()).fold(0.0, f64::max);
                    write!(out, ", worst backward error {}", number(worst, 2))?;
                }
                write!(out, ", {} at worst", trusted(digits_to_trust(info.worst_rcond, answer.epsilon())))?;
            }
        }
    }
    writeln!(out, "\n# {}; {}", answer.values.dtype().name(), info.method)?;
    exceptions(out, answer)
}

fn trusted(digits: u32) -> String {
    match digits {
        0 => "no digit to trust".to_owned(),
        1 => "about 1 digit to trust".to_owned(),
        _ => format!("about {digits} digits to trust"),
    }
}

/// The matrices of a stack that are not ok.
fn exceptions(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    const MOST: usize = 20;
    let info = &answer.info;
    if info.batch.is_empty() {
        return Ok(());
    }
    let bad = || info.status.iter().enumerate().filter(|&(_, &status)| status != Status::Ok);
    for (index, status) in bad().take(MOST) {
        write!(out, "#   {}: {status}, rcond {}", place(index, &info.batch), number(info.rcond[index], 3))?;
        match info.failures.iter().find(|failure| failure.matrix == index) {
            Some(failure) => writeln!(out, ", pivot {}", failure.pivot)?,
            None => writeln!(out)?,
        }
    }
    if bad().nth(MOST).is_some() {
        writeln!(out, "#   ...")?;
    }
    Ok(())
}
