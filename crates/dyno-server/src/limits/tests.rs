use super::Limits;

#[test]
fn every_limit_is_listed_with_its_unit() {
    let lines: Vec<String> = Limits::default().list().iter().map(ToString::to_string).collect();
    for expected in [
        "connections.count_max = none",
        "connections.handshake_time_max = 5000 ms",
        "http1.head_bytes_max = 32768 bytes",
        "http1.body_rate_min_bytes_per_s = 240 bytes/s",
        "http2.streams_max = 128 count",
        "http2.takes_upgrade = 1 on",
        "http3.idle_time_max = 30000 ms",
        "websocket.inflate_ratio_max = 100 count",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is not in {lines:#?}");
    }
    let mut names: Vec<_> = Limits::default().list().iter().map(|limit| (limit.group, limit.name)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn profiles_differ_where_they_say() {
    let changed = |limits: &Limits| -> Vec<&'static str> {
        let pairs = limits.list().into_iter().zip(Limits::default().list());
        pairs.filter(|(a, b)| a != b).map(|(a, _)| a.name).collect()
    };
    assert_eq!(
        changed(&Limits::bench()),
        [
            "per_peer_max",
            "handshake_time_max",
            "write_stall_time_max",
            "request_time_max",
            "head_time_max",
            "keep_alive_time_max",
            "requests_per_connection_max",
            "body_read_time_max",
            "body_rate_grace",
            "streams_max",
            "streams_max",
            "idle_time_max",
        ]
    );
    assert_eq!(
        changed(&Limits::edge()),
        [
            "keep_alive_time_max",
            "requests_per_connection_max",
            "takes_upgrade",
            "streams_max",
            "stream_window_bytes"
        ]
    );
}
