//! The opening handshake: the MUSTs of RFC 6455 section 4 and RFC 7692 section 5, and that both halves agree.

use proptest::prelude::*;

use super::*;
use crate::websocket::deflate::{DeflateConfig, DeflateOffer, DeflateParameters};

type Fields = Vec<(&'static str, &'static str)>;

/// The request of RFC 6455 section 1.3.
fn request() -> Fields {
    vec![
        ("Host", "server.example.com"),
        ("Upgrade", "websocket"),
        ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ]
}

fn bytes<'a>(fields: &'a [(&'static str, impl AsRef<str>)]) -> Vec<(&'a str, &'a [u8])> {
    fields.iter().map(|(name, value)| (*name, value.as_ref().as_bytes())).collect()
}

fn read(fields: &[(&'static str, &'static str)]) -> Result<Opening, HandshakeRejection> {
    Opening::read(OpeningForm::Upgrade, &bytes(fields))
}

fn with(name: &'static str, value: Option<&'static str>) -> Fields {
    let mut fields = request();
    fields.retain(|(found, _)| *found != name);
    fields.extend(value.map(|value| (name, value)));
    fields
}

fn check_rejected(fields: &[(&'static str, &'static str)], expected: &HandshakeRejection, status: u16) {
    assert_eq!(read(fields).as_ref(), Err(expected), "{fields:?}");
    assert_eq!(expected.status(), status);
}

#[test]
fn the_example_of_rfc_6455() {
    let acceptance = read(&request()).expect("a valid request").accept(&ServerHandshake::default());
    assert_eq!(acceptance.status, 101);
    assert_eq!(
        acceptance.fields,
        [
            ("Upgrade", "websocket".to_owned()),
            ("Connection", "Upgrade".to_owned()),
            ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned()),
        ]
    );
}

#[test]
fn a_version_other_than_13_is_answered_426_with_the_version() {
    for version in [None, Some("8"), Some("14"), Some("13, 8"), Some("")] {
        let fields = with("Sec-WebSocket-Version", version);
        check_rejected(&fields, &HandshakeRejection::VersionUnsupported, 426);
    }
    let answer = HandshakeRejection::VersionUnsupported.fields();
    assert!(answer.contains(&("Sec-WebSocket-Version", "13")));
    assert!(answer.contains(&("Upgrade", "websocket")));
}

#[test]
fn a_key_that_is_not_16_bytes_is_answered_400() {
    check_rejected(&with("Sec-WebSocket-Key", None), &HandshakeRejection::KeyMissing, 400);
    for key in [
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25j",
        "AAAAAAAAAAAAAAAAAAAAAAA=",
        "not base64 at all!!!!!==",
    ] {
        check_rejected(&with("Sec-WebSocket-Key", Some(key)), &HandshakeRejection::KeyInvalid, 400);
    }
    let mut twice = request();
    twice.push(("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="));
    check_rejected(&twice, &HandshakeRejection::KeyInvalid, 400);
}

#[test]
fn an_ordinary_request_is_answered_426_with_upgrade() {
    for upgrade in [None, Some("h2c"), Some("websockets")] {
        check_rejected(&with("Upgrade", upgrade), &HandshakeRejection::UpgradeMissing, 426);
    }
    check_rejected(&with("Connection", Some("keep-alive")), &HandshakeRejection::ConnectionMissing, 400);
}

#[test]
fn upgrade_and_connection_are_compared_without_case() {
    assert!(read(&with("Upgrade", Some("h2c, WebSocket"))).is_ok());
    assert!(read(&with("Connection", Some("UPGRADE"))).is_ok());
}

#[test]
fn only_an_offered_subprotocol_is_chosen_and_the_clients_order_counts() {
    let offered = read(&with("Sec-WebSocket-Protocol", Some("soap, chat, superchat"))).expect("valid");
    let check = |spoken: &[&str], expected: Option<&str>| {
        let wishes = ServerHandshake {
            protocols: spoken.iter().map(|name| (*name).to_owned()).collect(),
            deflate: None,
        };
        let acceptance = offered.accept(&wishes);
        assert_eq!(acceptance.protocol.as_deref(), expected);
        let has_field = acceptance.fields.iter().any(|(name, _)| *name == "Sec-WebSocket-Protocol");
        assert_eq!(has_field, expected.is_some());
    };
    check(&["superchat", "chat"], Some("chat"));
    check(&["Chat"], None);
    check(&[], None);
    check_rejected(&with("Sec-WebSocket-Protocol", Some("a b")), &HandshakeRejection::ProtocolMalformed, 400);
}

