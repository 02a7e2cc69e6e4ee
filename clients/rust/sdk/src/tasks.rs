//! Lanes of the mode `async`: one task each, on one loop in a thread of its own.
//!
//! The loop is Tokio's or one that stands on it, such as Actix's. Intended starts are waited for with a timer of the
//! system: Tokio's own rounds up to a millisecond, which would be lateness of the worker in every open loop.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};

use crate::failures::Failure;
use crate::lane::Answer;
use crate::run::Run;
use crate::settings::{Refusal, Setup};
use crate::threads::{Lanes, OpenLane};
use crate::usage::now_ns;

mod timer;

use timer::Timer;

/// A client in the mode `async`, called by the task of its lane.
pub trait AsyncLane: 'static {
    /// Asks the request of this index of the setup; resolves when the whole body is there, to a [`Failure`] when
    /// there is no answer or its body broke off.
    ///
    /// All of it is timed, so requests are prepared when the lane is made. It is dropped when a run is aborted.
    fn call(&self, request: usize) -> impl Future<Output = Result<Answer, Failure>>;
}

/// What a loop has to run to its end, on the thread that calls it.
pub type Main = Pin<Box<dyn Future<Output = ()>>>;

/// How a loop runs its main future; it must accept tasks of `tokio::task::spawn_local`.
pub type BlockOn = fn(Main) -> io::Result<()>;

/// Tokio's loop with one thread.
///
/// # Errors
/// When the system gives it no descriptors.
pub fn tokio_current_thread(main: Main) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, main);
    Ok(())
}

enum Order {
    Start(Arc<Run>),
    GiveUp,
}

/// The loop of one setup and the clients that live on it.
pub(crate) struct TaskLanes {
    orders: UnboundedSender<Order>,
}

impl TaskLanes {
    /// Starts the loop and makes the clients on it.
    pub(crate) fn start_loop<L: AsyncLane>(
        setup: Setup,
        make: impl FnOnce(&Setup) -> Result<Vec<L>, Refusal> + Send + 'static,
        block_on: BlockOn,
    ) -> Result<Self, Refusal> {
        let (orders, inbox) = unbounded_channel();
        let (told, made) = sync_channel(1);
        let failed = told.clone();
        let main = move || {
            let outcome = block_on(Box::pin(async move {
                match make(&setup) {
                    Ok(lanes) => {
                        let _ = told.send(Ok(()));
                        serve(lanes.into_iter().map(Rc::new).collect(), inbox).await;
                    }
                    Err(refusal) => {
                        let _ = told.send(Err(refusal));
                    }
                }
            }));
            if let Err(error) = outcome {
                let _ = failed.send(Err(Refusal::Failed(format!("cannot start the loop: {error}"))));
            }
        };
        thread::Builder::new()
            .name("loop".to_owned())
            .spawn(main)
            .map_err(|error| Refusal::Failed(format!("cannot start the thread of the loop: {error}")))?;
        made.recv()
            .unwrap_or_else(|_| Err(Refusal::Failed("the loop ended while clients were made".to_owned())))?;
        Ok(Self { orders })
    }
}

impl Lanes for TaskLanes {
    fn start(&self, run: &Arc<Run>) {
        // A loop that is gone has panicked; its run ends by `hung`, and stderr says why.
        let _ = self.orders.send(Order::Start(Arc::clone(run)));
    }

    fn give_up(&self) -> Box<dyn FnOnce() + Send> {
        let orders = self.orders.clone();
        Box::new(move || {
            let _ = orders.send(Order::GiveUp);
        })
    }
}

async fn serve<L: AsyncLane>(lanes: Vec<Rc<L>>, mut orders: UnboundedReceiver<Order>) {
    let mut tasks: Vec<JoinHandle<()>> = Vec::new();
    let timer = Timer::start();
    while let Some(order) = orders.recv().await {
        match order {
            Order::Start(run) => {
                let play = |(number, lane): (usize, &Rc<L>)| {
                    spawn_local(play(Arc::clone(&run), number, Rc::clone(lane), Rc::clone(&timer)))
                };
                tasks = lanes.iter().enumerate().map(play).collect();
            }
            Order::GiveUp => tasks.drain(..).for_each(|task| task.abort()),
        }
    }
}

async fn play<L: AsyncLane>(run: Arc<Run>, number: usize, lane: Rc<L>, timer: Rc<Timer>) {
    let run = &*run;
    let _open = OpenLane(run);
    let mut now = wait(run, &timer, run.start_at).await;
    let mut free = run.start_at;
    while let Some(turn) = run.take(now) {
        if let Some(due) = turn.due_ns
            && wait(run, &timer, due).await < due
        {
            return;
        }
        run.begin(number, &turn, free);
        let begin = now_ns();
        let answer = call_retrying(&*lane, turn.request, run.retries).await;
        now = now_ns();
        run.finish(number, &turn, begin, now, &answer);
        if run.delay_ns > 0 {
            now = wait(run, &timer, now + run.delay_ns).await;
        }
        free = now;
    }
}

/// As in the mode `sync`.
async fn call_retrying(lane: &impl AsyncLane, request: usize, retries: u32) -> Result<Answer, Failure> {
    let mut answer = lane.call(request).await;
    for _ in 0..retries {
        match &answer {
            Err(failure) if failure.is_worth_a_retry() => answer = lane.call(request).await,
            _ => break,
        }
    }
    answer
}

/// Sleeps until `due`; gives the time, which is before `due` only when the run is over.
async fn wait(run: &Run, timer: &Timer, due: u64) -> u64 {
    loop {
        let now = now_ns();
        if now >= due || run.is_over() {
            return now;
        }
        timer.sleep_until(due.min(now + run.nap_ns())).await;
    }
}
