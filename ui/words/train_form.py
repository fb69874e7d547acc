"""The words of the Train tab's form, one level below its first four choices; the fields' own names among them."""

WORDS: dict[str, dict[str, str]] = {
    "train.form.oxford": {"en": "Oxford-IIIT Pet"},
    "train.form.oxford_size": {"en": "{name} ({megabytes} MB)"},
    "train.form.oxford_note": {
        "en": "7,349 photos of cats and dogs, 37 breeds, CC BY-SA 4.0. {megabytes}\u00a0MB are downloaded once, when "
        "the run starts; while they are unpacked they take twice that on the disk."
    },
    "train.form.own_net": {"en": "The one I built"},
    "train.form.no_own_net": {"en": "There is no net of your own yet"},
    "train.form.no_own_net_cure": {"en": "Build one in the Architecture tab and press “Train this net” there"},
    # the groups of settings
    "train.form.optimiser": {"en": "Optimiser"},
    "train.form.pictures": {"en": "How pictures are changed"},
    "train.form.start": {"en": "What it begins with"},
    "train.form.optimizer": {"en": "Method"},
    "train.form.optimizer_sgd": {"en": "SGD, Nesterov"},
    "train.form.optimizer_adam": {"en": "Adam"},
    "train.form.optimizer_adamw": {"en": "AdamW"},
    "train.form.batch": {"en": "Batch"},
    "train.form.batch_info": {"en": "Pictures a step."},
    "train.form.weight_decay": {"en": "Weight decay"},
    "train.form.weight_decay_info": {
        "en": "0 to 1. How strongly weights are drawn to zero; norms and biases are left free."
    },
    "train.form.label_smoothing": {"en": "Label smoothing"},
    "train.form.label_smoothing_info": {"en": "0 to 0.9. This part of the answer is spread over all classes."},
    "train.form.flip": {"en": "Mirror half of them"},
    "train.form.crop": {"en": "Crops"},
    "train.form.crop_whole": {"en": "whole, shifted a little"},
    "train.form.crop_random-resized": {"en": "random parts"},
    "train.form.colour": {"en": "Colour"},
    "train.form.colour_info": {"en": "Brightness, contrast and saturation change by up to this part, 0 to 1."},
    "train.form.norm": {"en": "Norm"},
    "train.form.norm_batch": {"en": "batch"},
    "train.form.norm_group": {"en": "group"},
    "train.form.init": {"en": "Weights"},
    "train.form.init_scratch": {"en": "from scratch"},
    "train.form.init_shipped": {"en": "our photo net’s (for {net})"},
    "train.form.init_imagenet": {"en": "ImageNet’s"},
    "train.form.init_run": {"en": "one of your runs’"},
    "train.form.own_run": {"en": "Which run"},
    "train.form.own_run_info": {"en": "Its newest weights; the accuracy is theirs."},
    "train.form.own_run_none": {
        "en": "No run you started in this browser has weights yet. A run has some from the end of its first epoch on."
    },
    "train.form.own_run_accuracy": {"en": "{share} %"},
    "train.form.own_run_net": {"en": "Net and norm are now those of the run you chose; its weights fit no others."},
    "train.form.no_own_run": {"en": "No run is chosen to begin from"},
    "train.form.no_own_run_cure": {"en": "Choose one under “Which run”, or begin from scratch"},
    "train.form.not_your_run": {"en": "Only whoever started this run can begin another from its weights"},
    "train.form.not_your_run_cure": {
        "en": "Use the browser that started it, or give its token as init_token; one of the command line serves only "
        "the page of its own computer"
    },
    "train.form.imagenet_note": {
        "en": "ImageNet weights of {net}: about {megabytes}\u00a0MB from the Hugging Face Hub, downloaded once."
    },
    "train.form.learns": {"en": "What learns"},
    "train.form.learns_all": {"en": "all layers"},
    "train.form.learns_last": {"en": "the last stage and the head"},
    "train.form.changed": {"en": "Changed: {names}."},
    "train.form.unchanged": {"en": "As the recipe has them."},
    "train.form.reset": {"en": "Back to the recipe’s own"},
    # refusals
    "train.form.fixed_side": {"en": "Set the picture size (image_px) to {side}, or choose a ResNet, which takes any"},
    "train.form.no_stages": {"en": "{net} has no stages, so that no last one can learn alone"},
    "train.form.no_stages_cure": {"en": "Let all layers learn, or choose a ResNet"},
    "train.form.no_init": {"en": "There are no such weights to begin from"},
    "train.form.no_init_cure": {"en": "Give init as scratch, shipped, imagenet or run:ID; empty for the recipe's own"},
    "train.form.no_imagenet": {"en": "There are no ImageNet weights of {net} with {norm} norm"},
    "train.form.no_imagenet_cure": {
        "en": "Begin from scratch, or choose a ResNet of 18 to 152 layers, a ResNeXt or a Wide ResNet, with batch norm"
    },
    "train.form.no_download": {"en": "This page is public, and does not download weights for its visitors"},
    "train.form.no_download_cure": {
        "en": "Begin from scratch or from our photo net's, or run the app on your own computer"
    },
}
