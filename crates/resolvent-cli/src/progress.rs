//! A bar on standard error, if that is a terminal, for work that lasts.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
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
    // From the first report on, so that it has seen how fast it goes when it is shown.
    let bar = ProgressBar::with_draw_target(Some(WHOLE), ProgressDrawTarget::hidden()).with_style(style());
    let shown = Cell::new(false);
    let report = |progress: Progress<'_>| {
        if progress.fraction == 1.0 {
            bar.finish_and_clear();
            return;
        }
        if !shown.get() && bar.elapsed() >= PATIENCE {
            bar.set_message(progress.what.to_owned());
            bar.set_draw_target(ProgressDrawTarget::stderr());
            shown.set(true);
        }
        bar.set_position((progress.fraction * WHOLE as f64) as u64);
    };
    let result = with_progress(report, work);
    bar.finish_and_clear();
    result
}

/// Only on a terminal, and on one that can go back to the beginning of a line: another would be filled with bars.
fn draws(terminal: bool, term: Option<&OsStr>) -> bool {
    terminal && term.is_none_or(|term| term != "dumb")
}

/// `solve 8000x8000 float64  [=====>     ] 43%  0:12 left`
fn style() -> ProgressStyle {
    let left = |state: &ProgressState, out: &mut dyn Write| {
        let _ = out.write_str(&minutes(state.eta()));
    };
    ProgressStyle::with_template("{msg}  [{bar:30}] {percent}%  {left} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("left", left)
        .progress_chars("=> ")
}

/// `m:ss`, as a clock shows it.
fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
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
    fn time_reads_as_on_a_clock() {
        let shown = |seconds| minutes(Duration::from_secs(seconds));
        assert_eq!([shown(0), shown(12), shown(605), shown(7200)], ["0:00", "0:12", "10:05", "120:00"]);
    }
}
