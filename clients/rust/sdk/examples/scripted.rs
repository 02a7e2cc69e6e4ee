//! The smallest worker: a library that answers at once, fails where the URL says so, or never comes back.
//!
//! Not for comparisons: it asks nobody. The SDK's own tests play with it.

use dyno_worker::{Answer, Failure, Kind, Refusal, Setup, SyncLane, Worker};

struct Lane {
    urls: Vec<String>,
}

impl SyncLane for Lane {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        // What a library prints is never taken for a message.
        println!("asked");
        match self.urls[request].rsplit('/').next() {
            Some("fail") => Err(Failure::new(Kind::Reset, "Scripted")),
            Some("wait") => loop {
                std::thread::park();
            },
            _ => Ok(Answer::whole(200, 5)),
        }
    }
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    let urls: Vec<String> = setup.requests.iter().map(|request| request.url.clone()).collect();
    Ok((0..setup.lanes).map(|_| Lane { urls: urls.clone() }).collect())
}

fn main() {
    Worker::new("scripted", "1.0.0").sync(lanes).serve()
}
