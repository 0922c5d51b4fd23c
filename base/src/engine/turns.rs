//! The loop of the program: jobs, timers, and what has become ready.
//!
//! One future holds all of it. What waits for the system (a direction of a
//! socket, or an operation that is a future) has a waker of its own, which
//! notes it as ready and wakes the loop: so a read that waits costs no task.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use deno_error::JsErrorBox;
use tokio::time::{Instant, Sleep};

use super::promises::{any_pending, deferred, settled};
use super::value::{Give, Value};
use super::{Thrown, jobs, memory, timers};

/// How many operations of one turn may end at once, without the system being
/// asked: one that is always ready must not keep the others from their turn.
const AT_ONCE: u32 = 64;

/// After how long the loop looks whether it is idle.
const IDLE_AFTER: Duration = Duration::from_secs(1);
/// How many things may become ready meanwhile in an idle program.
const IDLE_READY: usize = 50;

/// What can become ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waiting {
    /// A direction of a socket: its number, and which of the two.
    Lane(u32, usize),
    Task(u32),
}

struct Bell {
    ready: Mutex<Vec<Waiting>>,
    main: Mutex<Option<Waker>>,
}

static BELL: Bell = Bell { ready: Mutex::new(Vec::new()), main: Mutex::new(None) };

fn ring(waiting: Waiting) {
    BELL.ready.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    wake();
}

/// Lets the loop take another turn.
pub fn wake() {
    let main = BELL.main.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(waker) = &*main {
        waker.wake_by_ref();
    }
}

struct Ringer(Waiting);

impl Wake for Ringer {
    fn wake(self: Arc<Self>) {
        ring(self.0);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        ring(self.0);
    }
}

/// A waker that notes this as ready.
pub fn waker(waiting: Waiting) -> Waker {
    Waker::from(Arc::new(Ringer(waiting)))
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Tasks {
    of: HashMap<u32, (Task, Waker)>,
    last: u32,
}

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(AT_ONCE) };
    static TASKS: RefCell<Option<Tasks>> = const { RefCell::new(None) };
}

/// Whether an operation may end at once in this turn. If not, it must note
/// itself as ready, and ends in the next.
pub fn may_end_now() -> bool {
    match LEFT.get() {
        0 => false,
        left => {
            LEFT.set(left - 1);
            true
        }
    }
}

/// Notes something as ready for the next turn.
pub fn later(waiting: Waiting) {
    ring(waiting);
}

/// A promise of what a future gives. `lives`: the program waits for it at its
/// end.
pub fn promise<T: Give + 'static>(
    lives: bool,
    operation: impl Future<Output = Result<T, JsErrorBox>> + 'static,
) -> Result<Value, Thrown> {
    let mut operation = Box::pin(operation);
    if may_end_now()
        && let Poll::Ready(outcome) =
            operation.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    {
        return settled(outcome);
    }
    let (promise, then) = deferred(lives)?;
    let task: Task = Box::pin(async move { then.settle(operation.await) });
    let id = TASKS.with_borrow_mut(|tasks| {
        let tasks = tasks.get_or_insert_with(|| Tasks { of: HashMap::new(), last: 0 });
        tasks.last = tasks.last.wrapping_add(1);
        while tasks.of.contains_key(&tasks.last) {
            tasks.last = tasks.last.wrapping_add(1);
        }
        let id = tasks.last;
        tasks.of.insert(id, (task, waker(Waiting::Task(id))));
        id
    });
    // It is asked again with its own waker.
    ring(Waiting::Task(id));
    Ok(promise)
}

fn advance(waiting: Waiting) {
    match waiting {
        Waiting::Lane(rid, lane) => crate::state::advance(rid, lane),
        Waiting::Task(id) => {
            let take = |tasks: &mut Option<Tasks>| tasks.as_mut()?.of.remove(&id);
            // Taken out meanwhile: what it settles may start another.
            let Some((mut task, waker)) = TASKS.with_borrow_mut(take) else {
                return;
            };
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                TASKS.with_borrow_mut(|tasks| {
                    if let Some(tasks) = tasks {
                        tasks.of.insert(id, (task, waker));
                    }
                });
            }
        }
    }
}

/// Sees when the program is idle.
struct Rest {
    /// How many things became ready since the last look.
    came: usize,
    /// The next look; none where nothing happened since the last.
    look: Option<Pin<Box<Sleep>>>,
}

impl Rest {
    fn tidy_when_idle(&mut self, context: &mut Context<'_>) {
        if self.look.is_none() && self.came > 0 {
            self.look = Some(Box::pin(tokio::time::sleep(IDLE_AFTER)));
        }
        let Some(look) = &mut self.look else {
            return;
        };
        if look.as_mut().poll(context).is_pending() {
            return;
        }
        if self.came <= IDLE_READY {
            memory::tidy();
            self.look = None;
        } else {
            look.as_mut().reset(Instant::now() + IDLE_AFTER);
            // Asked once, so that it wakes the loop.
            let _ = look.as_mut().poll(context);
        }
        self.came = 0;
    }
}

/// Runs until neither a timer nor an operation is left.
pub async fn run_to_the_end() {
    let started = Instant::from_std(crate::state::run().started);
    let mut alarm: Option<(u64, Pin<Box<Sleep>>)> = None;
    let mut ready = Vec::new();
    let mut rest = Rest { came: 0, look: None };
    std::future::poll_fn(move |context| {
        {
            let mut main = BELL.main.lock().unwrap_or_else(PoisonError::into_inner);
            if !main.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
                *main = Some(context.waker().clone());
            }
        }
        LEFT.set(AT_ONCE);
        jobs();
        timers::fire();
        std::mem::swap(
            &mut ready,
            &mut *BELL.ready.lock().unwrap_or_else(PoisonError::into_inner),
        );
        rest.came += crate::carrier::turn(context);
        rest.came += ready.len();
        for waiting in ready.drain(..) {
            advance(waiting);
            jobs();
        }
        let next = timers::next();
        if next.is_none() && !any_pending() && !crate::carrier::is_open() {
            return Poll::Ready(());
        }
        match (next, &mut alarm) {
            (None, _) => {}
            // An alarm that comes too early only costs a turn.
            (Some(at), Some((set, _))) if *set <= at => {}
            (Some(at), Some((set, sleep))) => {
                *set = at;
                sleep.as_mut().reset(started + Duration::from_micros(at));
            }
            (Some(at), none) => {
                let at_time = started + Duration::from_micros(at);
                *none = Some((at, Box::pin(tokio::time::sleep_until(at_time))));
            }
        }
        if let Some((_, sleep)) = &mut alarm
            && sleep.as_mut().poll(context).is_ready()
        {
            alarm = None;
            context.waker().wake_by_ref();
        }
        rest.tidy_when_idle(context);
        memory::collect_in_time();
        Poll::Pending
    })
    .await;
}
