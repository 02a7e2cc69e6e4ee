//! The MUSTs of RFC 6455 and RFC 7692 that concern frames and messages, one named case each.

use super::frame::encode_frame;
use super::*;

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

fn server() -> Endpoint {
    Endpoint::server(EndpointConfig::default())
}

/// A server that has agreed to permessage-deflate with full windows.
fn deflate_server() -> Endpoint {
    let config = deflate::DeflateConfig::default();
    let parameters = config.accept(&deflate::DeflateOffer::default()).expect("the plain offer is accepted");
    Endpoint::server(EndpointConfig { deflate: Some((parameters, config)), ..EndpointConfig::default() })
}

/// A client's frame: first byte, then a payload of any length, masked.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    encode_frame(&mut wire, OpCode::Text, true, false, Some(KEY), payload);
    wire[0] = first;
    wire
}

/// Feeds everything and collects what was reported, until the first error.
fn receive(endpoint: &mut Endpoint, mut wire: &[u8]) -> Result<Vec<Message>, WebSocketError> {
    let mut messages = Vec::new();
    loop {
        let (used, step) = endpoint.receive(wire)?;
        wire = &wire[used..];
        match step {
            Step::Received(opcode) => messages.push(endpoint.take_message(opcode)),
            Step::NeedMore => return Ok(messages),
        }
    }
}

/// The connection fails with this error, and the close frame with its code is the only output.
fn check_fails(mut endpoint: Endpoint, wire: &[u8], expected: &WebSocketError, code: u16) {
    assert_eq!(receive(&mut endpoint, wire).as_ref(), Err(expected));
    assert_eq!(expected.close_code(), CloseCode(code));
    let [high, low] = code.to_be_bytes();
    assert_eq!(endpoint.take_output(), [0x88, 2, high, low]);
    assert!(endpoint.is_over());
}

fn check_output(mut endpoint: Endpoint, wire: &[u8], expected: &[u8]) {
    receive(&mut endpoint, wire).expect("no rule is broken");
    assert_eq!(endpoint.take_output(), expected);
}

#[test]
fn an_unmasked_client_frame_fails_the_connection() {
    check_fails(server(), b"\x81\x02hi", &WebSocketError::Unmasked, 1002);
}

#[test]
fn a_masked_server_frame_fails_the_connection() {
    let mut client = Endpoint::client(EndpointConfig::default(), MaskKeys::seeded(1));
    assert_eq!(receive(&mut client, &masked(0x81, b"hi")), Err(WebSocketError::Masked));
}

#[test]
fn reserved_bits_without_an_extension_fail_the_connection() {
    for (first, bits) in [(0xC1, 0b100), (0xA1, 0b010), (0x91, 0b001), (0xC9, 0b100)] {
        check_fails(server(), &masked(first, b"x"), &WebSocketError::ReservedBits { bits }, 1002);
    }
}

#[test]
fn reserved_opcodes_fail_the_connection() {
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        check_fails(server(), &masked(0x80 | opcode, b""), &WebSocketError::ReservedOpCode { opcode }, 1002);
    }
}

#[test]
fn a_control_frame_above_125_bytes_fails_the_connection() {
    for first in [0x88, 0x89, 0x8A] {
        check_fails(server(), &masked(first, &[0; 126]), &WebSocketError::ControlTooLong, 1002);
    }
}

#[test]
fn a_fragmented_control_frame_fails_the_connection() {
    for first in [0x08, 0x09, 0x0A] {
        check_fails(server(), &masked(first, b""), &WebSocketError::ControlFragmented, 1002);
    }
}

#[test]
fn a_length_in_more_bytes_than_needed_fails_the_connection() {
    let minimal = WebSocketError::LengthNotMinimal;
    check_fails(server(), b"\x82\xFE\x00\x7D\0\0\0\0", &minimal, 1002);
    check_fails(server(), b"\x82\xFF\0\0\0\0\0\0\xFF\xFF\0\0\0\0", &minimal, 1002);
    check_fails(server(), b"\x82\xFF\x80\0\0\0\0\0\0\0\0\0\0\0", &minimal, 1002);
}

#[test]
fn a_continuation_without_a_message_fails_the_connection() {
    check_fails(server(), &masked(0x80, b"x"), &WebSocketError::ContinuationUnexpected, 1002);
}

