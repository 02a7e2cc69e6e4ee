//! Urgency on the wire: which of two large answers comes first.

use super::*;

/// Asks for two large answers at once and tells which path ended first.
async fn first_of(send: &mut SendRequest<Bytes>, priorities: [&str; 2]) -> usize {
    let mut asked = Vec::new();
    for priority in priorities {
        let mut request = request(Method::GET, "/large");
        if !priority.is_empty() {
            request.headers_mut().insert("priority", priority.parse().unwrap());
        }
        asked.push(tokio::spawn(answer_of(send.send_request(request, true).unwrap().0)));
    }
    let mut asked = asked.into_iter();
    let (mut first, mut second) = (asked.next().unwrap(), asked.next().unwrap());
    let winner = tokio::select! {
        answer = &mut first => { assert_eq!(answer.unwrap().unwrap().body.len(), LARGE_BYTES); 0 }
        answer = &mut second => { assert_eq!(answer.unwrap().unwrap().body.len(), LARGE_BYTES); 1 }
    };
    let rest = if winner == 0 { second } else { first };
    assert_eq!(rest.await.unwrap().unwrap().body.len(), LARGE_BYTES);
    winner
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
