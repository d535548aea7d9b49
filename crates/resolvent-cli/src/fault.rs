//! [`Fault`]: what went wrong, where, and what to do; and the exit code that tells a script.

use std::fmt::Write as _;
use std::ops::Range;

/// The kinds of failure, one per exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The input, the options or the output path cannot be used.
    BadInput,
    /// A matrix has no inverse.
    Singular,
    /// `--strict` was given and an answer cannot be trusted.
    Untrustworthy,
}

impl Kind {
    /// What the process returns.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Kind::BadInput => 2,
            Kind::Singular => 3,
            Kind::Untrustworthy => 4,
        }
    }

    /// The word in the JSON error object.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::BadInput => "bad_input",
            Kind::Singular => "singular",
            Kind::Untrustworthy => "untrustworthy",
        }
    }
}

/// A failure with its place. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.render())]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// The file, `standard input`, or what else was read.
    pub(crate) file: Option<String>,
    pub(crate) position: Option<(usize, usize)>,
    /// No file is to blame, as for an environment variable.
    everywhere: bool,
    /// The offending line with a line of carets below.
    excerpt: Option<String>,
}

/// The result of everything that can fail here.
pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), file: None, position: None, everywhere: false, excerpt: None }
    }

    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Kind::BadInput, message)
    }

    /// Bad input at the bytes `span` of `text`.
    pub(crate) fn at(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = floor_boundary(text, span.start);
        let end = floor_boundary(text, span.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = 1 + text[..line_start].matches('\n').count();
        let column = 1 + text[line_start..start].chars().count();
        let width = text[start..end.clamp(start, line_end)].chars().count().max(1);
        let excerpt = excerpt(text[line_start..line_end].trim_end_matches('\r'), column, width);
        Self { position: Some((line, column)), excerpt: Some(excerpt), ..Self::bad_input(message) }
    }

    /// Says which file this is about, unless that is known already.
    pub(crate) fn in_file(mut self, name: &str) -> Self {
        if !self.everywhere {
            self.file.get_or_insert_with(|| name.to_owned());
        }
        self
    }

    /// Says that no file is to blame.
    pub(crate) fn everywhere(self) -> Self {
        Self { everywhere: true, ..self }
    }

    /// Puts a subject before the message.
    pub(crate) fn about(mut self, subject: &str) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    fn render(&self) -> String {
        let mut text = self.file.clone().unwrap_or_default();
        if let Some((line, column)) = self.position {
            let separator = if text.is_empty() { "" } else { ":" };
            let _ = write!(text, "{separator}{line}:{column}");
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&self.message);
        if let Some(excerpt) = &self.excerpt {
            text.push('\n');
            text.push_str(excerpt);
        }
        text
    }
}

/// The last character boundary at or before `index`.
fn floor_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

/// At most this many characters of a line are shown, so that a line of megabytes stays readable.
const EXCERPT_WIDTH: usize = 72;

/// The line, cut to a window around the fault, and carets below the fault.
fn excerpt(line: &str, column: usize, width: usize) -> String {
    let skip = if column > EXCERPT_WIDTH - 12 { column - EXCERPT_WIDTH / 2 } else { 0 };
    let window: String =
        line.chars().skip(skip).take(EXCERPT_WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cut = line.chars().nth(skip + EXCERPT_WIDTH).is_some();
    let (head, tail) = (if skip > 0 { "..." } else { "" }, if cut { "..." } else { "" });
    let indent = head.len() + column - 1 - skip;
    let carets = width.min(EXCERPT_WIDTH + head.len() - indent.min(EXCERPT_WIDTH));
    format!("  {head}{window}{tail}\n  {}{}", " ".repeat(indent), "^".repeat(carets.max(1)))
}

/// A name or a piece of input in a message: quoted, on one line, and not too long.
pub(crate) fn quote(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push_str("...");
    }
    format!("`{short}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_and_carets() {
        let fault = Fault::at("a = 1\nb = é*c\n", 11..13, "no").in_file("f.txt");
        assert_eq!(fault.to_string(), "f.txt:2:5: no\n  b = é*c\n      ^^");
        let fault = Fault::at("a = 1\r\nbb = c\r\n", 7..9, "no");
        assert_eq!(fault.to_string(), "2:1: no\n  bb = c\n  ^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault() {
        let text = "1,".repeat(100_000) + "x" + &",1".repeat(1000);
        let shown = Fault::at(&text, 200_000..200_001, "no").to_string();
        let [_, line, carets] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
        assert!(line.len() < 100, "{line}");
        assert_eq!(line.find('x'), carets.find('^'));
    }

    #[test]
    fn any_span_of_any_text_is_shown_without_panic() {
        let text = "aé\n\r\tλ∑🦀\n";
        for start in 0..text.len() + 3 {
            for end in 0..text.len() + 3 {
                let _ = Fault::at(text, start..end, "").to_string();
            }
        }
    }
}