fn server_answer(config: DeflateConfig, offer: &'static str) -> Option<String> {
    let opening = read(&with("Sec-WebSocket-Extensions", Some(offer))).expect("valid");
    let wishes = ServerHandshake { protocols: Vec::new(), deflate: Some(config) };
    let acceptance = opening.accept(&wishes);
    acceptance
        .fields
        .into_iter()
        .find(|(name, _)| *name == "Sec-WebSocket-Extensions")
        .map(|(_, value)| value)
}

fn check_deflate(offer: &'static str, expected: Option<&str>) {
    assert_eq!(server_answer(DeflateConfig::default(), offer).as_deref(), expected, "to {offer}");
}

#[test]
fn only_an_offered_extension_is_agreed() {
    check_deflate("x-webkit-deflate-frame", None);
    check_deflate("permessage-deflate", Some("permessage-deflate"));
    check_deflate("foo; bar=1, permessage-deflate", Some("permessage-deflate"));
    let none = read(&request())
        .expect("valid")
        .accept(&ServerHandshake { protocols: Vec::new(), deflate: Some(DeflateConfig::default()) });
    assert_eq!(none.deflate, None);
}

#[test]
fn window_bits_and_context_takeover_are_agreed_as_offered() {
    check_deflate("permessage-deflate; client_max_window_bits", Some("permessage-deflate"));
    check_deflate(
        "permessage-deflate; client_max_window_bits=10",
        Some("permessage-deflate; client_max_window_bits=10"),
    );
    check_deflate(
        "permessage-deflate; server_max_window_bits=12; server_no_context_takeover",
        Some("permessage-deflate; server_no_context_takeover; server_max_window_bits=12"),
    );
    check_deflate(
        "permessage-deflate; server_max_window_bits=\"15\"",
        Some("permessage-deflate; server_max_window_bits=15"),
    );
    check_deflate(
        "permessage-deflate; client_no_context_takeover",
        Some("permessage-deflate; client_no_context_takeover"),
    );
}

#[test]
fn an_offer_that_cannot_be_kept_is_declined_and_the_next_one_taken() {
    for bad in [
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; unknown",
    ] {
        check_deflate(bad, None);
    }
    check_deflate(
        "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9",
        Some("permessage-deflate; server_max_window_bits=9"),
    );
}

#[test]
fn a_server_limits_the_clients_window_only_if_the_client_understands() {
    let config = DeflateConfig { client_max_window_bits: 9, ..DeflateConfig::default() };
    assert_eq!(server_answer(config, "permessage-deflate").as_deref(), Some("permessage-deflate"));
    let expected = Some("permessage-deflate; client_max_window_bits=9");
    assert_eq!(server_answer(config, "permessage-deflate; client_max_window_bits").as_deref(), expected);
}

#[test]
fn a_malformed_extension_field_is_answered_400() {
    for value in [";", "a b", "a;", "a; b=", "a; b=\"", "a; b=\"\"", "a; b=\"x y\"", "a; =1", "a,\u{7f}"] {
        let rejection = read(&with("Sec-WebSocket-Extensions", Some(value))).expect_err(value);
        assert!(matches!(rejection, HandshakeRejection::ExtensionsMalformed(_)), "{value}: {rejection:?}");
        assert_eq!(rejection.status(), 400);
    }
}

#[test]
fn an_extended_connect_needs_no_key_and_gets_no_accept() {
    let fields = [("sec-websocket-version", "13"), ("sec-websocket-protocol", "chat")];
    let opening = Opening::read(OpeningForm::ExtendedConnect, &bytes(&fields)).expect("valid");
    let wishes = ServerHandshake { protocols: vec!["chat".to_owned()], deflate: None };
    let acceptance = opening.accept(&wishes);
    assert_eq!(acceptance.status, 200);
    assert_eq!(acceptance.fields, [("Sec-WebSocket-Protocol", "chat".to_owned())]);
}

