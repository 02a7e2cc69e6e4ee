"""The histogram against what `dyno` wrote of the same values."""

import base64
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dynamometer.histogram import ONE_HOUR_NS, PREFIX, Histogram, highest, index_of, lowest  # noqa: E402

# Read and written again by dyno, which gave the same text.
EDGES = "hdr-v2:HISTEwAAABsAAAAAAAAAAgAAAAAAAAABAAADRjC4oAA/8AAAAAAAAAIC+QEEAvsBBuoH+wECAuUV4MUIAukTBMkXBA=="
# The response times of 200 requests, from a record of dyno, with the figures that it gives for them.
MEASURED = (
    "hdr-v2:HISTEwAAAGcAAAAAAAAAAgAAAAAAAAABAAADRjC4oAA/8AAAAAAAAPUPAgIDAgITAgQAAgkCAwI9BBYMBgQGFBYGBAIABAMEBAIVAgIRAj0CDjIc"
    "DgYCBAIECAoEBAIAAgACAwIEFwIvDBQMAgIEAgIRAgMCAwIlAgMCCQIRAg8CFwIhAg0CXwJXAgUCRwI="
)
FIGURES = {
    "count": 200, "min": 16064, "p50": 33279, "p75": 36095, "p90": 48895, "p95": 59903, "p99": 139263,
    "p99_9": 181247, "p99_99": 181247, "max": 181247,
}  # fmt: skip


def decode(text):
    """The histogram of a text: enough of the format for these tests."""
    payload = base64.b64decode(text[len(PREFIX) :])[40:]
    histogram, index, number, shift = Histogram(), 0, 0, 0
    for byte in payload:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            count = number >> 1 ^ -(number & 1)
            if count > 0:
                histogram.record(lowest(index), count)
            index += -count if count < 0 else 1
            number = shift = 0
    return histogram


class HistogramTests(unittest.TestCase):
    def test_it_writes_what_dyno_writes(self):
        histogram = Histogram()
        for value, times in (
            (0, 1), (1, 1), (127, 2), (128, 1), (255, 3), (256, 1), (257, 500), (511, 1), (512, 1), (1_000_000, 70_000),
            (1_007_000, 1), (987_654_321, 2), (ONE_HOUR_NS, 1), (ONE_HOUR_NS * 9, 1),
        ):  # fmt: skip
            histogram.record(value, times)
        self.assertEqual(histogram.encode(), EDGES)
        self.assertEqual(Histogram().encode(), "hdr-v2:HISTEwAAAAEAAAAAAAAAAgAAAAAAAAABAAADRjC4oAA/8AAAAAAAAAA=")

    def test_it_reads_figures_as_dyno_reads_them(self):
        histogram = decode(MEASURED)
        headline = histogram.headline()
        self.assertEqual(headline.pop("histogram"), MEASURED)
        headline.pop("mean")
        self.assertEqual(headline, FIGURES)

    def test_a_value_is_known_to_one_part_in_128(self):
        for exponent in range(42):
            for value in ((1 << exponent) - 1, 1 << exponent, (1 << exponent) + 1, 3 << exponent):
                value = min(value, ONE_HOUR_NS)
                index = index_of(value)
                self.assertTrue(lowest(index) <= value <= highest(index), value)
                self.assertLessEqual(highest(index) - lowest(index), value / 128)
                self.assertEqual(index_of(lowest(index)), index_of(highest(index)))

    def test_merging_is_recording_together(self):
        parts = [Histogram(), Histogram()]
        together = Histogram()
        for number in range(2000):
            value = number * number * 37
            parts[number % 2].record(value)
            together.record(value)
        parts[0].merge(parts[1])
        self.assertEqual((parts[0].encode(), parts[0].mean()), (together.encode(), together.mean()))

    def test_an_empty_one_has_zeros(self):
        self.assertEqual(set(Histogram().headline().values()) - {Histogram().encode()}, {0})


if __name__ == "__main__":
    unittest.main()
