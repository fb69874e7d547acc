"""The words around the tabs, and those more than one tab says."""

WORDS: dict[str, dict[str, str]] = {
    "page.name": {"en": "ResNet Lab"},
    "page.line": {"en": "See a residual network: its shape, its training, what it looks at."},
    "page.tab.architecture": {"en": "Architecture"},
    "page.tab.train": {"en": "Train"},
    "page.tab.predict": {"en": "Predict"},
    "page.unreachable": {"en": "The server does not answer. Is it still running? Then try again."},
    # said in the terminal before there is a page
    "page.host_elsewhere": {"en": "{host} is not an address of this machine"},
    "page.host_none": {"en": "{host} is not an address"},
    "page.host_cure": {"en": "Use 127.0.0.1 or 0.0.0.0"},
    "page.port_rights": {"en": "Port {port} needs administrator rights"},
    "page.port_rights_cure": {"en": "Choose one above 1023: --port 7860"},
    "page.port_taken": {"en": "Port {port} is taken by another program"},
    "page.port_taken_cure": {"en": "Stop that program, or choose another port: --port {other}"},
    "page.check_python": {"en": "This is Python {version}"},
    "page.check_python_cure": {"en": "Use Python 3.10, 3.11, 3.12 or 3.13"},
    "page.check_import": {"en": "It cannot be imported ({reason})"},
    "page.check_import_cure": {"en": "Install what is missing: pip install -r requirements.txt"},
    "page.check_runs": {"en": "Nothing can be written there ({reason})"},
    "page.check_runs_cure": {"en": "Name a folder that can be written: --runs DIR"},
    "page.unexpected": {
        "en": "Something failed that should not have. The terminal where the app runs shows the details; "
        "try once more, and if it fails again, report it with them."
    },
}