#[test]
fn a_new_message_inside_a_fragmented_one_fails_the_connection() {
    let wire = [masked(0x01, b"a"), masked(0x81, b"b")].concat();
    check_fails(server(), &wire, &WebSocketError::ContinuationExpected, 1002);
}

#[test]
fn control_frames_between_fragments_are_answered_at_once() {
    let mut server = server();
    let wire = [masked(0x01, b"a"), masked(0x89, b"ping"), masked(0x80, b"b")].concat();
    let messages = receive(&mut server, &wire).expect("no rule is broken");
    assert_eq!(messages, [Message { opcode: OpCode::Ping, data: b"ping".to_vec() }, Message::text_of("ab")]);
    assert_eq!(server.take_output(), b"\x8A\x04ping");
}

#[test]
fn text_that_is_not_utf8_fails_with_1007() {
    for text in [&b"\xFF"[..], b"\xC0\x80", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"half \xE2\x82"] {
        check_fails(server(), &masked(0x81, text), &WebSocketError::NotUtf8, 1007);
    }
}

#[test]
fn text_may_be_cut_inside_a_character() {
    let wire = [masked(0x01, b"\xE2"), masked(0x00, b"\x82"), masked(0x80, b"\xAC")].concat();
    let mut server = server();
    assert_eq!(receive(&mut server, &wire), Ok(vec![Message::text_of("€")]));
}

#[test]
fn text_fails_at_the_first_wrong_byte_before_its_frame_is_complete() {
    let wire = masked(0x81, b"\xCE\xBA\xF4\x90\x80\x80 and much more");
    // Header, key, four bytes: the second character is too large already.
    check_fails(server(), &wire[..6 + 4], &WebSocketError::NotUtf8, 1007);
}

#[test]
fn a_pong_carries_the_payload_of_the_ping() {
    check_output(server(), &masked(0x89, b""), b"\x8A\x00");
    check_output(server(), &masked(0x89, &[7; 125]), &[&b"\x8A\x7D"[..], &[7; 125]].concat());
}

#[test]
fn an_unsolicited_pong_is_not_answered() {
    check_output(server(), &masked(0x8A, b"hello"), b"");
}

#[test]
fn a_close_frame_is_echoed_once_and_nothing_follows() {
    let wire = [masked(0x88, b"\x03\xE8bye"), masked(0x89, b"late"), masked(0x88, b"")].concat();
    let mut server = server();
    let messages = receive(&mut server, &wire).expect("no rule is broken");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].close_frame(), Some(CloseFrame::new(CloseCode::NORMAL, "bye")));
    assert_eq!(server.take_output(), b"\x88\x02\x03\xE8");
    assert!(server.is_over());
    assert_eq!(server.send_text("more"), Err(SendError::Closed));
    assert_eq!(server.send_ping(b""), Err(SendError::Closed));
    assert_eq!(server.close(CloseCode::NORMAL, ""), Err(SendError::Closed));
}

#[test]
fn a_close_frame_without_a_code_is_echoed_without_one() {
    check_output(server(), &masked(0x88, b""), b"\x88\x00");
}

#[test]
fn a_close_frame_may_be_answered_after_the_current_messages() {
    let config = EndpointConfig { delays_close_echo: true, ..EndpointConfig::default() };
    let mut server = Endpoint::server(config);
    let wire = [masked(0x81, b"ask"), masked(0x88, b"\x03\xE8")].concat();
    assert_eq!(receive(&mut server, &wire).map(|messages| messages.len()), Ok(2));
    assert!(!server.is_over());
    server.send_text("answer").expect("nothing was closed yet");
    assert!(server.echo_close() && !server.echo_close());
    assert_eq!(server.take_output(), b"\x81\x06answer\x88\x02\x03\xE8");
    assert!(server.is_over());
}

#[test]
fn the_answer_to_our_close_is_not_answered_again() {
    let mut server = server();
    server.close(CloseCode::GOING_AWAY, "stop").expect("nothing was closed before");
    assert_eq!(server.take_output(), b"\x88\x06\x03\xE9stop");
    assert!(!server.is_over());
    let wire = [masked(0x81, b"crossing"), masked(0x88, b"\x03\xE9")].concat();
    let messages = receive(&mut server, &wire).expect("no rule is broken");
    assert_eq!(messages.len(), 2);
    assert_eq!(server.take_output(), b"");
    assert!(server.is_over());
}

