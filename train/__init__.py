"""Everything from pictures on disk to a trained checkpoint; no user interface."""
