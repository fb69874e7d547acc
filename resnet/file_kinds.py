"""What a file that is not a safetensors file really is, told by its first bytes, and what to do about it."""

from __future__ import annotations

import re

# First bytes -> what such a file is called.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "a git-LFS pointer"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"GGUF", "a GGUF file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
# Protocols 2 to 5 say so; 0 and 1 open with a dict, a list or the name of what to call.
PICKLE = re.compile(rb"\x80[\x02-\x05]|\([dl][pq]|[}\]]q|c[\w.]+\n[\w.]+\n")
NO_PICKLE = "A pickle can run code, so it is never opened. Save the weights with safetensors.torch.save_file instead"
CURES = {
    "a git-LFS pointer": "Fetch the real file with `git lfs pull`, or download it from the web page of its repository",
    "a PyTorch .pt file (a ZIP with a pickle inside)": NO_PICKLE,
    "a pickle": NO_PICKLE,
    "a web page (HTML)": "The download link led to a page. Use the link of the file itself",
}


def kind_of(start: bytes) -> str:
    """What a file that begins with these bytes is; "something unknown" where nothing tells."""
    if start.startswith(b"PK\x03\x04") and b"data.pkl" in start:
        return "a PyTorch .pt file (a ZIP with a pickle inside)"
    for signature, kind in SIGNATURES:
        if start.startswith(signature):
            return kind
    if PICKLE.match(start):
        return "a pickle"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:100].lower().startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        return "a web page (HTML)"
    if not any(byte < 9 or 13 < byte < 32 for byte in start):
        return "a text file"
    return "something unknown"
