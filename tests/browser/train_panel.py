"""The live panel of the Train tab, as its tests look at it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

LONG = {"epochs": 10_000, "train_pictures": 64, "val_pictures": 32, "batch": 16, "image_px": 16, "shift_px": 1}
PATIENT = 90_000  # milliseconds: a busy machine needs them, a quiet one about one second


def train_tab(page: Page) -> Locator:
    """The live panel, once it is there."""
    panel = page.locator("#train-live .live")
    expect(panel).to_be_visible(timeout=PATIENT)
    return panel


def own(page: Page, run: dict[str, str]) -> None:
    """Let this browser own a run, as if it had been started here."""
    page.evaluate(
        "run => { localStorage.setItem('lab.tokens', JSON.stringify({[run.run]: run.token})); }",
        run,
    )


def at_step(panel: Locator) -> int:
    """The step the panel shows; 0 before the first."""
    text = panel.locator("[data-figure=step]").inner_text()
    return int(text.split(" of ")[0].replace(",", "")) if " of " in text else 0


def wait_for_step(page: Page, panel: Locator, step: int) -> None:
    """Wait until the panel shows at least this step."""
    page.wait_for_function(
        """step => {
          const text = document.querySelector("#train-live [data-figure=step]").textContent.split(" of ")[0];
          return Number(text.replaceAll(",", "")) >= step;
        }""",
        arg=step,
        timeout=PATIENT,
    )
    assert at_step(panel) >= step


def inked(panel: Locator, chart: str, colour: str = "accent") -> int:
    """How many pixels of the chart have a colour, roughly; "accent" is the training curve's."""
    return int(
        panel.locator(f"[data-chart={chart}] canvas").evaluate(
            """(canvas, name) => {
              const colour = getComputedStyle(canvas).getPropertyValue(`--lab-${name}`).trim();
              const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
              const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              let count = 0;
              for (let i = 0; i < data.length; i += 4) {
                const near = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 60;
                if (near && data[i + 3] > 200) count += 1;
              }
              return count;
            }""",
            colour,
        )
    )
