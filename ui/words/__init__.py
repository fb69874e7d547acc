"""One module of words a tab; `ui.text` puts them together."""
