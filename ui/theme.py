"""The look as Gradio understands it. Every colour is a variable that `static/lab.css` defines for light and dark."""

from __future__ import annotations

import inspect

import gradio as gr
from gradio.themes.utils import colors, sizes

PAPER = "var(--lab-paper)"
RAISED = "var(--lab-raised)"
INK = "var(--lab-ink)"
SOFT = "var(--lab-soft)"
RULE = "var(--lab-rule)"
ACCENT = "var(--lab-accent)"
ON_ACCENT = "var(--lab-on-accent)"
NONE = "transparent"

_TEXT = sizes.Size(name="lab_text", xxs="12px", xs="13px", sm="13px", md="15px", lg="18px", xl="24px", xxl="36px")

_SETTINGS = {
    "body_background_fill": PAPER,
    "body_text_color": INK,
    "body_text_color_subdued": SOFT,
    "background_fill_primary": RAISED,
    "background_fill_secondary": PAPER,
    "border_color_primary": RULE,
    "border_color_accent": ACCENT,
    "border_color_accent_subdued": RULE,
    "color_accent": ACCENT,
    "color_accent_soft": "var(--lab-tint)",
    "link_text_color": ACCENT,
    "link_text_color_active": ACCENT,
    "link_text_color_hover": ACCENT,
    "link_text_color_visited": ACCENT,
    "code_background_fill": PAPER,
    # Blocks are paper with a hairline, not cards that float.
    "block_background_fill": NONE,
    "block_border_color": RULE,
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_padding": "0px",
    "block_info_text_color": SOFT,
    "block_info_text_size": "*text_sm",
    "block_label_background_fill": RAISED,
    "block_label_border_color": RULE,
    "block_label_text_color": SOFT,
    "block_title_text_color": INK,
    "block_title_text_size": "*text_sm",
    "block_title_text_weight": "600",
    "form_gap_width": "0px",
    "layout_gap": "16px",
    "panel_background_fill": NONE,
    "panel_border_width": "0px",
    "accordion_text_color": INK,
    "table_text_color": INK,
    "table_border_color": RULE,
    "table_even_background_fill": RAISED,
    "table_odd_background_fill": RAISED,
    "table_row_focus": "var(--lab-tint)",
    "table_radius": "4px",
    "input_background_fill": RAISED,
    "input_background_fill_focus": RAISED,
    "input_border_color": "var(--lab-edge)",
    "input_border_color_focus": ACCENT,
    "input_border_width": "1px",
    "input_placeholder_color": SOFT,
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "input_radius": "4px",
    "input_text_size": "*text_md",
    "checkbox_background_color": RAISED,
    "checkbox_background_color_selected": ACCENT,
    "checkbox_border_color": "var(--lab-edge)",
    "checkbox_border_color_selected": ACCENT,
    "checkbox_label_background_fill": RAISED,
    "checkbox_label_background_fill_hover": RAISED,
    "checkbox_label_background_fill_selected": "var(--lab-tint)",
    "checkbox_label_border_color": "var(--lab-edge)",
    "checkbox_label_border_color_selected": ACCENT,
    "checkbox_label_border_width": "1px",
    "checkbox_label_text_color": INK,
    "checkbox_label_text_color_selected": INK,
    "checkbox_label_shadow": "none",
    "checkbox_shadow": "none",
    "error_background_fill": RAISED,
    "error_border_color": "var(--lab-bad)",
    "error_text_color": "var(--lab-bad)",
    "error_icon_color": "var(--lab-bad)",
    "loader_color": ACCENT,
    "slider_color": ACCENT,
    "stat_background_fill": "var(--lab-tint)",
    "button_border_width": "1px",
    "button_transition": "none",
    "button_large_padding": "9px 16px",
    "button_large_radius": "4px",
    "button_large_text_size": "*text_md",
    "button_small_radius": "4px",
    "button_medium_radius": "4px",
    "button_primary_background_fill": ACCENT,
    "button_primary_background_fill_hover": "var(--lab-accent-strong)",
    "button_primary_border_color": ACCENT,
    "button_primary_border_color_hover": "var(--lab-accent-strong)",
    "button_primary_text_color": ON_ACCENT,
    "button_primary_text_color_hover": ON_ACCENT,
    "button_primary_shadow": "none",
    "button_secondary_background_fill": RAISED,
    "button_secondary_background_fill_hover": "var(--lab-tint)",
    "button_secondary_border_color": "var(--lab-edge)",
    "button_secondary_border_color_hover": INK,
    "button_secondary_text_color": INK,
    "button_secondary_text_color_hover": INK,
    "button_secondary_shadow": "none",
}


class LabTheme(gr.themes.Base):
    """Quiet paper, precise ink, IBM Plex from Gradio's own files: nothing is fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            primary_hue=colors.blue,
            neutral_hue=colors.gray,
            radius_size=sizes.radius_sm,
            text_size=_TEXT,
            # Weight 700: the files that Gradio ships for 600 hold Cyrillic letters only.
            font=(gr.themes.LocalFont("IBM Plex Sans", (400, 700)), "system-ui", "sans-serif"),
            font_mono=(gr.themes.LocalFont("IBM Plex Mono", (400, 700)), "ui-monospace", "monospace"),
        )
        self.name = "resnet-lab"
        # The variables change with light and dark by themselves, so both modes point at the same ones.
        known = inspect.signature(gr.themes.Base.set).parameters
        dark = {f"{name}_dark": value for name, value in _SETTINGS.items() if f"{name}_dark" in known}
        super().set(**_SETTINGS, **dark)
