//! Properties of whole connections: what is sent arrives, any split gives the same, nothing panics, and another
//! implementation sees the same messages.

use proptest::prelude::*;

use super::deflate::{DeflateConfig, DeflateParameters};
use super::frame::encode_frame;
use super::*;

/// What came of a byte stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    messages: Vec<Message>,
    failure: Option<WebSocketError>,
}

fn hear(endpoint: &mut Endpoint, wire: &[u8], cuts: &[usize]) -> Heard {
    let mut heard = Heard::default();
    let mut rest = wire;
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let size = cuts.next().map_or(rest.len(), |cut| (*cut).clamp(1, rest.len()));
        let (mut piece, after) = rest.split_at(size);
        rest = after;
        while !piece.is_empty() {
            match endpoint.receive(piece) {
                Ok((used, step)) => {
                    piece = &piece[used..];
                    if let Step::Received(opcode) = step {
                        heard.messages.push(endpoint.take_message(opcode));
                    }
                }
                Err(failure) => {
                    heard.failure = Some(failure);
                    return heard;
                }
            }
        }
    }
    heard
}

fn message() -> impl Strategy<Value = Message> {
    let data = |size| proptest::collection::vec(any::<u8>(), 0..size);
    prop_oneof![
        3 => ".{0,200}".prop_map(Message::text_of),
        1 => ("[a-c]{1,9}", 1_usize..20_000).prop_map(|(word, count)| Message::text_of(word.repeat(count / word.len()))),
        3 => data(70_000).prop_map(Message::binary_of),
        1 => data(126).prop_map(|data| Message { opcode: OpCode::Ping, data }),
        1 => data(126).prop_map(|data| Message { opcode: OpCode::Pong, data }),
    ]
}

fn deflate() -> impl Strategy<Value = Option<(DeflateParameters, DeflateConfig)>> {
    let some = (9_u8..=15, 9_u8..=15, any::<bool>(), any::<bool>(), 0_u32..=9).prop_map(
        |(server_bits, client_bits, server_no, client_no, level)| {
            let parameters = DeflateParameters {
                server_max_window_bits: server_bits,
                client_max_window_bits: client_bits,
                server_no_context_takeover: server_no,
                client_no_context_takeover: client_no,
            };
            (parameters, DeflateConfig { level, ..DeflateConfig::default() })
        },
    );
    proptest::option::of(some)
}

/// Allowed and forbidden ones; without 1014, which only the registry of IANA knows.
fn close_code() -> impl Strategy<Value = u16> {
    (900_u16..5_100).prop_filter("not 1014", |code| *code != 1014)
}

