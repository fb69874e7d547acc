"""Figures and shapes: right to the last digit, and written in one way."""

from __future__ import annotations

import pytest

from ui.numbers import count, decimal, giga, megabytes, million, percent, printed, ratio, shape, shapes, signed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (count(25_557_032), "25,557,032"),
        (count(0), "0"),
        (decimal(1234.5, 2), "1,234.50"),
        (decimal(0.0, 2), "0.00"),
        (signed(77_070_336), "+77,070,336"),
        (signed(-198_656), "−198,656"),
        (signed(-1.722, 2), "−1.72"),
        (signed(2**53 + 1), "+9,007,199,254,740,993"),
        (giga(4_089_184_256), "4.089"),
        (giga(1_234_567_890_123), "1,234.568"),
        (giga(79_978_752), "0.080"),
        (giga(40_551_040), "0.041"),
        (giga(40_551), "0.00004"),
        (giga(0), "0"),
        (million(25_557_032), "25.557"),
        (million(269_722), "0.270"),
        (megabytes(150_213_536), "150.2"),
        (megabytes(4_387_000), "4.39"),
        (megabytes(9_999_999), "10.00"),
        (megabytes(4_000), "0.00400"),
        (megabytes(0), "0"),
        (percent(1, 8), "12.5"),
        (percent(8, 8), "100.0"),
        (percent(9_536, 21_623_848), "0.04"),
        (percent(0, 8), "0"),
        (percent(0, 0), "0"),
        (printed(76.13, "torchvision, IMAGENET1K_V1"), "76.130"),
        (printed(75.5, "He et al. 2015, table 3"), "75.50"),
    ],
)
def test_figures(written, expected):
    assert written == expected


@pytest.mark.parametrize(
    ("value", "first", "expected"),
    [
        (112, 100, "1.12×"),
        (100, 100, "1.00×"),
        (100_004, 100_000, "1.00004×"),
        (1001, 1000, "1.001×"),
        (1, 60, "0.017×"),
        (1, 100_000, "0.000010×"),
        (2166, 100, "21.66×"),
        (0, 5, "0×"),
        (5, 0, "–"),
    ],
)
def test_ratios_tell_different_from_equal_and_from_nothing(value, first, expected):
    assert ratio(value, first) == expected


def test_shapes_have_no_place_where_a_line_may_break():
    assert shape((64, 112, 112)) == "64×112×112"
    assert shape((1000,)) == "1000"
    assert shapes([(64, 56, 56), (64, 56, 56)]) == "64×56×56"
    assert shapes([(64, 28, 28), (128, 28, 28)]) == "64×28×28 + 128×28×28"
