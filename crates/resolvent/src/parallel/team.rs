//! [`Team`]: the calling thread and its helpers, for the length of one call.
//!
//! The caller works along from the first moment, and helpers join in as they wake up; whoever is free takes the next task.
//! A loop of a few microseconds is over before a helper has woken up, and does not wait for it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::meter::{Meter, meter, set_meter};
use super::place::{leave, processor};
use super::watch::checkpoint;

/// Looks at what another thread is expected to change before going to sleep over it: some tens of microseconds, as long as
/// waking up takes.
const SPINS: usize = 4000;

thread_local! {
    /// The team whose loops this thread starts.
    static LED: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
    /// The number of this thread in the team it works for.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

/// A loop that is being worked on.
#[derive(Clone, Copy)]
struct Loop {
    task: *const (dyn Fn(usize) + Sync),
    /// The next task to be taken.
    next: *const AtomicUsize,
    tasks: usize,
}

// SAFETY: both point to what threads may share, and `Team::run` lets them live as long as anybody is in the loop.
unsafe impl Send for Loop {}

#[derive(Default)]
struct State {
    open: Option<Loop>,
    /// The call is over.
    closed: bool,
    /// Threads that wait for a change.
    asleep: usize,
    /// The caller's, when it opened the loop.
    processor: i32,
    /// What a helper's task panicked with.
    panic: Option<Box<dyn Any + Send>>,
}

/// See the head of the file.
#[derive(Default)]
pub(super) struct Team {
    state: Mutex<State>,
    /// The number of loops opened so far, and one more when the call is over. Changed only by who holds the state.
    opened: AtomicUsize,
    /// Helpers in the open loop. Changed only by who holds the state.
    inside: AtomicUsize,
    changed: Condvar,
    /// Where helpers count what they do.
    meter: Option<Arc<Meter>>,
}

/// The number of this thread in the team it works for; the caller is 0.
pub(crate) fn worker() -> usize {
    NUMBER.get()
}

/// Runs `work` with a team to which `hire(team)` has brought helpers. Loops inside of a loop are the team's already.
pub(super) fn lead<R>(hire: impl FnOnce(&Arc<Team>), work: impl FnOnce() -> R) -> R {
    struct Dismissal(Arc<Team>, Option<Arc<Team>>);
    impl Drop for Dismissal {
        fn drop(&mut self) {
            LED.set(self.1.take());
            let mut state = self.0.lock();
            state.closed = true;
            self.0.announce(&state);
        }
    }
    let team = Arc::new(Team { meter: meter(), ..Team::default() });
    let _dismissal = Dismissal(Arc::clone(&team), LED.replace(Some(Arc::clone(&team))));
    hire(&team);
    work()
}

/// Calls `task(0) ... task(tasks - 1)` with the team this thread leads, alone if it leads none.
pub(super) fn share(tasks: usize, task: &(dyn Fn(usize) + Sync)) {
    // Whoever is inside of a loop leads nobody: loops there are one thread's.
    match LED.take() {
        Some(team) => {
            struct Back(Arc<Team>);
            impl Drop for Back {
                fn drop(&mut self) {
                    LED.set(Some(Arc::clone(&self.0)));
                }
            }
            Back(team).0.run(tasks, task);
        }
        None => alone(tasks, &task),
    }
}

/// The same without a team.
pub(super) fn alone(tasks: usize, task: &dyn Fn(usize)) {
    for index in 0..tasks {
        checkpoint();
        task(index);
    }
}

impl Team {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something has changed.
    fn sleep<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.asleep += 1;
        state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.asleep -= 1;
        state
    }

    /// Wakes who sleeps: to ask the system for it costs as much as a small task, and mostly nobody does.
    fn wake(&self, state: &MutexGuard<'_, State>) {
        if state.asleep > 0 {
            self.changed.notify_all();
        }
    }

    /// A loop was opened, or the call is over.
    fn announce(&self, state: &MutexGuard<'_, State>) {
        self.opened.fetch_add(1, Ordering::Release);
        self.wake(state);
    }

    /// Opens a loop, works in it, and closes it when nobody is inside any more.
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        /// Ends the loop, also if a task of the caller's panics.
        struct Closing<'t>(&'t Team, &'t AtomicUsize, usize);
        impl Drop for Closing<'_> {
            fn drop(&mut self) {
                let Closing(team, next, tasks) = self;
                next.store(*tasks, Ordering::Relaxed);
                let mut state = team.lock();
                state.open = None;
                drop(state);
                // From here on nobody enters; those inside leave soon.
                let mut spins = 0;
                while team.inside.load(Ordering::Acquire) > 0 && spins < SPINS {
                    spin_loop();
                    spins += 1;
                }
                state = team.lock();
                while team.inside.load(Ordering::Acquire) > 0 {
                    state = team.sleep(state);
                }
            }
        }
        let next = AtomicUsize::new(0);
        // SAFETY: only the lifetime is forgotten. `Closing` takes the loop away and waits for those inside before either
        // is gone.
        let erased = unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync)>(task)
        };
        let mut state = self.lock();
        state.processor = processor();
        state.panic = None;
        state.open = Some(Loop { task: erased, next: &next, tasks });
        self.announce(&state);
        drop(state);
        let closing = Closing(self, &next, tasks);
        take_tasks(&next, tasks, task);
        drop(closing);
        let panic = self.lock().panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Works as helper number `number` until the call is over.
    pub(super) fn help(&self, number: usize) {
        NUMBER.set(number);
        set_meter(self.meter.clone());
        let mut seen = 0;
        while let Some(open) = self.enter(&mut seen) {
            // SAFETY: whoever has entered may use the loop until it leaves.
            let outcome = catch_unwind(AssertUnwindSafe(|| unsafe {
                take_tasks(&*open.next, open.tasks, &*open.task);
            }));
            let mut state = self.lock();
            if let Err(panic) = outcome {
                // SAFETY: as above. The others need not go on.
                unsafe { (*open.next).store(open.tasks, Ordering::Relaxed) };
                state.panic = Some(panic);
            }
            self.inside.fetch_sub(1, Ordering::Release);
            self.wake(&state);
        }
        set_meter(None);
    }

    /// Waits for a loop not seen yet, and enters it; none if the call is over.
    fn enter(&self, seen: &mut usize) -> Option<Loop> {
        loop {
            let mut spins = 0;
            while self.opened.load(Ordering::Acquire) == *seen && spins < SPINS {
                spin_loop();
                spins += 1;
            }
            let mut state = self.lock();
            while self.opened.load(Ordering::Acquire) == *seen {
                state = self.sleep(state);
            }
            *seen = self.opened.load(Ordering::Acquire);
            if state.closed {
                return None;
            }
            let caller = state.processor;
            if caller >= 0 && caller == processor() {
                drop(state);
                leave(caller);
                state = self.lock();
            }
            if let Some(open) = state.open {
                self.inside.fetch_add(1, Ordering::Relaxed);
                return Some(open);
            }
        }
    }
}

/// Takes tasks as long as there are any.
fn take_tasks(next: &AtomicUsize, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= tasks {
            return;
        }
        // A helper is watched by nobody.
        checkpoint();
        task(index);
    }
}