/// A frame of a client that may break any rule, with some care that many break none.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let opcode = prop_oneof![
        4 => Just(OpCode::Text),
        3 => Just(OpCode::Binary),
        6 => Just(OpCode::Continuation),
        2 => Just(OpCode::Ping),
        2 => Just(OpCode::Pong),
        1 => Just(OpCode::Close),
    ];
    let payload = prop_oneof![
        6 => "[a-zé€😀]{0,20}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..140),
        1 => (close_code(), "[a-z]{0,9}").prop_map(|(code, reason)| [&code.to_be_bytes()[..], reason.as_bytes()].concat()),
    ];
    // Bits that are flipped in the first byte, mostly none.
    let damage = prop_oneof![20 => Just(0_u8), 1 => any::<u8>()];
    (opcode, prop::bool::weighted(0.7), payload, any::<[u8; 4]>(), damage, prop::bool::weighted(0.99))
        .prop_map(|(opcode, is_final, payload, key, damage, is_masked)| {
            let mut wire = Vec::new();
            encode_frame(&mut wire, opcode, is_final, false, is_masked.then_some(key), &payload);
            wire[0] ^= damage;
            wire
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_sent_arrives(
        messages in proptest::collection::vec(message(), 1..6),
        deflate in deflate(),
        fragment_bytes_max in proptest::option::of(1_usize..5_000),
        cuts in proptest::collection::vec(1_usize..3_000, 1..5),
        is_client in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let limits = MessageLimits { inflate_ratio_max: 2_000, ..MessageLimits::default() };
        let config = EndpointConfig { limits, deflate, fragment_bytes_max, ..EndpointConfig::default() };
        let client = Endpoint::client(config, MaskKeys::seeded(seed));
        let server = Endpoint::server(config);
        let (mut sender, mut receiver) = if is_client { (client, server) } else { (server, client) };
        for message in &messages {
            sender.send(message).expect("the connection is open");
        }
        sender.close(CloseCode::NORMAL, "done").expect("the connection is open");
        let heard = hear(&mut receiver, &sender.take_output(), &cuts);
        prop_assert_eq!(heard.failure, None);
        prop_assert_eq!(&heard.messages[..messages.len()], &messages[..]);
        prop_assert!(receiver.is_over() && heard.messages.len() == messages.len() + 1);

        let pings = messages.iter().filter(|message| message.is_ping()).count();
        let answers = hear(&mut sender, &receiver.take_output(), &cuts);
        prop_assert_eq!(answers.messages.iter().filter(|message| message.is_pong()).count(), pings);
        prop_assert!(sender.is_over());
    }

    #[test]
    fn any_split_gives_the_same(
        frames in proptest::collection::vec(any_frame(), 0..8),
        junk in proptest::collection::vec(any::<u8>(), 0..40),
        cuts in proptest::collection::vec(1_usize..40, 1..6),
    ) {
        let wire = [frames.concat(), junk].concat();
        let mut whole = Endpoint::server(EndpointConfig::default());
        let mut split = Endpoint::server(EndpointConfig::default());
        prop_assert_eq!(hear(&mut whole, &wire, &[]), hear(&mut split, &wire, &cuts));
        prop_assert_eq!(whole.take_output(), split.take_output());
    }

    #[test]
    fn any_bytes_end_in_messages_or_an_error(wire in proptest::collection::vec(any::<u8>(), 0..400), with in deflate()) {
        for mut endpoint in [
            Endpoint::server(EndpointConfig { deflate: with, ..EndpointConfig::default() }),
            Endpoint::client(EndpointConfig { deflate: with, ..EndpointConfig::default() }, MaskKeys::seeded(1)),
        ] {
            let heard = hear(&mut endpoint, &wire, &[7]);
            prop_assert_eq!(heard.failure.as_ref(), endpoint.failure());
        }
    }

    #[test]
    fn a_mask_is_its_own_inverse_at_any_offset(bytes in proptest::collection::vec(any::<u8>(), 0..100), key in any::<[u8; 4]>(), cut in 0_usize..100) {
        let mut plain: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]).collect();
        let cut = cut.min(plain.len());
        apply_mask(&mut plain[..cut], key, 0);
        apply_mask(&mut plain[cut..], key, cut);
        prop_assert_eq!(plain, bytes);
    }

    #[test]
    fn a_shared_message_and_an_own_one_may_follow_each_other(
        texts in proptest::collection::vec(("[a-c]{0,300}", any::<bool>()), 1..8),
        deflate in deflate(),
    ) {
        let config = EndpointConfig { deflate, ..EndpointConfig::default() };
        let mut server = Endpoint::server(config);
        let mut client = Endpoint::client(config, MaskKeys::seeded(3));
        for (text, is_shared) in &texts {
            if *is_shared {
                let prepared = PreparedMessage::new(Message::text_of(text.as_str()));
                server.send_prepared(&prepared).expect("the connection is open");
            } else {
                server.send_text(text).expect("the connection is open");
            }
        }
        let heard = hear(&mut client, &server.take_output(), &[100]);
        prop_assert_eq!(heard.failure, None);
        let found: Vec<&str> = heard.messages.iter().filter_map(Message::text).collect();
        let sent: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
        prop_assert_eq!(found, sent);
    }
}

/// What tungstenite makes of the same bytes: its messages up to a close frame, and whether it refused one.
fn hear_with_tungstenite(wire: &[u8]) -> (Vec<Message>, bool) {
    struct Stream<'a>(&'a [u8]);
    impl std::io::Read for Stream<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl std::io::Write for Stream<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut socket =
        tungstenite::WebSocket::from_raw_socket(Stream(wire), tungstenite::protocol::Role::Server, None);
    let mut messages = Vec::new();
    loop {
        let (opcode, data) = match socket.read() {
            Ok(tungstenite::Message::Text(text)) => (OpCode::Text, text.as_bytes().to_vec()),
            Ok(tungstenite::Message::Binary(data)) => (OpCode::Binary, data.to_vec()),
            Ok(tungstenite::Message::Ping(data)) => (OpCode::Ping, data.to_vec()),
            Ok(tungstenite::Message::Pong(data)) => (OpCode::Pong, data.to_vec()),
            // It shows a close frame with a forbidden code as one of its own making.
            Ok(tungstenite::Message::Close(Some(frame))) if frame.reason == "Protocol violation" => {
                return (messages, true);
            }
            Ok(tungstenite::Message::Close(_)) => (OpCode::Close, Vec::new()),
            Ok(tungstenite::Message::Frame(_)) => panic!("never read"),
            Err(tungstenite::Error::ConnectionClosed) => return (messages, false),
            // The end of the bytes, where a close frame is missing.
            Err(tungstenite::Error::Io(_)) => return (messages, false),
            Err(tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => {
                return (messages, false);
            }
            Err(_) => return (messages, true),
        };
        messages.push(Message { opcode, data });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn tungstenite_hears_the_same(frames in proptest::collection::vec(any_frame(), 1..10)) {
        let wire = frames.concat();
        let mut endpoint = Endpoint::server(EndpointConfig::default());
        let mut heard = hear(&mut endpoint, &wire, &[]);
        for message in &mut heard.messages {
            if message.is_close() {
                message.data.clear();
            }
        }
        let (messages, has_failed) = hear_with_tungstenite(&wire);
        prop_assert_eq!(&heard.messages, &messages);
        prop_assert_eq!(heard.failure.is_some(), has_failed, "{:?}", heard.failure);
    }
}
