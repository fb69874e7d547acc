"""Names in running text stay in one piece, and text stays text."""

from __future__ import annotations

import pytest

from ui.names import unbroken


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("against ResNet-34.", 'against <span class="lab-name">ResNet-34</span>.'),
        ("Wide ResNet-50-2", 'Wide <span class="lab-name">ResNet-50-2</span>'),
        ("multiply-adds at 3×3 - 2", "multiply-adds at 3×3 - 2"),
        ("<b>'VGG-16'</b>", '&lt;b&gt;&#x27;<span class="lab-name">VGG-16</span>&#x27;&lt;/b&gt;'),
    ],
)
def test_names_with_a_number_after_a_hyphen_do_not_break(text, html):
    assert unbroken(text) == html
