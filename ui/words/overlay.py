"""The words of the panel "Compare runs". Those under ``train.overlay.live.`` go to its script."""

WORDS: dict[str, dict[str, str]] = {
    "train.overlay.title": {"en": "Compare runs"},
    "train.overlay.about": {
        "en": "An experiment starts runs that differ in one thing alone. They take turns, so their curves grow side by "
        "side. Your own runs can be compared, too, once there are two."
    },
    "train.overlay.sets": {"en": "Ready-made experiments"},
    "train.overlay.depth": {"en": "Does depth help?"},
    "train.overlay.depth_info": {  # measured, two cores of an AMD EPYC: 3.5 minutes; the ReLU set 2.2, warm or cold 2.1
        "en": "Plain nets of 20 and 56 layers, and the same two with shortcuts, {steps} steps each: three to four "
        "minutes on two cores, and only the beginning of the paper's 64,000."
    },
    "train.overlay.relu": {"en": "Where should the ReLU go?"},
    "train.overlay.relu_info": {
        "en": "ResNet-18 with each block's last ReLU after the addition, as in the paper, and before it, {steps} steps "
        "each: about two minutes on two cores. Expect a small difference, or none."
    },
    "train.overlay.warm": {"en": "Warm or cold start"},
    "train.overlay.warm_info": {
        "en": "The same net from weights that know cats and dogs already, and from random ones, {steps} steps each: "
        "about two minutes on two cores."
    },
    "train.overlay.start": {"en": "Start {runs} runs"},
    "train.overlay.on": {"en": "Pictures"},
    "train.overlay.runs": {"en": "Runs to compare"},
    "train.overlay.column_run": {"en": "Run"},
    "train.overlay.column_state": {"en": "State"},
    "train.overlay.column_step": {"en": "Step"},
    "train.overlay.column_accuracy": {"en": "Validation accuracy"},
    "train.overlay.column_loss": {"en": "Training loss"},
    "train.overlay.accuracy": {"en": "Validation accuracy"},
    "train.overlay.accuracy_unit": {"en": "of pictures it has not learned from, after each epoch"},
    "train.overlay.loss": {"en": "Training loss"},
    "train.overlay.curves_table": {"en": "Curves as a table"},
    # what runs are called
    "train.overlay.named": {"en": "{name} · {net}"},
    "train.overlay.nth": {"en": "no. {n}"},
    # what settings are called
    "train.overlay.setting.name": {"en": "recipe"},
    "train.overlay.setting.data": {"en": "pictures"},
    "train.overlay.setting.norm": {"en": "norm"},
    "train.overlay.setting.init": {"en": "initial weights"},
    "train.overlay.setting.freeze": {"en": "frozen layers"},
    "train.overlay.setting.image_px": {"en": "picture side, px"},
    "train.overlay.setting.start_px": {"en": "first side, px"},
    "train.overlay.setting.stored_px": {"en": "stored side, px"},
    "train.overlay.setting.val_px": {"en": "validation side, px"},
    "train.overlay.setting.epochs": {"en": "epochs"},
    "train.overlay.setting.batch": {"en": "batch"},
    "train.overlay.setting.batch_per_process": {"en": "batch a process"},
    "train.overlay.setting.optimizer": {"en": "optimizer"},
    "train.overlay.setting.lr": {"en": "learning rate"},
    "train.overlay.setting.momentum": {"en": "momentum"},
    "train.overlay.setting.weight_decay": {"en": "weight decay"},
    "train.overlay.setting.schedule": {"en": "schedule"},
    "train.overlay.setting.label_smoothing": {"en": "label smoothing"},
    "train.overlay.setting.ema": {"en": "weight average"},
    "train.overlay.setting.flip": {"en": "flips"},
    "train.overlay.setting.mirrored": {"en": "mirrored answer"},
    "train.overlay.setting.shift_px": {"en": "shifts, px"},
    "train.overlay.setting.crop": {"en": "crop"},
    "train.overlay.setting.crop_area": {"en": "crop area"},
    "train.overlay.setting.colour": {"en": "colour changes"},
    "train.overlay.setting.turned": {"en": "turned pictures"},
    "train.overlay.setting.train_pictures": {"en": "training pictures"},
    "train.overlay.setting.val_pictures": {"en": "validation pictures"},
    "train.overlay.setting.drawn_pictures": {"en": "drawn pictures added"},
    "train.overlay.setting.seed": {"en": "seed"},
    "train.overlay.setting.precision": {"en": "precision"},
    "train.overlay.setting.device": {"en": "device"},
    "train.overlay.setting.threads": {"en": "threads"},
    "train.overlay.yes": {"en": "yes"},
    "train.overlay.no": {"en": "no"},
    "train.overlay.none": {"en": "none"},
    "train.overlay.random": {"en": "random"},
    "train.overlay.unsettled": {"en": "not settled yet"},
    # the script
    "train.overlay.live.choose": {"en": "Check 2 to {most} runs to lay their curves over each other."},
    "train.overlay.live.only_one": {
        "en": "One run so far. Start another with a setting changed, then check both to lay their curves over each "
        "other."
    },
    "train.overlay.live.one_more": {"en": "Check one more run to see what tells them apart."},
    "train.overlay.live.same": {"en": "All other settings, {same} of them, are the same."},
    "train.overlay.live.all": {"en": "Show all {count} runs"},
    "train.overlay.live.full": {"en": "No more than {most} at once: colours would no longer tell them apart."},
    "train.overlay.live.gone": {"en": "Not here, or no longer: {count} of the runs that this address names."},
    "train.overlay.live.check": {"en": "Compare {run}, {facts}"},
    "train.overlay.live.whole_set": {"en": "Check the whole set: {title}"},
    "train.overlay.live.stop_set": {"en": "Stop the set"},
    "train.overlay.live.stop_set_label": {"en": "Stop the set: {title}. Each run keeps its weights."},
    "train.overlay.live.reconnecting": {"en": "No connection. Trying again; training goes on without this page."},
    "train.overlay.live.yours": {"en": "yours"},
    "train.overlay.live.drawn": {"en": "drawn cats and dogs"},
    "train.overlay.live.step_of": {"en": "{step} of {steps}"},
    "train.overlay.live.step_axis": {"en": "step"},
    "train.overlay.live.loss_unit": {"en": "mean over about {steps} steps"},
    "train.overlay.live.at_cursor": {"en": "At step {step}"},
    "train.overlay.live.at_equal": {"en": "At step {step}, which all have reached"},
    "train.overlay.live.at_none": {"en": "Not all have taken a step yet"},
    "train.overlay.live.chart_label": {
        "en": "{chart} of {count} runs over {steps} steps. {at}: {values}. Arrow keys read single steps."
    },
    "train.overlay.live.chart_empty": {"en": "{chart}: nothing to draw yet."},
    "train.overlay.live.charts": {"en": "Curves of the compared runs"},
    "train.overlay.live.this": {"en": "Trained here"},
    "train.overlay.live.this_mark": {"en": "trained here"},
    "train.overlay.live.this_told": {"en": "{count} short runs of {steps} steps."},
    "train.overlay.live.recording": {"en": "The long recording"},
    "train.overlay.live.recording_mark": {"en": "long recording"},
    "train.overlay.live.recorded": {
        "en": "Not trained here: recorded {day} on {machine}. {steps} steps of {batch} pictures at {image_px} px, "
        "learning rate {lr}, seed {seed}, {pictures} pictures ({data})."
    },
    # while there is nothing to draw
    "train.overlay.live.wait_one": {
        "en": "Waiting: one run, or one set of runs, comes first. Then these start by themselves."
    },
    "train.overlay.live.wait": {
        "en": "Waiting: {ahead} runs, or sets of runs, come first. Then these start by themselves."
    },
    "train.overlay.live.wait_paused_one": {
        "en": "Waiting: what comes first is paused. These start when it is over or makes way."
    },
    "train.overlay.live.wait_paused": {
        "en": "Waiting: {ahead} runs, or sets of runs, come first, and what trains is paused. These start when all are "
        "over or make way."
    },
    "train.overlay.live.wait_now": {"en": "In training now: {runs}."},
    "train.overlay.live.wait_paused_now": {"en": "Paused now: {runs}."},
    "train.overlay.live.wait_starting": {"en": "Starting: a training process takes these runs up."},
    "train.overlay.live.wait_preparing": {"en": "Preparing the pictures. The first step follows."},
    "train.overlay.live.wait_running": {"en": "The first step is being taken."},
    "train.overlay.live.wait_resumed": {
        "en": "Paused before the first step. The curves begin when training is resumed."
    },
    "train.overlay.live.wait_interrupted": {
        "en": "Interrupted before the first step. The curves begin when training is resumed."
    },
    "train.overlay.live.wait_over": {"en": "Over before a first step: there is nothing to draw."},
    "train.overlay.live.state_queued": {"en": "waiting"},
    "train.overlay.live.state_preparing": {"en": "preparing"},
    "train.overlay.live.state_running": {"en": "training"},
    "train.overlay.live.state_paused": {"en": "paused"},
    "train.overlay.live.state_finished": {"en": "done"},
    "train.overlay.live.state_stopped": {"en": "stopped"},
    "train.overlay.live.state_diverged": {"en": "diverged"},
    "train.overlay.live.state_failed": {"en": "failed"},
    "train.overlay.live.state_interrupted": {"en": "interrupted"},
}
