//! What all threads of the server share, and the app that each of them serves.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dyno_model::BenchmarkSettings;
use dyno_server::App;
use dyno_store::{Store, StoreError};

use crate::endpoints;
use crate::guard::Access;
use crate::player::{ClientOffer, Player};
use crate::queue::Queue;
use crate::secrets::Secrets;

/// What a dashboard is to be.
pub struct DashboardOptions {
    /// The file of the store; `None` is the default one.
    pub store: Option<PathBuf>,
    /// Who plays benchmarks.
    pub player: Arc<dyn Player>,
    /// Defaults and bounds of configurations.
    pub settings: BenchmarkSettings,
    /// Who may ask.
    pub access: Access,
    /// Hears of what goes wrong when nobody asks, such as a store that cannot be written.
    pub talk: Arc<dyn Fn(&str) + Send + Sync>,
}

/// The results API and the page: an app per thread of a server, and one thread that plays benchmarks.
pub struct Dashboard {
    shared: Arc<Shared>,
}

/// What the endpoints work with.
pub(crate) struct Shared {
    pub(crate) store: Option<PathBuf>,
    pub(crate) clients: Vec<ClientOffer>,
    pub(crate) player: Arc<dyn Player>,
    pub(crate) settings: BenchmarkSettings,
    pub(crate) access: Access,
    pub(crate) queue: Queue,
    secrets: Mutex<Secrets>,
}

impl Dashboard {
    /// Opens the store, settles what a killed process left running, and starts the thread that plays.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn start(options: DashboardOptions) -> Result<Self, StoreError> {
        // Opened once before anything is served: a wrong place is an error now and not in each answer.
        let mut store = Store::open(options.store.as_deref())?;
        store.benchmarks(&dyno_store::BenchmarkFilter { limit: Some(0), ..Default::default() })?;
        let path = store.path().to_owned();
        let queue = Queue::start(path.clone(), Arc::clone(&options.player), options.talk);
        let shared = Shared {
            store: Some(path),
            clients: options.player.clients(),
            player: options.player,
            settings: options.settings,
            access: options.access,
            queue,
            secrets: Mutex::new(Secrets::default()),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Makes the app of one thread.
    #[must_use]
    pub fn app(&self) -> App {
        endpoints::app(&self.shared)
    }

    /// A maker of apps that can be given to a server, whose threads outlive the borrow of this dashboard.
    pub fn maker(&self) -> impl Fn() -> App + Send + Sync + 'static {
        let shared = Arc::clone(&self.shared);
        move || endpoints::app(&shared)
    }

    /// Ends the benchmark that is played, fails those that wait, and waits for the thread.
    pub fn stop(&self) {
        self.shared.queue.stop();
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// A connection for one request: opening takes less than a millisecond, and a store that came back works again.
    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        Store::open(self.store.as_deref())
    }

    pub(crate) fn secrets(&self) -> MutexGuard<'_, Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
