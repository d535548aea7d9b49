//! [`Partial`]: a file that is there whole or not at all, even where a signal ends the process.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The file being written. Whoever creates, renames or removes it holds the lock, so that a signal finds it either
/// under this name or finished.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// What a shell reports for a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From the first file on, SIGINT, SIGTERM and SIGHUP remove what is unfinished before they end the process.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where one of the signals is ignored, as under `nohup` or in the background of a script, they all stay as
        // they are. Without a handler a signal leaves the partial file, which is a nuisance and not a wrong answer.
        let _ = ctrlc::try_set_handler(|| {
            // The lock is kept to the end: nothing may be renamed or created any more.
            let mut unfinished = unfinished();
            if let Some(path) = unfinished.take() {
                let _ = fs::remove_file(path);
            }
            std::process::exit(INTERRUPTED);
        });
    });
}

/// A new file that is removed unless it is finished.
pub(super) struct Partial(PathBuf);

impl Partial {
    pub(super) fn create(path: PathBuf) -> io::Result<(Self, File)> {
        listen();
        let mut unfinished = unfinished();
        let file = File::options().write(true).create_new(true).open(&path)?;
        *unfinished = Some(path.clone());
        Ok((Self(path), file))
    }

    /// Gives the file its name.
    pub(super) fn finish(self, path: &Path) -> io::Result<()> {
        let _unfinished = unfinished();
        fs::rename(&self.0, path)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let mut unfinished = unfinished();
        // After the rename there is nothing under this name; before it, a failure to remove cannot be helped.
        let _ = fs::remove_file(&self.0);
        if unfinished.as_ref() == Some(&self.0) {
            *unfinished = None;
        }
    }
}
