"""Lines of JSON between worker and host, and the base64 columns inside of them.

Knows no message by name; `sdk` does. Sending is safe from any thread.
"""

import base64
import json
import os
import sys
import threading
from array import array

LINE_BYTES_MAX = 4 * 1024 * 1024


class Wire:
    """The two ends of a worker's conversation.

    Making one moves descriptor 1 away and lets everything that prints go to stderr, so that a library's
    `print` is never taken for a message.
    """

    def __init__(self):
        sys.stdout.flush()
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._in = sys.stdin.buffer
        self._lock = threading.Lock()

    def send(self, message_type, **fields):
        """Writes one message. A host that has gone away ends the worker, as its end of stdin would."""
        fields["t"] = message_type
        line = memoryview(json.dumps(fields, separators=(",", ":")).encode() + b"\n")
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._out, line) :]
            except OSError:
                os._exit(0)

    def messages(self):
        """Every message of the host, until it closes the pipe."""
        for line in self._in:
            try:
                message = json.loads(line)
            except ValueError:
                self.send("log", level="warn", msg=f"not JSON, ignored: {line[:80]!r}")
                continue
            if isinstance(message, dict) and isinstance(message.get("t"), str):
                yield message


def column(values):
    """A little-endian array in base64."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return base64.b64encode(values).decode("ascii")


def read_column(typecode, text):
    """The array of a base64 column.

    Raises `ValueError` when the text is not base64 or its length is no multiple of the item's size.
    """
    values = array(typecode)
    values.frombytes(base64.b64decode(text, validate=True))
    if sys.byteorder == "big":
        values.byteswap()
    return values
