//! How many connections the whole server has, and how many each peer.
//!
//! Touched when a connection begins and ends, never by a request. Shared by all threads.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Resource, getrlimit};

use crate::limits::ConnectionLimits;

/// Most connections when the limits name no number.
const COUNT_MAX: usize = 50_000;

/// The counts, and what they may be.
#[derive(Debug)]
pub(crate) struct Admission {
    count_max: usize,
    per_peer_max: usize,
    count: AtomicUsize,
    peers: Mutex<HashMap<IpAddr, usize>>,
}

impl Admission {
    pub(crate) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            count_max: limits.count_max.unwrap_or_else(default_count_max),
            per_peer_max: limits.per_peer_max,
            count: AtomicUsize::new(0),
            peers: Mutex::default(),
        }
    }

    /// Lets one connection in, until the permit is dropped.
    pub(crate) fn admit(admission: &Arc<Self>, peer: Option<IpAddr>) -> Option<Permit> {
        if admission.count.fetch_add(1, Ordering::Relaxed) >= admission.count_max {
            admission.count.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let mut permit = Permit { admission: Arc::clone(admission), peer: None };
        // This machine is where load comes from, and proxies.
        let Some(peer) = peer.filter(|peer| !peer.to_canonical().is_loopback()) else { return Some(permit) };
        let mut peers = admission.peers();
        let count = peers.entry(peer).or_default();
        if *count >= admission.per_peer_max {
            return None;
        }
        *count += 1;
        permit.peer = Some(peer);
        Some(permit)
    }

    /// Connections now open.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right of one connection to be there.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    /// Set when the connection counts for its peer.
    peer: Option<IpAddr>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.count.fetch_sub(1, Ordering::Relaxed);
        let Some(peer) = self.peer else { return };
        let mut peers = self.admission.peers();
        if let Some(count) = peers.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                peers.remove(&peer);
            }
        }
    }
}

/// Nine tenths of what the process may open, so that files and outgoing connections keep a rest.
fn default_count_max() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(descriptors / 10 * 9).unwrap_or(usize::MAX).min(COUNT_MAX)
}
