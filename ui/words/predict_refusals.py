"""What the Predict tab refuses, and the documentation of its endpoints."""

WORDS: dict[str, dict[str, str]] = {
    "predict.no_checkpoint": {"en": "There is no trained network yet"},
    "predict.no_checkpoint_cure": {"en": "Train one in the Train tab, or with `python -m train fit --data drawn`"},
    "predict.unknown_checkpoint": {"en": "There is no checkpoint {asked}"},
    "predict.unknown_checkpoint_cure": {"en": "Use one of {keys}"},
    "predict.upload_gone": {"en": "This weight file is no longer here"},
    "predict.upload_gone_cure": {
        "en": "Give it once more, or choose another checkpoint; uploads are deleted after an hour"
    },
    "predict.upload_large": {
        "en": "This net has {numbers} million parameters and takes {macs} billion multiply-accumulates a picture"
    },
    "predict.upload_large_cure": {
        "en": "Here others wait meanwhile, so up to {numbers} million and {macs} billion are asked; ask it on your own "
        "computer with `python -m train predict`"
    },
    "predict.imagenet_not_here": {"en": "Its ImageNet weights are not on this machine yet"},
    "predict.imagenet_not_here_cure": {"en": "Choose it in the list of the Predict tab and press Download"},
    "predict.imagenet_coming": {"en": "Its ImageNet weights are on their way, {done} of about {total} MB are here"},
    "predict.imagenet_coming_cure": {"en": "Ask again in a while"},
    "predict.imagenet_busy": {"en": "The weights of {other} are on their way, and one download runs at a time"},
    "predict.imagenet_busy_cure": {"en": "Try again once they are here"},
    "predict.imagenet_led": {
        "en": "Its ImageNet weights are not on this machine, and in this room only the leader may download them"
    },
    "predict.imagenet_led_cure": {"en": "Choose another checkpoint, or ask the leader for these"},
    "predict.imagenet_public": {
        "en": "Its ImageNet weights are not on this machine, and visitors cannot download here"
    },
    "predict.imagenet_public_cure": {"en": "Choose another checkpoint, or run ResNet Lab on your own computer"},
    "predict.imagenet_offline": {"en": "HF_HUB_OFFLINE is set, and its ImageNet weights were not downloaded before"},
    "predict.imagenet_offline_cure": {"en": "Choose another checkpoint, or start the app without HF_HUB_OFFLINE"},
    "predict.imagenet_failed_cure": {
        "en": "See to the network and the disk of the machine this page runs on, and try again; the other checkpoints "
        "answer meanwhile"
    },
    "predict.no_picture": {"en": "There is no picture"},
    "predict.no_picture_cure": {"en": "Give at least one"},
    "predict.unseen_gone": {"en": "The pictures of this run are no longer kept ready"},
    "predict.unseen_gone_cure": {
        "en": "Start a run with them, which keeps them ready again, or give a picture of your own"
    },
    "predict.no_code": {"en": "No code reaches these pictures: they are on this machine alone"},
    "predict.no_code_cure": {"en": "Ask about a drawing, or about a picture of your own"},
    "predict.gone": {"en": "This picture is no longer here"},
    "predict.gone_cure": {"en": "Give it once more; uploads are deleted after an hour"},
    "predict.measuring": {"en": "Somebody else is measuring"},
    "predict.measuring_cure": {"en": "Try again in some seconds"},
    "predict.no_change": {"en": "This is no change of a picture"},
    "predict.too_many": {"en": "This is picture {number}, and one look takes {most}"},
    "predict.too_many_cure": {"en": "Give fewer at once"},
    "predict.unknown_fit": {"en": "{fit} is no way to make a picture square"},
    "predict.unknown_fit_cure": {"en": "Use one of {fits}"},
    "predict.not_finite": {"en": "The network's numbers are not finite"},
    "predict.not_finite_cure": {"en": "Choose another checkpoint; the training of this one went wrong"},
    "predict.layer_not_called": {"en": "{layer} is not used when the net answers"},
    "predict.layer_cure": {"en": "Choose another layer"},
    "predict.unknown_method": {"en": "There is no method {method}"},
    "predict.unknown_method_cure": {"en": "Use one of {methods}"},
    "predict.layer_unused": {"en": "{method} looks at the picture's own pixels, not at a layer"},
    "predict.layer_unused_cure": {"en": "Leave the layer empty, or use the method grad_cam"},
    "predict.unknown_class": {"en": "This network knows no class {name}"},
    "predict.unknown_class_cure": {"en": "Leave it empty, or use a class it knows, such as {classes}"},
    "predict.against_itself": {"en": "{name} cannot be set against itself"},
    "predict.against_itself_cure": {"en": "Choose another class, or leave it empty"},
    "predict.channels_range": {"en": "{channels} channels cannot be drawn"},
    "predict.channels_cure": {"en": "Ask for 1 to {most}"},
    # the API's documentation
    "predict.api_predict": {
        "en": "What a checkpoint takes pictures for. pictures: files. checkpoint: 'shipped:NAME', 'run:ID', or "
        "'imagenet:NET' for the published weights of a ResNet such as resnet50 (1,000 classes; where they are not on "
        "that machine, asking begins the download of 47 to 508 MB, but not on a public page, and is refused at once, "
        "with so many MB done, until they are there: ask again); empty for the first one the page lists. "
        "fit: 'crop' or 'squash'. Returns {checkpoint, image_px, fit, pictures: ["
        "{name, label, probabilities, milliseconds, familiarity} or {name, refused: {what, cure}}]}. familiarity: the "
        "part of pictures of the training set's kind that look no more familiar; below 0.02 it is unlike all of them; "
        "null where the checkpoint cannot tell."
    },
    "predict.api_feature_maps": {
        "en": "Draw what a layer puts out for a picture. layer: torchvision's name such as 'layer2.0.conv1', empty for "
        "the last stage. channels: 1 to 256, the most active first. Returns a PNG and {checkpoint, layer, shape: [C, "
        "H, W], channels, means, scale: [low, high], extremes: [min, max]}."
    },
    "predict.api_grad_cam": {
        "en": "Where a checkpoint looked. method: 'grad_cam', 'integrated_gradients' (for each pixel) or 'occlusion' "
        "(a grey patch covers it). layer: of grad_cam only, empty for the last stage. label: a class, empty for the "
        "likeliest. against: a class whose logit is subtracted, empty for none. Returns the picture under the heat, a "
        "PNG, and {checkpoint, method, layer, label, against, logit, max, min, mean, random_max, evidence, scale: "
        "[low, high], unit, temperature, shape: [height, width]}. logit: what is explained. max, min, mean: of the "
        "heat, in the same unit: logits divided by the checkpoint's temperature. grad_cam: what the logit would be, "
        "but for the head's bias, if every place were like this one. integrated_gradients: what a pixel adds to it, "
        "starting from grey, times the number of pixels. occlusion: what it loses when the place is covered. "
        "random_max: the largest absolute value of the same map with random weights. evidence: of grad_cam, whether "
        "max is over 1.5 times that; of the others null, their largest value says too little. scale: the heat that is "
        "left bare and that is drawn brightest (grad_cam: max, or what would be evidence; the others: one pixel in a "
        "hundred is above it); what speaks against the class is not drawn."
    },
}