#[test]
fn close_codes_that_may_not_be_sent_fail_the_connection() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        let wire = masked(0x88, &u16::to_be_bytes(code));
        check_fails(server(), &wire, &WebSocketError::CloseCodeInvalid { code }, 1002);
        assert_eq!(self::server().close(CloseCode(code), ""), Err(SendError::CloseInvalid));
    }
}

#[test]
fn close_codes_that_may_be_sent_are_echoed() {
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
    {
        let payload = u16::to_be_bytes(code);
        check_output(server(), &masked(0x88, &payload), &[0x88, 2, payload[0], payload[1]]);
    }
}

#[test]
fn a_close_payload_of_one_byte_fails_the_connection() {
    check_fails(server(), &masked(0x88, b"\x03"), &WebSocketError::CloseTruncated, 1002);
}

#[test]
fn a_close_reason_that_is_not_utf8_fails_with_1007() {
    check_fails(server(), &masked(0x88, b"\x03\xE8\xFF"), &WebSocketError::CloseReasonNotUtf8, 1007);
}

#[test]
fn every_frame_of_a_client_has_a_key_of_its_own() {
    let mut client = Endpoint::client(EndpointConfig::default(), MaskKeys::unpredictable());
    for _ in 0..64 {
        client.send_ping(b"").expect("the connection is open");
    }
    let output = client.take_output();
    let keys: std::collections::HashSet<&[u8]> = output.chunks(6).map(|frame| &frame[2..]).collect();
    assert!(keys.len() > 60, "64 frames have only {} keys", keys.len());
}

#[test]
fn a_message_above_the_limit_fails_with_1009_before_it_is_held() {
    let limits = MessageLimits { message_bytes_max: 1000, ..MessageLimits::default() };
    let limited = || Endpoint::server(EndpointConfig { limits, ..EndpointConfig::default() });
    let too_big = WebSocketError::MessageTooBig { limit: 1000 };
    // The header alone is enough.
    check_fails(limited(), &masked(0x82, &[0; 1001])[..8], &too_big, 1009);
    let wire = [masked(0x02, &[0; 600]), masked(0x80, &[0; 401])].concat();
    check_fails(limited(), &wire[..600 + 16], &too_big, 1009);
}

#[test]
fn endless_empty_fragments_fail_with_1008() {
    let mut wire = masked(0x01, b"");
    for _ in 0..100 {
        wire.extend(masked(0x00, b""));
    }
    check_fails(server(), &wire, &WebSocketError::TooManyEmptyFragments { limit: 100 }, 1008);
}

#[test]
fn the_compression_bit_stands_on_the_first_frame_only() {
    let wire = [masked(0x41, b"\xF2"), masked(0xC0, b"\x48")].concat();
    check_fails(deflate_server(), &wire, &WebSocketError::ReservedBits { bits: 0b100 }, 1002);
    check_fails(deflate_server(), &masked(0xC9, b""), &WebSocketError::ReservedBits { bits: 0b100 }, 1002);
}

#[test]
fn other_reserved_bits_fail_the_connection_with_compression_too() {
    check_fails(deflate_server(), &masked(0xA1, b""), &WebSocketError::ReservedBits { bits: 0b010 }, 1002);
    check_fails(deflate_server(), &masked(0xD1, b""), &WebSocketError::ReservedBits { bits: 0b101 }, 1002);
}

