"""The words of the panel "What it is learning". Those under ``train.learning.live.`` go to its script."""

WORDS: dict[str, dict[str, str]] = {
    "train.learning.title": {"en": "What it is learning"},
    "train.learning.time": {"en": "Time-lapse"},
    "train.learning.newest": {"en": "Newest"},
    "train.learning.probes": {"en": "The same pictures each time"},
    "train.learning.probes_info": {
        "en": "Pictures it does not learn from, and what it takes them for. Choose one to see what the net makes of it."
    },
    "train.learning.layer": {"en": "Layer"},
    "train.learning.confusion": {"en": "Taken for what"},
    "train.learning.confusion_info": {
        "en": "The confusion matrix: a row for each true class, a column for each answer. Choose a number to see "
        "pictures."
    },
    "train.learning.mistaken": {"en": "Most mistaken"},
    "train.learning.mistaken_info": {"en": "Wrong answers that left the truth the least probability."},
    "train.learning.filters": {"en": "First convolution"},
    "train.learning.stages": {"en": "Activations by stage"},
    "train.learning.stages_info": {
        "en": "What each stage puts out for the pictures above. A silent channel is 0 everywhere on all of them: it "
        "tells them apart in nothing."
    },
    "train.learning.column_stage": {"en": "Stage"},
    "train.learning.column_dead": {"en": "Silent channels"},
    "train.learning.column_mean": {"en": "Mean"},
    "train.learning.column_std": {"en": "Standard deviation"},
    # refusals
    "train.learning.no_epoch": {"en": "Nothing was observed at the end of this epoch"},
    "train.learning.no_weights": {"en": "The weights of this epoch were not kept"},
    "train.learning.no_probe": {"en": "There is no such picture among those asked each time"},
    "train.learning.no_epoch_cure": {"en": "Reload the page and choose another"},
    "train.learning.no_layer": {"en": "This net has no stage {layer}"},
    "train.learning.no_layer_cure": {"en": "Choose one of {layers}"},
    "train.learning.unreadable": {"en": "What was observed of this run cannot be read"},
    "train.learning.unreadable_cure": {"en": "Look at another epoch"},
    # the script
    "train.learning.live.empty": {
        "en": "At the end of each epoch of a run you will see here which pictures the net gets right, which it "
        "mistakes, and where it looks."
    },
    "train.learning.live.waiting": {"en": "The first look is taken at the end of the first epoch."},
    "train.learning.live.nothing": {"en": "This run ended before its first epoch did: nothing was observed."},
    "train.learning.live.when": {"en": "After epoch {epoch}, step {step}"},
    "train.learning.live.line": {"en": "{share} of {pictures} pictures right that it does not learn from."},
    "train.learning.live.reconnecting": {"en": "No connection. Trying again."},
    "train.learning.live.right": {"en": "right"},
    "train.learning.live.wrong": {"en": "wrong"},
    "train.learning.live.is": {"en": "is {truth}"},
    "train.learning.live.says": {"en": "{label}, {share}"},
    "train.learning.live.probe": {"en": "Picture {number}, {truth}: taken for {label}, {share}, {verdict}"},
    "train.learning.live.then": {"en": "Picture {number} after epoch {epoch}: {label}, {share}"},
    "train.learning.live.thinking": {"en": "Asking the net of then."},
    "train.learning.live.no_weights": {
        "en": "The net's weights of this epoch were not kept. Move the time-lapse to one of: {epochs}."
    },
    "train.learning.live.none_weights": {"en": "This net is too large to keep its weights of then."},
    "train.learning.live.heat": {"en": "Bright where {layer} speaks for “{label}” (Grad-CAM)."},
    "train.learning.live.cold": {"en": "Nothing in {layer} speaks for “{label}” (Grad-CAM)."},
    "train.learning.live.maps": {"en": "{caption}. The strongest first, brighter is more."},
    "train.learning.live.maps_signed": {"en": "{caption}. The strongest first; red is above 0, blue below."},
    "train.learning.live.cell": {"en": "{count} × {truth}, taken for {label}"},
    "train.learning.live.cell_right": {"en": "{count} × {truth}, recognised"},
    "train.learning.live.cell_shown": {"en": "{shown} of {count} shown, the least sure first."},
    "train.learning.live.truth": {"en": "True ↓ Answer →"},
    "train.learning.live.some_classes": {"en": "{shown} of {all} classes are shown: those with the most mistakes."},
    "train.learning.live.mistaken": {"en": "{truth}, taken for {label}, {share}"},
    "train.learning.live.mistaken_none": {"en": "No mistakes at the end of this epoch."},
    "train.learning.live.filters": {
        "en": "{shown} of {total} filters of {layer}, {side}×{side} weights each. Grey is 0; the strongest weight is "
        "{largest}."
    },
    "train.learning.live.dead": {"en": "{dead} of {channels}"},
}
