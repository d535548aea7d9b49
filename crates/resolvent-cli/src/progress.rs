//! A bar on standard error, if that is a terminal, for work that lasts.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use resolvent::{Progress, with_progress};

/// Work that is over before that has no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The parts of a whole bar.
const WHOLE: u64 = 1000;

/// Runs `work`, calls of the library, and draws how far they are. Nothing of it is left in the end.
pub(crate) fn with_bar<R>(work: impl FnOnce() -> R) -> R {
    if !draws(stderr().is_terminal(), std::env::var_os("TERM").as_deref()) {
        return work();
    }
    // `solve 8000x8000 float64  [=====>     ] 43%  0:12 left`
    let style = ProgressStyle::with_template("{prefix}  [{bar:30}] {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
    let bar = ProgressBar::with_draw_target(Some(WHOLE), ProgressDrawTarget::hidden()).with_style(style);
    // The first report comes soon after a call began; to read what it is called for may have taken longer.
    let start = Cell::new(None);
    let report = |progress: Progress<'_>| {
        let elapsed = start.get().map_or(Duration::ZERO, |start: Instant| start.elapsed());
        if progress.fraction == 1.0 {
            bar.finish_and_clear();
        } else if elapsed >= PATIENCE {
            bar.set_position((progress.fraction * WHOLE as f64) as u64);
            bar.set_prefix(progress.what.to_owned());
            bar.set_message(standing(progress.fraction, elapsed));
            if bar.is_hidden() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
        } else if start.get().is_none() {
            start.set(Some(Instant::now()));
        }
    };
    let result = with_progress(report, work);
    bar.finish_and_clear();
    result
}

/// Only on a terminal, and on one that can go back to the beginning of a line: another would be filled with bars.
fn draws(terminal: bool, term: Option<&OsStr>) -> bool {
    terminal && term.is_none_or(|term| term != "dumb")
}

/// `43%  0:12 left`, if it goes on as it went; minutes and seconds, as a clock shows them.
fn standing(fraction: f64, elapsed: Duration) -> String {
    if fraction == 0.0 {
        return "0%".to_owned();
    }
    let left = (elapsed.as_secs_f64() * (1.0 - fraction) / fraction).round() as u64;
    format!("{:.0}%  {}:{:02} left", (100.0 * fraction).floor(), left / 60, left % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_can_have_a_bar() {
        assert!(draws(true, Some("xterm".as_ref())) && draws(true, None));
        assert!(
            !draws(true, Some("dumb".as_ref()))
                && !draws(false, Some("xterm".as_ref()))
                && !draws(false, None)
        );
    }

    #[test]
    fn time_is_shared_out_as_the_work_is() {
        let shown = |fraction, seconds| standing(fraction, Duration::from_secs(seconds));
        assert_eq!(shown(0.25, 4), "25%  0:12 left");
        assert_eq!(shown(0.999, 4000), "99%  0:04 left");
        assert_eq!(shown(0.001, 10), "0%  166:30 left");
        assert_eq!(shown(0.0, 10), "0%");
    }
}