#[test]
fn a_client_refuses_answers_that_were_not_asked_for() {
    let client = ClientHandshake::new(
        OpeningForm::Upgrade,
        *b"the sample nonce",
        vec!["chat".to_owned()],
        Some(&DeflateConfig { server_max_window_bits: 12, ..DeflateConfig::default() }),
    );
    let good: Fields = vec![
        ("upgrade", "WebSocket"),
        ("connection", "upgrade"),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ];
    let check = |status, extra: &[(&'static str, &'static str)]| {
        let fields = [&good[..], extra].concat();
        client.check(status, &bytes(&fields))
    };
    assert_eq!(check(101, &[]), Ok(Agreed { protocol: None, deflate: None }));
    assert_eq!(check(200, &[]), Err(AnswerRejection::Status { status: 200 }));
    assert_eq!(client.check(101, &bytes(&good[..2])), Err(AnswerRejection::AcceptWrong));
    assert_eq!(client.check(101, &bytes(&good[1..])), Err(AnswerRejection::NotUpgraded));
    let superchat = check(101, &[("sec-websocket-protocol", "superchat")]);
    assert_eq!(superchat, Err(AnswerRejection::ProtocolNotOffered));
    let foreign = check(101, &[("sec-websocket-extensions", "foo")]);
    assert_eq!(foreign, Err(AnswerRejection::ExtensionNotOffered { name: "foo".to_owned() }));
    for parameters in [
        "permessage-deflate",
        "permessage-deflate; server_max_window_bits=13",
        "permessage-deflate; server_max_window_bits=12; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=12; server_max_window_bits=12",
        "permessage-deflate; server_max_window_bits=12; unknown",
    ] {
        let answer = check(101, &[("sec-websocket-extensions", parameters)]);
        assert!(matches!(answer, Err(AnswerRejection::Parameters(_))), "{parameters}: {answer:?}");
    }
    let agreed = check(101, &[("sec-websocket-extensions", "permessage-deflate; server_max_window_bits=10")]);
    assert_eq!(
        agreed.map(|agreed| agreed.deflate.map(|deflate| deflate.server_max_window_bits)),
        Ok(Some(10))
    );
}

fn deflate_config() -> impl Strategy<Value = DeflateConfig> {
    (9_u8..=15, 9_u8..=15, any::<bool>(), any::<bool>()).prop_map(|(server, client, server_no, client_no)| {
        DeflateConfig {
            server_max_window_bits: server,
            client_max_window_bits: client,
            server_no_context_takeover: server_no,
            client_no_context_takeover: client_no,
            ..DeflateConfig::default()
        }
    })
}

proptest! {
    /// Whatever both sides wish, each compresses with a window that the other one has room for.
    #[test]
    fn client_and_server_agree(client in deflate_config(), server in deflate_config(), is_upgrade in any::<bool>()) {
        let form = if is_upgrade { OpeningForm::Upgrade } else { OpeningForm::ExtendedConnect };
        let asking = ClientHandshake::new(form, [7; 16], vec!["a".to_owned(), "b".to_owned()], Some(&client));
        let sent = asking.fields();
        let opening = Opening::read(form, &bytes(&sent))
            .expect("our own request is valid");
        let wishes = ServerHandshake { protocols: vec!["b".to_owned()], deflate: Some(server) };
        let acceptance = opening.accept(&wishes);
        let agreed = asking.check(acceptance.status, &bytes(&acceptance.fields)).expect("our own answer is valid");
        prop_assert_eq!(agreed.protocol, acceptance.protocol);
        let theirs: DeflateParameters = acceptance.deflate.expect("offered by one and wished by the other");
        let ours = agreed.deflate.expect("the answer says so");
        prop_assert_eq!(ours.server_max_window_bits, theirs.server_max_window_bits);
        prop_assert_eq!(ours.server_no_context_takeover, theirs.server_no_context_takeover);
        prop_assert!(ours.client_max_window_bits <= theirs.client_max_window_bits);
        prop_assert!(ours.client_no_context_takeover || !theirs.client_no_context_takeover);
        prop_assert!(ours.server_max_window_bits <= client.server_max_window_bits.min(server.server_max_window_bits));
    }

    #[test]
    fn any_extension_field_is_read_or_refused(value in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(extensions) = parse_extensions(&value) {
            for extension in extensions {
                let _declined = DeflateOffer::parse(&extension, crate::websocket::Role::Client);
            }
        }
    }

    #[test]
    fn any_fields_are_read_or_refused(fields in proptest::collection::vec((0_usize..6, "[ -~]{0,20}"), 0..8)) {
        let names = ["upgrade", "connection", "sec-websocket-version", "sec-websocket-key", "sec-websocket-protocol", "sec-websocket-extensions"];
        let fields: Vec<(&str, &[u8])> = fields.iter().map(|(name, value)| (names[*name], value.as_bytes())).collect();
        if let Err(rejection) = Opening::read(OpeningForm::Upgrade, &fields) {
            prop_assert!([400, 426].contains(&rejection.status()));
        }
    }
}
