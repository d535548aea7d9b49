//! Where a thread runs. A helper that wakes up on its caller's processor shares it with the caller, although another may be
//! idle: systems are slow to part two busy threads (tens of milliseconds, on virtual machines above all), which is longer
//! than most calls last.

#[cfg(target_os = "linux")]
mod system {
    use std::mem::{size_of, zeroed};

    /// The processor this thread is on, as good as any other answer once it is read; negative if the system does not say.
    pub(in crate::parallel) fn processor() -> i32 {
        // SAFETY: a query without arguments.
        unsafe { libc::sched_getcpu() }
    }

    /// Moves this thread away from a processor, if it may run elsewhere. It stays free to return.
    pub(in crate::parallel) fn leave(processor: i32) {
        let Ok(index) = usize::try_from(processor) else { return };
        if index >= 8 * size_of::<libc::cpu_set_t>() {
            return;
        }
        // SAFETY: a set of bits whose zero is the empty set, as long as said; the bit is one of them; 0 is this thread.
        unsafe {
            let mut allowed: libc::cpu_set_t = zeroed();
            if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut allowed) != 0 {
                return;
            }
            let mut elsewhere = allowed;
            libc::CPU_CLR(index, &mut elsewhere);
            // The system refuses an empty set; then there is nothing to take back either.
            if libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &elsewhere) == 0 {
                libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &allowed);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    /// Unknown.
    pub(in crate::parallel) fn processor() -> i32 {
        -1
    }

    /// Left to the system.
    pub(in crate::parallel) fn leave(_: i32) {}
}

pub(super) use system::{leave, processor};
