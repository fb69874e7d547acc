"""The words around the tabs, and those more than one tab says."""

WORDS: dict[str, dict[str, str]] = {
    "page.name": {"en": "ResNet Lab"},
    "page.line": {"en": "See a residual network: its shape, its training, what it looks at."},
    "page.tab.architecture": {"en": "Architecture"},
    "page.tab.train": {"en": "Train"},
    "page.tab.predict": {"en": "Predict"},
    "page.unexpected": {
        "en": "Something failed that should not have. The terminal where the app runs shows the details; "
        "try once more, and if it fails again, report it with them."
    },
}
