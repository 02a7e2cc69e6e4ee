"""Counts of nanosecond values as Dynamometer keeps them: HdrHistogram, 1 ns to one hour, two significant digits.

The text form (`hdr-v2:` and base64 of the V2 encoding) is byte for byte what `dyno` writes, so that records of
Python can be merged and compared with its own.
"""

import base64
import struct

ONE_HOUR_NS = 3_600_000_000_000
SIGNIFICANT_DIGITS = 2
# 256 sub-buckets tell 200 values apart, which are two digits; each further bucket has the upper half of them.
SUB_BUCKET_BITS = 8
HALF_BITS = SUB_BUCKET_BITS - 1
HALF = 1 << HALF_BITS
MASK = (1 << SUB_BUCKET_BITS) - 1
COOKIE = 0x1C849313
PREFIX = "hdr-v2:"


class Histogram:
    """Counts of whole nanoseconds; each value is known to within 1/128. Not safe for threads; its owner is."""

    __slots__ = ("counts", "count", "sum")

    def __init__(self):
        self.counts = {}
        self.count = 0
        self.sum = 0

    def record(self, value_ns, times=1):
        """Counts a value; above one hour it counts as one hour."""
        value = value_ns if value_ns < ONE_HOUR_NS else ONE_HOUR_NS
        # `index_of`, in place: this is the most called line of a benchmark.
        bucket = (value | MASK).bit_length() - SUB_BUCKET_BITS
        index = ((bucket + 1) << HALF_BITS) + (value >> bucket) - HALF
        counts = self.counts
        counts[index] = counts.get(index, 0) + times
        self.count += times
        self.sum += value_ns * times

    def merge(self, other):
        for index, times in other.counts.items():
            self.counts[index] = self.counts.get(index, 0) + times
        self.count += other.count
        self.sum += other.sum

    def without(self, earlier):
        """What was counted after `earlier`, a copy of this one from before."""
        later = Histogram()
        later.counts = {index: times - earlier.counts.get(index, 0) for index, times in self.counts.items()}
        later.counts = {index: times for index, times in later.counts.items() if times}
        later.count, later.sum = self.count - earlier.count, self.sum - earlier.sum
        return later

    def min(self):
        """The smallest value, to bucket precision; 0 when empty."""
        return lowest(min(self.counts)) if self.counts else 0

    def max(self):
        """The largest value, to bucket precision; 0 when empty."""
        return highest(max(self.counts)) if self.counts else 0

    def mean(self):
        """The exact mean; 0 when empty."""
        return self.sum / self.count if self.count else 0.0

    def quantile(self, share):
        """The smallest value such that a share (0 to 1) of all values is not above its bucket; 0 when empty."""
        if not self.counts:
            return 0
        wanted = max(_ceil(share * self.count), 1)
        seen = 0
        for index in sorted(self.counts):
            seen += self.counts[index]
            if seen >= wanted:
                return highest(index)
        return self.max()

    def encode(self):
        """The text form."""
        payload = bytearray()
        at = 0
        for index in sorted(self.counts) or [0]:
            gap = index - at
            # One empty bucket is a zero, several are their negative number.
            if gap:
                payload += _varint(0 if gap == 1 else _zigzag(-gap))
            payload += _varint(_zigzag(self.counts.get(index, 0)))
            at = index + 1
        head = struct.pack(">IIIIQQd", COOKIE, len(payload), 0, SIGNIFICANT_DIGITS, 1, ONE_HOUR_NS, 1.0)
        return PREFIX + base64.b64encode(head + payload).decode("ascii")

    def headline(self):
        """The object that a record has for it, histogram included."""
        quantiles = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99_9": 0.999, "p99_99": 0.9999}
        return {
            "count": self.count,
            "min": self.min(),
            "mean": round(self.mean()),
            **{name: self.quantile(share) for name, share in quantiles.items()},
            "max": self.max(),
            "histogram": self.encode(),
        }


def index_of(value):
    """The bucket of a value."""
    bucket = (value | MASK).bit_length() - SUB_BUCKET_BITS
    return ((bucket + 1) << HALF_BITS) + (value >> bucket) - HALF


def lowest(index):
    """The lowest value of a bucket."""
    bucket = (index >> HALF_BITS) - 1
    if bucket < 0:
        return index
    return ((index & (HALF - 1)) + HALF) << bucket


def highest(index):
    """The highest value of a bucket."""
    return lowest(index + 1) - 1


def _ceil(number):
    return int(number) + (number > int(number))


def _zigzag(number):
    return (number << 1) ^ (number >> 63)


def _varint(number):
    """Seven bits a byte, lowest first; the ninth byte has eight."""
    out = bytearray()
    for _ in range(8):
        if number < 0x80:
            out.append(number)
            return out
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number & 0xFF)
    return out
