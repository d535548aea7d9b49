//! How much memory there is to be had, before it is asked for: a system that promises more than it has kills the program
//! when the promise is due.

use std::fs::read_to_string;
use std::path::Path;

use crate::error::{Error, Result};

/// Less than this is not worth a look.
const WORTH_A_LOOK: usize = 256 << 20;

/// The error that a call which will need so many bytes cannot have them; nothing if it can, or if the system does not say.
pub fn check_memory(needed: usize) -> Result<()> {
    if needed < WORTH_A_LOOK {
        return Ok(());
    }
    match available() {
        Some(available) if available < needed => Err(Error::TooLittleMemory { needed, available }),
        _ => Ok(()),
    }
}

/// What the machine and, if the program runs in one, its container have left.
fn available() -> Option<usize> {
    let machine = read_to_string("/proc/meminfo").ok().and_then(|text| left_on_the_machine(&text));
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let container = groups.lines().filter_map(left_in_the_group).min();
    machine.into_iter().chain(container).min()
}

/// From /proc/meminfo.
fn left_on_the_machine(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// From a line of /proc/self/cgroup: `0::/path` in version 2, `9:memory:/path` in version 1.
fn left_in_the_group(line: &str) -> Option<usize> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
    let (root, limit, used) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
        "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        _ => return None,
    };
    let number = |folder: &Path, name: &str| -> Option<usize> {
        read_to_string(folder.join(name)).ok()?.trim().parse().ok()
    };
    // Every group on the way up has a limit of its own; a container often sees itself at the root.
    let left = |folder: &Path| number(folder, limit)?.checked_sub(number(folder, used)?);
    let folder = Path::new(root).join(path);
    folder.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(left).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meminfo_is_read() {
        let text = "MemTotal:       24000000 kB\nMemFree:          100 kB\nMemAvailable:   12345 kB\n";
        assert_eq!(left_on_the_machine(text), Some(12345 * 1024));
        assert_eq!(left_on_the_machine("MemTotal: 1 kB"), None);
        assert_eq!(left_on_the_machine("MemAvailable: many"), None);
    }

    #[test]
    fn other_groups_say_nothing() {
        for line in ["", "3:cpu:/x", "nonsense", "9:memory:/there/is/no/such/group"] {
            assert!(left_in_the_group(line).is_none_or(|left| left > 0), "{line}");
        }
    }

    #[test]
    fn little_is_granted_and_too_much_refused_with_both_figures() {
        assert_eq!(check_memory(1 << 20), Ok(()));
        match check_memory(usize::MAX) {
            Err(Error::TooLittleMemory { needed: usize::MAX, available }) => assert!(available > 0),
            Ok(()) => assert_eq!(available(), None),
            Err(other) => panic!("{other}"),
        }
    }
}
