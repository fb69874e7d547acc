"""The words of the Train tab. Those under ``train.live.`` go to its script."""

WORDS: dict[str, dict[str, str]] = {
    "train.data": {"en": "Pictures"},
    "train.data_drawn": {"en": "Drawn cats and dogs"},
    "train.data_upload": {"en": "A ZIP of my own"},
    "train.data_info": {"en": "Drawn ones are made here, without end; nothing is downloaded."},
    "train.upload": {"en": "ZIP, one folder a class"},
    "train.net": {"en": "Net"},
    "train.net_info": {"en": "Narrow nets learn while you watch; ResNet-18 takes its time."},
    "train.recipe": {"en": "Recipe"},
    "train.recipe_live": {"en": "Live: a minute or two"},
    "train.recipe_info": {"en": "Times are of two idle cores."},
    "train.recipe_photos": {"en": "Photos: real ones, to 90 %"},
    "train.recipe_thorough": {"en": "Thorough: an hour, the best"},
    "train.recipe_finetune": {"en": "Fine-tune: from our photo net"},
    "train.recipe_degradation": {"en": "Degradation: plain or residual"},
    "train.recipe_reference": {"en": "Reference: torchvision's, GPUs"},
    "train.recipe_article": {"en": "Article: Adam, random crops"},
    "train.settings": {"en": "Settings"},
    "train.epochs": {"en": "Epochs"},
    "train.epochs_info": {"en": "How often every picture is seen."},
    "train.image_px": {"en": "Picture size"},
    "train.image_px_info": {
        "en": "Side of the square the net sees, in pixels. Twice the side is four times the work: the article's 512 "
        "costs 64 times what 64 does."
    },
    "train.lr": {"en": "Learning rate"},
    "train.lr_info": {"en": "The length of a step; at its highest where it changes."},
    "train.seed": {"en": "Random seed"},
    "train.seed_info": {"en": "Same seed, same start, same order."},
    "train.start": {"en": "Start training"},
    # refusals
    "train.no_data": {"en": "There are no pictures called {asked}"},
    "train.no_data_cure": {"en": "Choose one of: {names}; or put a ZIP or a folder into the data folder"},
    "train.no_zip": {"en": "This file is not a ZIP"},
    "train.no_zip_cure": {"en": "Upload a ZIP with one folder of pictures for each class"},
    "train.not_kept": {"en": "The ZIP could not be kept ({reason})"},
    "train.not_kept_cure": {"en": "Free some disk space and try again"},
    "train.no_upload": {"en": "There is no ZIP yet"},
    "train.no_upload_cure": {"en": "Upload one, or choose other pictures"},
    "train.no_seq": {"en": "This is not the number of an event"},
    "train.no_seq_cure": {"en": "Give 0, or the last seq you have"},
    "train.no_tokens": {"en": "Tokens are no table of runs and tokens"},
    "train.no_tokens_cure": {"en": "Give {run id: token}"},
    "train.no_settings": {"en": "Settings are no table of names and values"},
    "train.no_settings_cure": {"en": 'Give {"epochs": 3}, say'},
    "train.no_setting": {"en": "'{name}' is not a setting"},
    "train.no_setting_cure": {"en": "Give it as an argument of its own"},
    "train.no_net": {"en": "This is not the name of a net"},
    "train.no_net_cure": {"en": "Give one from the catalogue"},
    "train.not_yours": {"en": "Only whoever started this run can start it over"},
    "train.not_yours_cure": {"en": "Use the browser that started it, or start a run of your own"},
    "train.not_asked_so": {"en": "The page asked for something this app does not know"},
    "train.not_asked_so_cure": {"en": "Reload the page"},
    # the live panel
    "train.live.state_empty": {"en": "No run is open"},
    "train.live.state_recorded": {"en": "A recorded run"},
    "train.live.state_queued": {"en": "Starting"},
    "train.live.state_waiting": {"en": "Waiting"},
    "train.live.state_preparing": {"en": "Preparing the pictures"},
    "train.live.state_running": {"en": "Training"},
    "train.live.state_paused": {"en": "Paused"},
    "train.live.state_finished": {"en": "Done"},
    "train.live.state_stopped": {"en": "Stopped"},
    "train.live.state_diverged": {"en": "Diverged"},
    "train.live.state_failed": {"en": "Failed"},
    "train.live.state_interrupted": {"en": "Interrupted"},
    "train.live.state_made_way": {"en": "Set aside"},
    "train.live.state_unknown": {"en": "No such run"},
    "train.live.empty": {
        "en": "Start training, and yours takes its place: the loss of every step is drawn as it happens, and after "
        "each epoch the accuracy on pictures the net has not learned from."
    },
    "train.live.recorded": {
        "en": "Recorded {day} on {machine}. {net}, recipe {recipe}, {image_px} px, batches of {batch}, seed {seed}; it "
        "took {took}."
    },
    "train.live.queued_one": {"en": "1 run ahead of yours. It starts by itself."},
    "train.live.queued": {"en": "{ahead} runs ahead of yours. It starts by itself."},
    "train.live.queued_paused_one": {"en": "The run ahead of yours is paused."},
    "train.live.queued_paused": {"en": "{ahead} runs are ahead of yours, and the first is paused."},
    "train.live.makes_way": {"en": "It makes way within {minutes} minutes, unless it goes on before."},
    "train.live.makes_way_soon": {"en": "It makes way within a minute, unless it goes on before."},
    "train.live.charts_wait": {"en": "Nothing to draw yet."},
    "train.live.next": {"en": "A training process takes it up."},
    "train.live.preparing": {"en": "{what} {done} of {total}"},
    "train.live.preparing_unknown": {"en": "{what} {done}"},
    "train.live.what_drawing": {"en": "Drawing"},
    "train.live.what_decoding": {"en": "Reading"},
    "train.live.what_checking": {"en": "Checking"},
    "train.live.what_waiting": {"en": "Waiting for another process"},
    "train.live.what_downloading": {"en": "Downloading, in MB"},
    "train.live.what_unpacking": {"en": "Unpacking"},
    "train.live.running": {"en": "{net} on {pictures} pictures of {classes}"},
    "train.live.pausing": {"en": "Pausing after this step."},
    "train.live.paused": {"en": "After step {step}. It waits until it is resumed."},
    "train.live.leaves": {
        "en": "Another run waits: unless this one goes on, it makes way within {minutes} minutes. Nothing is lost."
    },
    "train.live.leaves_soon": {
        "en": "Another run waits: unless this one goes on, it makes way within a minute. Nothing is lost."
    },
    "train.live.finished": {"en": "All {epochs} epochs. The weights are kept."},
    "train.live.stopped": {"en": "After step {step}. The weights are kept."},
    "train.live.stopped_early": {"en": "Before its first step, so there are no weights."},
    "train.live.interrupted": {"en": "After step {step} the app or the machine was stopped."},
    "train.live.made_way": {"en": "After step {step} it made way for another run. Nothing is lost."},
    "train.live.set_aside": {
        "en": "It had been paused for {minutes} minutes while another run waited, so it gave up its place."
    },
    "train.live.goes_on_here": {"en": "Resume puts it back in the queue, and it goes on exactly where it was."},
    "train.live.goes_on_there": {
        "en": "The browser that started it can resume it; it then goes on exactly where it was."
    },
    "train.live.goes_on_by": {"en": "A terminal can do so, in the folder where this app was started: {command}"},
    "train.live.unknown": {"en": "This address names a run that is not here, or no longer. Start a new one."},
    "train.live.reconnecting": {"en": "No connection. Trying again; the training goes on without this page."},
    "train.live.watching": {"en": "You are watching. Whoever started this run can pause or stop it."},
    "train.live.watching_terminal": {
        "en": "You are watching. It was started on the command line: Ctrl-C in that terminal stops it."
    },
    "train.live.pause": {"en": "Pause"},
    "train.live.resume": {"en": "Resume"},
    "train.live.stop": {"en": "Stop and keep"},
    "train.live.cancel": {"en": "Cancel"},
    "train.live.step": {"en": "One step"},
    "train.live.over": {"en": "Start over"},
    "train.live.ask": {"en": "Ask it about a picture"},
    "train.live.loss": {"en": "Loss"},
    "train.live.loss_unit": {"en": "cross-entropy, nats"},
    "train.live.accuracy": {"en": "Accuracy"},
    "train.live.accuracy_unit": {"en": "share answered right"},
    "train.live.train": {"en": "training"},
    "train.live.raw": {"en": "each step"},
    "train.live.validation": {"en": "validation"},
    "train.live.chance": {"en": "chance"},
    "train.live.step_axis": {"en": "step"},
    "train.live.epoch_axis": {"en": "epoch"},
    "train.live.lr": {"en": "Learning rate"},
    "train.live.lr_highest": {"en": "Highest"},
    "train.live.lr_apply": {"en": "Change"},
    "train.live.controls": {"en": "How the charts are drawn"},
    "train.live.control_axis": {"en": "Across"},
    "train.live.axis_step": {"en": "steps"},
    "train.live.axis_epoch": {"en": "epochs"},
    "train.live.control_scale": {"en": "Loss"},
    "train.live.scale_linear": {"en": "linear"},
    "train.live.scale_log": {"en": "log"},
    "train.live.control_span": {"en": "Smoothed over"},
    "train.live.span": {"en": "{steps} steps"},
    "train.live.span_none": {"en": "nothing"},
    "train.live.raw_many": {"en": "{width} steps a point, lowest to highest"},
    "train.live.buckets": {
        "en": "The run is long: each point of the charts is {width} steps, drawn from their lowest to their highest."
    },
    "train.live.mark_learning_rate": {"en": "learning rate {before} → {lr}"},
    "train.live.mark_resumed": {"en": "resumed"},
    "train.live.mark_diverged": {"en": "diverged"},
    "train.live.mark_told": {"en": "Step {step}: {label}."},
    "train.live.at_step": {"en": "at step {step}"},
    "train.live.at_steps": {"en": "at steps {from} to {step}"},
    "train.live.at_epoch": {"en": "epoch {epoch}, step {step}"},
    "train.live.chart_label": {
        "en": "{chart} over {step} of {steps} steps. Training {train}, validation "
        "{validation}. Arrow keys read single steps."
    },
    "train.live.lr_label": {"en": "{chart} over {step} of {steps} steps: {train}. Arrow keys read single steps."},
    "train.live.chart_empty": {"en": "{chart}: nothing to draw yet."},
    "train.live.figure_step": {"en": "Step"},
    "train.live.figure_epoch": {"en": "Epoch"},
    "train.live.figure_speed": {"en": "Pictures/s"},
    "train.live.figure_left": {"en": "Time left"},
    "train.live.figure_validation": {"en": "Validation accuracy"},
    "train.live.figure_run": {"en": "Run"},
    "train.live.figure_net": {"en": "Net"},
    "train.live.figure_data": {"en": "Pictures"},
    "train.live.figure_where": {"en": "Runs on"},
    "train.live.of": {"en": "of {total}"},
    "train.live.where": {"en": "{threads} threads, {precision}"},
    "train.live.where_one": {"en": "1 thread, {precision}"},
    "train.live.size": {"en": "{params} parameters, {px} px"},
    "train.live.pictures": {"en": "{train} to learn from, {val} to check"},
    "train.live.ceiling": {"en": "This recipe takes no more; Photos takes all"},
    "train.live.refused": {"en": "{refused} files were no usable pictures"},
    "train.live.drawn": {"en": "drawn"},
    "train.live.runs": {"en": "Runs"},
    "train.live.runs_none": {"en": "None yet."},
    "train.live.runs_row": {"en": "{state}, {data}"},
    "train.live.runs_steps": {"en": "step {step} of {steps}"},
    "train.live.runs_yours": {"en": "yours"},
    "train.live.runs_all": {"en": "All {count} runs"},
    "train.live.runs_fewer": {"en": "Fewer"},
    "train.live.table": {"en": "Epochs as a table"},
    "train.live.table_none": {"en": "A row appears after each epoch."},
    "train.live.column_epoch": {"en": "epoch"},
    "train.live.column_step": {"en": "step"},
    "train.live.column_train_loss": {"en": "training loss"},
    "train.live.column_train_accuracy": {"en": "training accuracy"},
    "train.live.column_val_loss": {"en": "validation loss"},
    "train.live.column_val_accuracy": {"en": "validation accuracy"},
    "train.live.column_lr": {"en": "learning rate"},
    "train.live.column_seconds": {"en": "time"},
    # is it learning?
    "train.live.verdict_early": {"en": "Too early to tell."},
    "train.live.verdict_learning": {"en": "Learning."},
    "train.live.verdict_learned": {"en": "It has learned."},
    "train.live.verdict_learned_little": {"en": "It has learned a little."},
    "train.live.verdict_left": {"en": "It was learning when it ended."},
    "train.live.verdict_not_learning": {"en": "Not learning."},
    "train.live.verdict_overfitting": {"en": "Overfitting."},
    "train.live.verdict_diverged": {"en": "Diverged."},
    "train.live.because_early": {
        "en": "The first epoch, {steps} steps, is not over. Guessing is right for {guess} and has a loss of "
        "{guess_loss}."
    },
    "train.live.because_early_epochs": {
        "en": "After epoch {epoch}, {val_accuracy} of {pictures} validation pictures are right. Guessing gets {guess}, "
        "and up to {lucky_accuracy} by luck alone. A net gets {patience} epochs."
    },
    "train.live.because_learning": {
        "en": "Validation accuracy is {val_accuracy}, guessing gives {guess}; validation loss came from {first_loss} "
        "after epoch {first_epoch} to {val_loss} after epoch {epoch}."
    },
    "train.live.because_better": {
        "en": "After epoch {epoch}, {val_accuracy} of {pictures} validation pictures are right. Guessing gets {guess}, "
        "and no more than {lucky_accuracy} by luck alone."
    },
    "train.live.because_not_learning": {
        "en": "After epoch {epoch}, {val_accuracy} of {pictures} validation pictures are right. Guessing gets {guess}, "
        "and up to {lucky_accuracy} by luck alone. Training accuracy is {train_accuracy}."
    },
    "train.live.because_overfitting": {
        "en": "Validation loss was {lowest_loss} after epoch {lowest_epoch} and is {val_loss} after epoch {epoch}, "
        "while training loss went on falling, from {then_train_loss} to {train_loss}."
    },
    "train.live.because_by_heart": {
        "en": "It learns its pictures by heart: after epoch {epoch} training accuracy is {train_accuracy}, but only "
        "{val_accuracy} of {pictures} validation pictures are right. Guessing gets {guess}, and up to "
        "{lucky_accuracy} by luck alone."
    },
    "train.live.because_diverged": {"en": "At step {step} the loss or the weights stopped being numbers."},
    "train.live.because_blown_up": {
        "en": "After epoch {epoch} the loss is not a number, or more than {blown_up} times that of guessing "
        "({guess_loss})."
    },
}
