//! All open WebSockets of a place, across the threads of a server: broadcast to everybody or to a room.
//!
//! A message is encoded once; each connection gets a pointer to it and writes it on its own thread.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dyno_proto::websocket::{CloseCode, CloseFrame, Message, PreparedMessage};

use super::connection::WebSocketConnection;
use super::outbox::Outbox;

/// Who is there, and in which rooms. Clones are the same registry, on whatever thread.
///
/// ```no_run
/// # async fn serve(socket: dyno_server::WebSocketConnection, registry: dyno_server::WebSocketRegistry) {
/// use dyno_server::WebSocketMessage;
///
/// // In a handler; `registry` was made before the server and cloned into each thread.
/// let member = registry.join(&socket);
/// member.enter("lobby");
/// while let Some(message) = socket.receive().await {
///     if message.is_text() {
///         registry.broadcast_to("lobby", message);
///     }
/// }
/// // Dropping the member takes the connection out of the registry and of all rooms.
/// # }
/// ```
#[derive(Clone, Default)]
pub struct WebSocketRegistry {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    last_id: u64,
    members: HashMap<u64, Place>,
    rooms: HashMap<String, HashSet<u64>>,
}

/// One connection.
struct Place {
    outbox: Arc<Outbox>,
    rooms: HashSet<String>,
}

impl WebSocketRegistry {
    /// A registry with nobody in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connection, for as long as the member lives.
    #[must_use = "dropping the member takes the connection out again"]
    pub fn join(&self, connection: &WebSocketConnection) -> WebSocketMember {
        let shared = connection.shared();
        shared.is_registered.set(true);
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        let outbox = Arc::clone(&shared.outbox);
        state.members.insert(id, Place { outbox, rooms: HashSet::new() });
        drop(state);
        // The driver has to look into its outbox from now on.
        shared.core.borrow_mut().wake_driver();
        WebSocketMember { registry: self.clone(), id }
    }

    /// Sends a message to everybody; returns to how many. Never waits: see [`crate::SlowConsumer`].
    pub fn broadcast(&self, message: Message) -> usize {
        let message = PreparedMessage::new(message);
        let state = self.lock();
        state.members.values().filter(|place| place.outbox.push(&message)).count()
    }

    /// Sends a message to everybody in a room; returns to how many.
    pub fn broadcast_to(&self, room: &str, message: Message) -> usize {
        self.send_to(room, None, message)
    }

    /// How many connections there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().members.len()
    }

    /// How many connections are in a room.
    #[must_use]
    pub fn count_in(&self, room: &str) -> usize {
        self.lock().rooms.get(room).map_or(0, HashSet::len)
    }

    /// The rooms that anybody is in, in no order.
    #[must_use]
    pub fn rooms(&self) -> Vec<String> {
        self.lock().rooms.keys().cloned().collect()
    }

    /// Closes all connections, after what is queued for them.
    pub fn close_all(&self, code: CloseCode, reason: &str) {
        for place in self.lock().members.values() {
            place.outbox.close(CloseFrame::new(code, reason));
        }
    }

    fn send_to(&self, room: &str, without: Option<u64>, message: Message) -> usize {
        let message = PreparedMessage::new(message);
        let state = self.lock();
        let Some(ids) = state.rooms.get(room) else { return 0 };
        ids.iter()
            .filter(|id| Some(**id) != without)
            .filter_map(|id| state.members.get(id))
            .filter(|place| place.outbox.push(&message))
            .count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for WebSocketRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketRegistry").field("count", &self.count()).finish_non_exhaustive()
    }
}

/// The place of one connection in a registry; dropping it gives the place up.
#[derive(Debug)]
pub struct WebSocketMember {
    registry: WebSocketRegistry,
    id: u64,
}

impl WebSocketMember {
    /// Enters a room, which comes into being with its first member.
    pub fn enter(&self, room: &str) {
        let mut state = self.registry.lock();
        if let Some(place) = state.members.get_mut(&self.id)
            && place.rooms.insert(room.to_owned())
        {
            state.rooms.entry(room.to_owned()).or_default().insert(self.id);
        }
    }

    /// Leaves a room, which is gone with its last member.
    pub fn leave(&self, room: &str) {
        let mut state = self.registry.lock();
        if let Some(place) = state.members.get_mut(&self.id) {
            place.rooms.remove(room);
        }
        state.vacate(room, self.id);
    }

    /// Sends a message to everybody else in a room; returns to how many.
    pub fn send_to_others(&self, room: &str, message: Message) -> usize {
        self.registry.send_to(room, Some(self.id), message)
    }
}

impl Drop for WebSocketMember {
    fn drop(&mut self) {
        let mut state = self.registry.lock();
        let Some(place) = state.members.remove(&self.id) else { return };
        for room in place.rooms {
            state.vacate(&room, self.id);
        }
    }
}

impl State {
    fn vacate(&mut self, room: &str, id: u64) {
        if let Some(ids) = self.rooms.get_mut(room) {
            ids.remove(&id);
            if ids.is_empty() {
                self.rooms.remove(room);
            }
        }
    }
}
