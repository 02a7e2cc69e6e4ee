"""What the package logs: loggers below `dynamometer`, whose lines hide credentials by value.

`dynamometer.settings` logs what variables set, `dynamometer.runner` begins and ends of benchmarks and what workers write to
stderr, `dynamometer.decorator` arguments that say nothing. No handler is installed: a program decides where lines go.
"""

import base64
import json
import logging
import re
from urllib.parse import quote, unquote, urlsplit

REDACTED = "[redacted]"
# Shorter values would hide innocent text everywhere.
SHORTEST = 3

_secrets = set()


def keep_secret(value):
    """Hides a value and its encoded forms in every line from now on."""
    if len(value) >= SHORTEST:
        encoded = base64.b64encode(value.encode()).decode()
        _secrets.update((value, quote(value, safe=""), encoded, json.dumps(value)[1:-1]))


def keep_credentials(headers, url, secret_headers):
    """Hides the values of secret header fields, and user and password of the URL."""
    for name, value in headers.items():
        if name.lower() in secret_headers:
            keep_secret(value)
            # Without the scheme, too: `Bearer TOKEN`.
            for part in value.split()[1:]:
                keep_secret(part)
    parts = urlsplit(url)
    if parts.password:
        user, password = unquote(parts.username or ""), unquote(parts.password)
        keep_secret(password)
        keep_secret(parts.password)
        keep_secret(f"{user}:{password}")


def redact(text):
    """The text with every secret replaced, the longest first."""
    if not _secrets:
        return text
    # In one pass, so that what stands in for one secret is not searched for another.
    return re.sub("|".join(map(re.escape, sorted(_secrets, key=len, reverse=True))), REDACTED, text)


class RedactingFilter(logging.Filter):
    """Hides secrets in lines and their tracebacks. For handlers of a program's own loggers, too."""

    def filter(self, record):
        text = record.getMessage()
        record.msg, record.args = redact(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def logger(name):
    """The logger `dynamometer.NAME`."""
    made = logging.getLogger(f"dynamometer.{name}")
    if not any(isinstance(it, RedactingFilter) for it in made.filters):
        made.addFilter(RedactingFilter())
    return made
