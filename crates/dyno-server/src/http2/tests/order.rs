//! Urgency on the wire: which of two large answers ends first.

use std::sync::{Arc, Mutex};

use super::*;

/// Asks for two large answers at once and tells which of them ended first.
async fn first_of(send: &mut SendRequest<Bytes>, priorities: [&str; 2]) -> usize {
    let ended = Arc::new(Mutex::new(Vec::new()));
    let mut asked = Vec::new();
    for (index, priority) in priorities.into_iter().enumerate() {
        let mut request = request(Method::GET, "/large");
        if !priority.is_empty() {
            request.headers_mut().insert("priority", priority.parse().unwrap());
        }
        let answer = answer_of(send.send_request(request, true).unwrap().0);
        let ended = Arc::clone(&ended);
        asked.push(tokio::spawn(async move {
            assert_eq!(answer.await.unwrap().body.len(), LARGE_BYTES);
            ended.lock().unwrap().push(index);
        }));
    }
    for task in asked {
        task.await.unwrap();
    }
    let ended = ended.lock().unwrap();
    ended[0]
}

#[test]
fn the_more_urgent_answer_comes_first() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        assert_eq!(first_of(&mut send, ["u=5", "u=1"]).await, 1);
        assert_eq!(first_of(&mut send, ["u=1", "u=5"]).await, 0);
        assert_eq!(first_of(&mut send, ["u=3", "u=3"]).await, 0);
        assert_eq!(first_of(&mut send, ["", "u=0"]).await, 1);
    });
}
