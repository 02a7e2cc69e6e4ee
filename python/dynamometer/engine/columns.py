"""The samples of one lane in arrays: appended by the lane, taken by whoever flushes.

One append of an array costs a fraction of a tuple in a list and 4 or 8 bytes, and the interpreter's lock makes append,
slice and delete of one array atomic. A row counts once its last column (`rx`) is there.
"""

from array import array

from .wire import column

# Rows of one message: 44 base64 bytes each stay well below the largest line.
ROWS_MAX = 50_000
U32_MAX = 0xFFFF_FFFF


class Columns:
    """Samples of a lane. `seq` is appended before the call, everything else after it."""

    def __init__(self, has_chunks, has_detail):
        self.seq = array("I")
        self.start = array("Q")
        self.dur = array("Q")
        self.code = array("H")
        self.chunks = array("I") if has_chunks else None
        self.ttfb = array("Q") if has_detail else None
        self.new = array("B") if has_detail else None
        self.rx = array("I")
        # Failures are rare, so their class is kept by seq instead of as a column.
        self.failures = {}

    def take(self):
        """Removes the complete rows and returns them by column; safe while the lane appends."""
        rows = len(self.rx)
        taken = {}
        for name in ("seq", "start", "dur", "code", "chunks", "ttfb", "new", "rx"):
            values = getattr(self, name)
            if values is not None:
                taken[name] = values[:rows]
                del values[:rows]
        return taken


def samples(taken, failures, sent_bytes):
    """Messages' fields for rows that `Columns.take` returned, in parts that fit a line.

    `failures` is the class by seq, `sent_bytes` the function from seq to the size of the body that was sent.
    """
    rows = len(taken["rx"])
    for begin in range(0, rows, ROWS_MAX):
        part = {name: values[begin : begin + ROWS_MAX] for name, values in taken.items()}
        seqs = part["seq"]
        fields = {name: column(values) for name, values in part.items()}
        fields["err"] = column(array("B", [failures.get(seq, 0) for seq in seqs] if failures else bytes(len(seqs))))
        fields["tx"] = column(array("I", [sent_bytes(seq) for seq in seqs]))
        yield {"n": len(seqs), **fields}
