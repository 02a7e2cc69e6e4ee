"""What the package logs: loggers below `dynamometer`, whose lines hide credentials by value.

`dynamometer.settings` logs what variables set, `dynamometer.runner` begins and ends of benchmarks and what workers write to
stderr, `dynamometer.decorator` arguments that say nothing, `dynamometer.storage` rows that cannot be read. No handler is installed: a program decides where lines go.
"""

import base64
import json
import logging
import re
from urllib.parse import quote, unquote, urlsplit

REDACTED = "[redacted]"
# What is shorter is not looked for.
SHORTEST = 3

# Parts of names whose values are credentials, wherever they stand: header fields, queries, bodies. The same as in `dyno`.
SECRET_PARTS = (
    "authorization", "cookie", "password", "passwd", "secret", "token", "api-key", "api_key", "apikey", "credential",
)  # fmt: skip

_secrets = set()


def is_secret_name(name):
    """Whether the value of a header field, a parameter of a query or a key of this name is likely to be a credential."""
    return any(part in name.lower() for part in SECRET_PARTS)


def secrets_of(headers, url, body=""):
    """The credentials in header fields, in a URL (user, password, query) and in a body in JSON or as a form, by their names."""
    found = set()
    for name, value in headers.items():
        if is_secret_name(name):
            found.add(value)
            # Without the scheme, too: `Bearer TOKEN`. Of cookies each value.
            is_cookie = "cookie" in name.lower()
            found.update(it.partition("=")[2].strip() for it in value.split(";")) if is_cookie else found.update(value.split()[1:])
    parts = urlsplit(url)
    if parts.password:
        user, password = unquote(parts.username or ""), unquote(parts.password)
        found.update((password, parts.password, f"{user}:{password}"))
    found.update(_of_pairs(parts.query))
    try:
        found.update(_of_json(json.loads(body)))
    except ValueError:
        found.update(_of_pairs(body))
    # Shorter ones would hide innocent text everywhere.
    return {it for it in found if len(it) >= SHORTEST}


def _of_pairs(text):
    for name, _, value in (it.partition("=") for it in text.split("&")):
        if is_secret_name(name):
            yield from (value, unquote(value))


def _of_json(value):
    if isinstance(value, list):
        for it in value:
            yield from _of_json(it)
    elif isinstance(value, dict):
        for name, it in value.items():
            if is_secret_name(name) and isinstance(it, (str, int, float)) and not isinstance(it, bool):
                yield str(it)
            else:
                yield from _of_json(it)


def keep_secret(value):
    """Hides a value and its encoded forms in every line from now on."""
    if len(value) >= SHORTEST:
        _secrets.update(_forms(value))


def keep_credentials(headers, url, body=""):
    """Hides what `secrets_of` finds in every line from now on."""
    for value in secrets_of(headers, url, body):
        keep_secret(value)


def _forms(value):
    encoded = base64.b64encode(value.encode()).decode()
    return {value, quote(value, safe=""), encoded, json.dumps(value)[1:-1]}


def hide(text, secrets):
    """The text with these secrets and their encoded forms replaced."""
    return _replace(text, {form for value in secrets for form in _forms(value)})


def redact(text):
    """The text with every known secret replaced."""
    return _replace(text, _secrets)


def _replace(text, secrets):
    if not secrets:
        return text
    # The longest first, and in one pass, so that what stands in for one secret is not searched for another.
    return re.sub("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))), REDACTED, text)


class RedactingFilter(logging.Filter):
    """Hides secrets in lines and their tracebacks. For handlers of a program's own loggers, too."""

    def filter(self, record):
        try:
            text = record.getMessage()
        except Exception:  # arguments that do not fit must not end the program, nor come out as they are
            text = f"{record.msg} {record.args!r}"
        record.msg, record.args = redact(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def logger(name):
    """The logger `dynamometer.NAME`."""
    made = logging.getLogger(f"dynamometer.{name}")
    if not any(isinstance(it, RedactingFilter) for it in made.filters):
        made.addFilter(RedactingFilter())
    return made