/// The examples of RFC 7692 section 7.2.3, each "Hello".
#[test]
fn the_examples_of_rfc_7692_decompress() {
    let one_block = b"\xF2\x48\xCD\xC9\xC9\x07\x00";
    let stored = b"\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00";
    let with_bfinal = b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00";
    let two_blocks = b"\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00";
    let hello = Message::text_of("Hello");
    for data in [&one_block[..], stored, with_bfinal, two_blocks] {
        assert_eq!(receive(&mut deflate_server(), &masked(0xC1, data)), Ok(vec![hello.clone()]));
    }
    let fragments = [masked(0x41, b"\xF2\x48\xCD"), masked(0x80, b"\xC9\xC9\x07\x00")].concat();
    assert_eq!(receive(&mut deflate_server(), &fragments), Ok(vec![hello.clone()]));
    // The second message refers to the window that the first one left.
    let window = [masked(0xC1, one_block), masked(0xC1, b"\xF2\x00\x11\x00\x00")].concat();
    assert_eq!(receive(&mut deflate_server(), &window), Ok(vec![hello.clone(), hello.clone()]));
    // A sender may end its DEFLATE stream and begin another one.
    let restarted = [masked(0xC1, with_bfinal), masked(0xC1, one_block), masked(0xC1, with_bfinal)].concat();
    assert_eq!(receive(&mut deflate_server(), &restarted), Ok(vec![hello.clone(), hello.clone(), hello]));
}

#[test]
fn without_context_takeover_the_window_of_the_last_message_is_gone() {
    let config =
        deflate::DeflateConfig { client_no_context_takeover: true, ..deflate::DeflateConfig::default() };
    let parameters = config.accept(&deflate::DeflateOffer::default()).expect("accepted");
    let endpoint =
        Endpoint::server(EndpointConfig { deflate: Some((parameters, config)), ..EndpointConfig::default() });
    let wire =
        [masked(0xC1, b"\xF2\x48\xCD\xC9\xC9\x07\x00"), masked(0xC1, b"\xF2\x00\x11\x00\x00")].concat();
    check_fails(endpoint, &wire, &WebSocketError::DeflateDamaged, 1007);
}

#[test]
fn an_uncompressed_message_is_taken_between_compressed_ones() {
    let wire = [
        masked(0xC1, b"\xF2\x48\xCD\xC9\xC9\x07\x00"),
        masked(0x81, b"plain"),
        masked(0xC1, b"\xF2\x00\x11\x00\x00"),
    ];
    let hello = Message::text_of("Hello");
    let expected = vec![hello.clone(), Message::text_of("plain"), hello];
    assert_eq!(receive(&mut deflate_server(), &wire.concat()), Ok(expected));
}

#[test]
fn an_empty_message_may_be_compressed() {
    assert_eq!(receive(&mut deflate_server(), &masked(0xC1, b"\x00")), Ok(vec![Message::text_of("")]));
    let mut out = Vec::new();
    let mut deflater = deflate::Deflater::new(15, 6, false);
    deflater.deflate(b"", &mut out);
    assert_eq!(out, b"\x00");
}

#[test]
fn damaged_compression_fails_with_1007() {
    check_fails(deflate_server(), &masked(0xC2, b"\xFF\xFF\xFF"), &WebSocketError::DeflateDamaged, 1007);
}

#[test]
fn utf8_is_checked_after_decompression() {
    let mut data = Vec::new();
    deflate::Deflater::new(15, 6, false).deflate(b"\xCE\xBA\xED\xA0\x80", &mut data);
    check_fails(deflate_server(), &masked(0xC1, &data), &WebSocketError::NotUtf8, 1007);
}

#[test]
fn a_bomb_fails_with_1009_at_a_hundred_times_its_size() {
    let mut data = Vec::new();
    deflate::Deflater::new(15, 9, false).deflate(&vec![0; 900_000], &mut data);
    assert!(data.len() < 2_000, "{} bytes are no bomb", data.len());
    check_fails(
        deflate_server(),
        &masked(0xC2, &data),
        &WebSocketError::InflateRatio { ratio_max: 100 },
        1009,
    );
}

#[test]
fn a_compressed_message_above_the_limit_fails_with_1009() {
    let mut data = Vec::new();
    let limits = MessageLimits { inflate_ratio_max: 2_000, ..MessageLimits::default() };
    deflate::Deflater::new(15, 9, false).deflate(&vec![0; 1024 * 1024 + 1], &mut data);
    let config = deflate::DeflateConfig::default();
    let parameters = config.accept(&deflate::DeflateOffer::default()).expect("accepted");
    let config = EndpointConfig { limits, deflate: Some((parameters, config)), ..EndpointConfig::default() };
    let too_big = WebSocketError::MessageTooBig { limit: 1024 * 1024 };
    check_fails(Endpoint::server(config), &masked(0xC2, &data), &too_big, 1009);
}
