"""The words of the row "Take it with you" of the Train tab. Those under ``train.take_away.live.`` go to its script."""

WORDS: dict[str, dict[str, str]] = {
    "train.take_away.title": {"en": "Take it with you"},
    "train.take_away.png": {"en": "Figure (PNG)"},
    "train.take_away.svg": {"en": "Figure (SVG)"},
    "train.take_away.events": {"en": "Events (CSV)"},
    "train.take_away.recipe": {"en": "Recipe (JSON)"},
    "train.take_away.script": {"en": "Python script"},
    # refusals
    "train.take_away.no_kind": {"en": "There is no such file of a run"},
    "train.take_away.no_kind_cure": {"en": "Ask for one of: {kinds}"},
    "train.take_away.not_yours": {"en": "Only whoever started this run can take its weights"},
    "train.take_away.not_yours_cure": {"en": "Use the browser that started it, or give the token that came with it"},
    "train.take_away.no_weights": {"en": "This run has no weights yet"},
    "train.take_away.no_weights_cure": {"en": "Wait for the end of its first epoch"},
    "train.take_away.no_step": {"en": "This run has taken no step yet, so there is nothing to draw"},
    "train.take_away.no_step_cure": {"en": "Wait for its first step"},
    # the row
    "train.take_away.live.weights": {"en": "Weights (safetensors, {size} MB)"},
    "train.take_away.live.fetching": {"en": "On its way"},
    "train.take_away.live.taken": {"en": "{name} is among your downloads."},
    "train.take_away.live.how_script": {
        "en": "Put it beside app.py, then: python predict.py WEIGHTS.safetensors PICTURE.jpg"
    },
    "train.take_away.live.not_yours": {"en": "Only the browser that started this run can take its weights."},
    "train.take_away.live.terminal": {
        "en": "This run was started on the command line: its weights are in its own folder."
    },
    "train.take_away.live.unreachable": {"en": "No connection. Try again in a moment."},
}
