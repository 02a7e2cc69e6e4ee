"""Which class of the protocol an exception belongs to, by its type, its cause and its words.

Libraries wrap one another, so the whole chain is looked at, the innermost cause first: the system's own
exception says best what happened.
"""

import re

_URL = re.compile(r"\b[a-z]+://[^\s)'\",]+")

NONE, CONNECT, TLS, TIMEOUT, RESET, PROTOCOL, BODY, REDIRECTS, OTHER = range(9)

# libcurl's numbers: resolve, connect, TLS, time, send and receive, protocol, body, redirects.
_CURL = {
    5: CONNECT, 6: CONNECT, 7: CONNECT, 35: TLS, 51: TLS, 53: TLS, 54: TLS, 58: TLS, 59: TLS, 60: TLS, 77: TLS,
    28: TIMEOUT, 52: RESET, 55: RESET, 56: RESET, 1: PROTOCOL, 8: PROTOCOL, 16: PROTOCOL, 92: PROTOCOL,
    18: BODY, 23: BODY, 61: BODY, 47: REDIRECTS,
}

# Phrases that say it all, whatever the type is called.
_PHRASES = (
    ("source: timedout", TIMEOUT),
    ("complete message body", BODY), ("incompletebody", BODY), ("end of file before message length", BODY),
    ("without sending a response", RESET), ("without response", RESET), ("server disconnected", RESET),
    ("incompletemessage", RESET), ("closed before message completed", RESET), ("reset by peer", RESET),
    ("connection refused", CONNECT), ("certificate", TLS), ("code: ssl", TLS), ("handshake", TLS),
    ("invalid http version", PROTOCOL),
)  # fmt: skip

# Words in the lower-case name of a type, most telling first.
_NAMES = (
    ("toomanyredirects", REDIRECTS), ("timeout", TIMEOUT), ("timedout", TIMEOUT),
    ("sslerror", TLS), ("certificate", TLS), ("tls", TLS),
    ("connectionrefused", CONNECT), ("gaierror", CONNECT), ("newconnection", CONNECT), ("nameresolution", CONNECT),
    ("connectionreset", RESET), ("brokenpipe", RESET), ("remotedisconnected", RESET), ("serverdisconnected", RESET),
    ("incomplete", BODY), ("decod", BODY), ("payload", BODY), ("content", BODY), ("bodyerror", BODY),
    ("protocol", PROTOCOL), ("badstatusline", PROTOCOL), ("invalidresponse", PROTOCOL), ("badhttp", PROTOCOL),
    ("connecterror", CONNECT), ("clientconnector", CONNECT), ("connectionerror", CONNECT),
    ("readerror", RESET), ("writeerror", RESET),
)  # fmt: skip

# Words of a message, for libraries with one exception type for everything.
_WORDS = (
    ("redirect", REDIRECTS), ("timed out", TIMEOUT), ("timeout", TIMEOUT), ("deadline", TIMEOUT),
    ("certificate", TLS), ("tls", TLS), ("ssl", TLS), ("handshake", TLS),
    ("refused", CONNECT), ("dns", CONNECT), ("tcp connect", CONNECT), ("error trying to connect", CONNECT),
    ("reset", RESET), ("broken pipe", RESET), ("connection closed", RESET), ("disconnected", RESET),
    ("incomplete", BODY), ("decod", BODY), ("body", BODY), ("parse", PROTOCOL), ("invalid", PROTOCOL),
    ("connect", CONNECT),
)  # fmt: skip


def classify(exception):
    """The class (`CONNECT` to `OTHER`) and the library's own word, such as `ConnectTimeout`."""
    chain = _chain(exception)
    by_number = next(filter(None, map(_curl_class, chain)), None)
    if by_number:
        return by_number, _curl_word(exception)
    for kind_of in (_by_phrases, _by_name, _by_words):
        found = next(filter(None, map(kind_of, reversed(chain))), None)
        if found:
            return found, type(exception).__name__
    return OTHER, type(exception).__name__


def _chain(exception):
    """The exception and what it came from, outermost first."""
    chain = []
    while exception is not None and len(chain) < 12 and exception not in chain:
        chain.append(exception)
        reason = getattr(exception, "reason", None)
        inner = reason if isinstance(reason, BaseException) else None
        inner = inner or next((it for it in exception.args if isinstance(it, BaseException)), None)
        exception = inner or exception.__cause__ or exception.__context__
    return chain


def _curl_class(exception):
    code = getattr(exception, "code", None)
    if code is None and type(exception).__module__.startswith("pycurl") and exception.args:
        code = exception.args[0]
    if "curl" in type(exception).__module__ and isinstance(code, int):
        return _CURL.get(int(code), OTHER)
    return None


def _curl_word(exception):
    """pycurl has one type for everything, and tells by number."""
    name = type(exception).__name__
    return f"{name} {exception.args[0]}" if name == "error" and exception.args else name


def _by_name(exception):
    for kind in type(exception).__mro__:
        if kind.__module__ == "builtins" and kind in (Exception, BaseException, OSError):
            continue
        found = _first(_NAMES, kind.__name__.lower())
        if found:
            return found
    return None


def _by_phrases(exception):
    return _first(_PHRASES, _text(exception))


def _by_words(exception):
    return _first(_WORDS, _text(exception))


def _text(exception):
    """What it says, without the URL, whose words mean nothing."""
    return _URL.sub("", str(exception)).lower()


def _first(table, text):
    return next((kind for word, kind in table if word in text), None)
