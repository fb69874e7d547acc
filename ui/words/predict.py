"""The words of the Predict tab."""

WORDS: dict[str, dict[str, str]] = {
    # controls
    "predict.pictures": {"en": "Pictures"},
    "predict.pictures_info": {
        "en": "One or up to {most}, from a camera, phone or disk. They stay on the machine this page runs on, are "
        "shown to nobody else and are deleted within two hours."
    },
    "predict.draw_cat": {"en": "Draw a cat"},
    "predict.draw_dog": {"en": "Draw a dog"},
    "predict.checkpoint": {"en": "Checkpoint"},
    "predict.fit": {"en": "Made square by"},
    "predict.fit_crop": {"en": "Centre crop"},
    "predict.fit_squash": {"en": "Squash"},
    "predict.fit_info": {"en": "A crop keeps the proportions, squashing keeps the edges."},
    "predict.picture": {"en": "Picture"},
    "predict.layer": {"en": "Layer"},
    "predict.layer_default": {
        "en": "Shown first because {layer} is the last stage that still says where: the answer is computed from "
        "these maps."
    },
    "predict.layer_row": {"en": "{layer}   {shape}"},
    # checkpoints
    "predict.drawings": {"en": "drawn pets"},
    "predict.percent": {"en": "{share} %"},
    "predict.steps": {"en": "{steps} steps"},
    "predict.and_more": {"en": " and {n:,} more"},
    "predict.knows": {"en": "Knows {classes}. Looks at {side}×{side} pixels."},
    "predict.knows_drawings": {
        "en": "Knows {classes}, from drawings only: expect nonsense on photos. Looks at {side}×{side} pixels."
    },
    "predict.was_right": {"en": "{share} % right on validation pictures."},
    # the answer
    "predict.drawing_name": {"en": "Drawing {n}"},
    "predict.sentence": {"en": "{label}, {share} %"},
    "predict.drawn_as": {"en": "It was drawn as a {label}."},
    "predict.what_it_got": {"en": "What the network got"},
    "predict.what_it_got_size": {"en": "{side}×{side} pixels, enlarged {factor} times"},
    "predict.what_it_got_plain": {"en": "{side}×{side} pixels"},
    "predict.how_crop": {"en": "edges cut off"},
    "predict.how_squash": {"en": "squashed to a square"},
    "predict.milliseconds": {"en": "{ms} ms for one forward pass"},
    "predict.unfamiliar": {
        "en": "Unlike anything this network was trained on: fewer than {percent} in 100 pictures of its own kind look "
        "as strange to it. It has no word for neither, so its answer means little."
    },
    "predict.unfamiliar_mark": {"en": "unlike its training pictures"},
    "predict.rest": {"en": "{n:,} other classes"},
    "predict.column_picture": {"en": "Picture"},
    "predict.column_answer": {"en": "Answer"},
    "predict.column_ms": {"en": "ms"},
    "predict.unnamed": {"en": "picture"},
    "predict.summary": {"en": "{n} pictures"},
    "predict.summary_refused": {"en": "{n} pictures, {refused} without an answer"},
    "predict.no_answer": {"en": "No answer"},
    "predict.nothing_trained": {"en": "No network has been trained here yet"},
    "predict.nothing_trained_cure": {
        "en": "Open the Train tab and press Start training. After the first minute the network appears here, while it "
        "still trains, and says what it takes this drawing for."
    },
    # feature maps
    "predict.maps_all": {"en": "{layer}: {channels} channels of {size}"},
    "predict.maps_some": {"en": "{layer}: {channels} channels of {size}, the {shown} most active shown"},
    "predict.maps_order": {"en": "By mean absolute value, all on one scale:"},
    "predict.maps_extremes": {"en": "values from {low} to {high}"},
    "predict.channel_tip": {"en": "channel {channel}, mean activity {mean}"},
    # refusals
    "predict.no_checkpoint": {"en": "There is no trained network yet"},
    "predict.no_checkpoint_cure": {"en": "Train one in the Train tab, or with `python -m train fit --data drawn`"},
    "predict.unknown_checkpoint": {"en": "There is no checkpoint {asked}"},
    "predict.unknown_checkpoint_cure": {"en": "Use one of {keys}"},
    "predict.no_picture": {"en": "There is no picture"},
    "predict.no_picture_cure": {"en": "Give at least one"},
    "predict.too_many": {"en": "This is picture {number}, and one look takes {most}"},
    "predict.too_many_cure": {"en": "Give fewer at once"},
    "predict.unknown_fit": {"en": "{fit} is no way to make a picture square"},
    "predict.unknown_fit_cure": {"en": "Use one of {fits}"},
    "predict.not_finite": {"en": "The network's numbers are not finite"},
    "predict.not_finite_cure": {"en": "Choose another checkpoint; the training of this one went wrong"},
    "predict.layer_not_called": {"en": "{layer} is not used when the net answers"},
    "predict.layer_cure": {"en": "Choose another layer"},
    "predict.channels_range": {"en": "{channels} channels cannot be drawn"},
    "predict.channels_cure": {"en": "Ask for 1 to {most}"},
    # the API's documentation
    "predict.api_predict": {
        "en": "What a checkpoint takes pictures for. pictures: files. checkpoint: 'shipped:NAME' or 'run:ID', empty "
        "for the first one the page lists. fit: 'crop' or 'squash'. Returns {checkpoint, image_px, fit, pictures: ["
        "{name, label, probabilities, milliseconds, familiarity} or {name, refused: {what, cure}}]}. familiarity: the "
        "part of pictures of the training set's kind that look no more familiar; below 0.02 it is unlike all of them; "
        "null where the checkpoint cannot tell."
    },
    "predict.api_feature_maps": {
        "en": "Draw what a layer puts out for a picture. layer: torchvision's name such as 'layer2.0.conv1', empty for "
        "the last stage. channels: 1 to 256, the most active first. Returns a PNG and {checkpoint, layer, shape: [C, "
        "H, W], channels, means, scale: [low, high], extremes: [min, max]}."
    },
}
