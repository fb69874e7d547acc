"""How a refusal reaches the person: a sentence on the page, the same sentence through the API, never a traceback."""

from __future__ import annotations

import functools
import html
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from resnet.errors import UserError
from ui.text import t

log = logging.getLogger(__name__)
Handler = TypeVar("Handler", bound=Callable[..., Any])


def refusal(error: Exception) -> str:
    """Return the sentence to show for `error`; anything but a `UserError` is logged with its traceback."""
    if isinstance(error, UserError):
        return str(error)
    log.error("unexpected failure", exc_info=error)
    return t("page.unexpected")


def refusing(handler: Handler) -> Handler:
    """Wrap an event handler or API endpoint: errors become a `gr.Error` holding one readable sentence.

    Gradio shows the message as HTML, so names of files and arguments in it are escaped.
    """

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:  # nothing may pass as a bare "Error"
            sentence = html.escape(refusal(error), quote=False)
            raise gr.Error(sentence, print_exception=False) from None

    return wrapped  # type: ignore[return-value]


def answering(handler: Handler) -> Handler:
    """Wrap a function the page's own script calls: errors become ``{"error": sentence}``, shown through textContent."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            return {"error": refusal(error)}

    return wrapped  # type: ignore[return-value]
