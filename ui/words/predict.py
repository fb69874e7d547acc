"""The words of the Predict tab."""

WORDS: dict[str, dict[str, str]] = {
    # controls
    "predict.choose": {"en": "Choose pictures"},
    "predict.camera": {"en": "Take a photo"},
    "predict.drop": {"en": "or drop them here, or paste one."},
    "predict.privacy": {"en": "Shown to nobody else, deleted within the hour."},
    "predict.privacy_where": {"en": "They stay on the machine this page runs on."},
    "predict.draw_cat": {"en": "Draw a cat"},
    "predict.draw_dog": {"en": "Draw a dog"},
    "predict.unseen": {"en": "A picture it was not trained on"},
    "predict.checkpoint": {"en": "Checkpoint"},
    "predict.weights": {"en": "Ask a weight file"},
    "predict.weights_info": {
        "en": "The .safetensors file of a run, from here or from another computer. Only you can ask it, and it is "
        "deleted within the hour."
    },
    "predict.download": {"en": "Download"},
    "predict.beside": {"en": "Compare with other checkpoints"},
    "predict.others": {"en": "On the same picture"},
    "predict.fit": {"en": "Made square by"},
    "predict.fit_crop": {"en": "Centre crop"},
    "predict.fit_squash": {"en": "Squash"},
    "predict.fit_info": {"en": "A crop keeps the proportions, squashing keeps the edges."},
    # the page
    "predict.column_picture": {"en": "Picture"},
    "predict.column_answer": {"en": "Answer"},
    "predict.column_ms": {"en": "ms"},
    "predict.several": {"en": "Pictures and answers"},
    "predict.csv": {"en": "Save as CSV"},
    "predict.cover_canvas": {
        "en": "The picture. Drag over it, or use the arrow keys, to cover a part; Escape uncovers it."
    },
    "predict.cover": {"en": "Cover a part"},
    "predict.uncover": {"en": "Uncover"},
    "predict.save": {"en": "Save as one picture"},
    "predict.deeper": {"en": "Look deeper"},
    "predict.what_it_got": {"en": "What the network got"},
    "predict.whole": {"en": "The picture as it was given"},
    "predict.turn": {"en": "Turn"},
    "predict.turn_0": {"en": "upright"},
    "predict.turn_1": {"en": "a quarter to the left"},
    "predict.turn_2": {"en": "upside down"},
    "predict.turn_3": {"en": "a quarter to the right"},
    "predict.blur": {"en": "Blur"},
    "predict.grey": {"en": "Without colours"},
    "predict.changes_info": {"en": "The answer above follows."},
    "predict.warm": {"en": "Heat"},
    "predict.looked": {"en": "Where it looked"},
    "predict.method": {"en": "Method"},
    "predict.method_grad_cam": {"en": "Grad-CAM"},
    "predict.method_integrated_gradients": {"en": "Integrated gradients"},
    "predict.method_occlusion": {"en": "Occlusion"},
    "predict.label": {"en": "What speaks for"},
    "predict.against": {"en": "and against"},
    "predict.at_layer": {"en": "Layer"},
    "predict.trained": {"en": "These weights"},
    "predict.random": {"en": "The same net with random weights, on the same scale"},
    "predict.block": {"en": "Inside a block"},
    "predict.no_blocks": {"en": "This network has no shortcuts, so there is no sum to look into."},
    "predict.which_block": {"en": "Block"},
    "predict.switch": {"en": "Let it answer"},
    "predict.switch_none": {"en": "as it is"},
    "predict.switch_skipped": {"en": "without F: skip this block"},
    "predict.switch_cut": {"en": "without x: cut this shortcut"},
    "predict.measure": {"en": "Measure on 200 drawings"},
    "predict.paths_order": {"en": "As the block is, its strongest channels in the sum, all on one scale:"},
    "predict.layer": {"en": "Layer"},
    "predict.maps_open": {"en": "Choose a channel to lay it over the picture."},
    "predict.maps_filters": {"en": "Under each map its filter, in the colours it looks for; grey is 0."},
    "predict.channel_strength": {"en": "Channel"},
    "predict.maps_order": {"en": "By mean absolute value, all on one scale:"},
    "predict.part": {"en": "Save as PNG"},
    "predict.take": {"en": "Take it along"},
    "predict.link": {"en": "Copy link"},
    "predict.python": {"en": "Copy as Python"},
    "predict.take_info": {
        "en": "The link opens this drawing, checkpoint and layer again; pictures of your own are never part of it. The "
        "code gives the same answer in the folder of ResNet Lab, where the files it names are."
    },
    # what its script says
    "predict.live.computing": {"en": "Computing …"},
    "predict.live.offline": {"en": "The server does not answer. Try again in a moment."},
    "predict.live.link_gone": {
        "en": "The checkpoint of this link is no longer here, or not for you: the usual one answers."
    },
    "predict.live.was_covered": {"en": "A part of the picture was covered."},
    "predict.live.copied": {"en": "Copied."},
    "predict.live.copy_yourself": {"en": "Selected: copy it with the browser's own Copy."},
    "predict.live.sending": {"en": "Sending picture {number} of {count} …"},
    "predict.live.not_sent": {"en": "The picture did not arrive: it is too large, or the connection broke. Try again."},
    "predict.live.weights_sending": {"en": "Sending {name} …"},
    "predict.live.weights_not_sent": {
        "en": "{name} did not arrive: it is over 512 MB, or the connection broke. Try again."
    },
    "predict.live.download_asked": {"en": "Asking the Hugging Face Hub …"},
    "predict.live.download_some": {"en": "{done} of {total} MB are here"},
    "predict.live.download_unsized": {"en": "{done} MB are here"},
    "predict.live.download_checked": {"en": "All of it is here and is being checked …"},
    "predict.live.others_info": {"en": "Up to {most}. Their answers follow what you do to the picture."},
    "predict.live.others_full": {"en": "No more than these: take one away to choose another."},
    "predict.live.others_none": {
        "en": "There is no other checkpoint yet. Train one in the Train tab, or ask a weight file."
    },
    "predict.live.too_many": {"en": "One look takes {most} pictures; of your {given}, these are the first."},
    "predict.live.drawn_as": {"en": "It was drawn as a {label}."},
    "predict.live.labelled": {"en": "It is labelled {label}. The run it comes from was not trained on it."},
    "predict.live.size": {"en": "{side}×{side} pixels, enlarged {factor} times"},
    "predict.live.size_plain": {"en": "{side}×{side} pixels"},
    "predict.live.given": {"en": "Exactly these {side}×{side} pixels, all at once. {how}"},
    "predict.live.how_crop": {"en": "What lies outside the frame was cut off."},
    "predict.live.how_squash": {"en": "All of it was squashed to a square."},
    "predict.live.took": {"en": "{ms} ms for one answer"},
    "predict.live.unfamiliar": {
        "en": "Unlike anything this network was trained on: fewer than {percent} in 100 pictures of its own kind look "
        "as strange to it. It can only choose among its classes, so its answer means little."
    },
    "predict.live.unfamiliar_mark": {"en": "unlike its training pictures"},
    "predict.live.rest": {"en": "{n} other classes"},
    "predict.live.cover_info": {"en": "Drag over the picture to cover a part: the answer follows."},
    "predict.live.covering": {
        "en": "Covered with the picture's mean colour. The mark in a bar is where it ended before."
    },
    "predict.live.several": {"en": "{n} pictures"},
    "predict.live.several_refused": {"en": "{n} pictures, {refused} without an answer"},
    "predict.live.no_answer": {"en": "No answer"},
    "predict.live.layer_default": {
        "en": "Shown first because {layer} is the last stage that still says where: the answer is computed from these "
        "maps."
    },
    "predict.live.warm": {"en": "Warm: where it looked."},
    "predict.live.nowhere": {
        "en": "It looked nowhere in particular: no place is much warmer than random weights make one."
    },
    "predict.live.likeliest": {"en": "its answer"},
    "predict.live.against_none": {"en": "no other class"},
    "predict.live.usual_layer": {"en": "{layer}, the usual one"},
    "predict.live.about_grad_cam": {
        "en": "The maps of the layer, each weighted by how much the class's logit grows with it, and added."
    },
    "predict.live.about_integrated_gradients": {
        "en": "For each pixel: the logit's gradient, averaged on the way from a grey picture to this one, times the "
        "difference."
    },
    "predict.live.about_occlusion": {
        "en": "A grey patch of {patch}×{patch} pixels is moved over the picture, {stride} pixels at a time: warm is "
        "where it costs the class the most."
    },
    "predict.live.logit_of": {"en": "the logit of {label}"},
    "predict.live.logit_of_two": {"en": "the logit of {label} minus that of {against}"},
    "predict.live.evidence_some": {
        "en": "Explained is {what}, {logit}. Were every place like the warmest, it would be {largest}; random weights "
        "reach {random}. More than {times} times what random weights reach counts as evidence."
    },
    "predict.live.evidence_none": {
        "en": "No evidence. Explained is {what}, {logit}. Were every place like the warmest, it would be {largest}: "
        "not {times} times the {random} that random weights come to."
    },
    "predict.live.evidence_layer": {
        "en": "Explained is {what}, {logit}. Were every place like the warmest, it would be {largest}; with random "
        "weights {random} at most. What counts as evidence is known for {usual} only."
    },
    "predict.live.evidence_integrated_gradients": {
        "en": "Explained is {what}, {logit}. The strongest of {count} pixels brings {each}, with random weights "
        "{random_each}. All together bring what the logit has beyond that of a grey picture."
    },
    "predict.live.evidence_occlusion": {
        "en": "Explained is {what}, {logit}. Covering the warmest place costs {largest} of it; with random weights "
        "{random}."
    },
    "predict.live.scale": {
        "en": "{height}×{width} values, smoothed between them. Of one look at the picture, without its mirror image; "
        "logits are divided by {temperature}, the checkpoint's temperature."
    },
    "predict.live.lies_upper_left": {
        "en": "It is warmest at the upper left; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_upper_centre": {
        "en": "It is warmest at the top; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_upper_right": {
        "en": "It is warmest at the upper right; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_middle_left": {
        "en": "It is warmest at the left; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_middle_centre": {
        "en": "It is warmest in the middle; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_middle_right": {
        "en": "It is warmest at the right; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_lower_left": {
        "en": "It is warmest at the lower left; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_lower_centre": {
        "en": "It is warmest at the bottom; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_lower_right": {
        "en": "It is warmest at the lower right; half of the heat lies on {half} of the picture."
    },
    "predict.live.lies_nowhere": {"en": "No place speaks for it."},
    "predict.live.telling": {
        "en": "{share} of the heat lies on what tells a cat from a dog in this drawing (ears, muzzle, nose, eyes, "
        "whiskers, tail). That is {area} of the picture, so a map that is equal everywhere would come to {area}."
    },
    "predict.live.scale_occlusion": {
        "en": "A value for each square of {stride}×{stride} pixels. Of one look at the picture, without its mirror "
        "image; logits are divided by {temperature}, the checkpoint's temperature."
    },
    "predict.live.block_identity": {
        "en": "x of {from} comes in and passes unchanged along the shortcut; F(x) is added."
    },
    "predict.live.block_projection": {
        "en": "x of {from} comes in. The shortcut carries a projection of it, {to}, to which F(x) is added."
    },
    "predict.live.block_padded": {
        "en": "x of {from} comes in. The shortcut carries every second pixel of it, with channels of zeros added, "
        "{to}; F(x) is added to that. Nothing of it is learned."
    },
    "predict.live.block_share": {
        "en": "Over all channels F(x) is {share} times as large as what the shortcut carries (means of absolute "
        "values)."
    },
    "predict.live.path_x": {"en": "x"},
    "predict.live.path_shortcut": {"en": "shortcut"},
    "predict.live.path_residual": {"en": "F(x)"},
    "predict.live.path_rectified": {"en": "ReLU(F(x))"},
    "predict.live.path_total": {"en": "sum"},
    "predict.live.path_output": {"en": "output"},
    "predict.live.switched": {"en": "{label}, {share}. As it is: {before}."},
    "predict.live.measuring": {"en": "Measuring …"},
    "predict.live.accuracy_whole": {"en": "As it is, {whole} of {drawings} drawings are right."},
    "predict.live.accuracy_switched": {
        "en": "Without {path} of {block}, {switched} of {drawings} drawings are right; as it is, {whole}."
    },
    "predict.live.accuracy_none": {"en": "This checkpoint does not know cats and dogs, so drawings cannot judge it."},
    "predict.live.extremes": {"en": "values from {low} to {high}"},
    "predict.live.channel": {"en": "channel {channel}, mean activity {mean}"},
    "predict.live.channel_title": {"en": "Channel {channel} of {layer}: {width}×{height} values over the picture"},
    "predict.live.peaks": {"en": "Its strongest places, each framed in the picture:"},
    "predict.live.peaks_none": {"en": "It is 0 everywhere: this picture does not excite it."},
    "predict.live.peak": {"en": "{value} (row {row}, column {column})"},
    "predict.live.filter": {
        "en": "Its filter, {side}×{side} weights for red, green and blue: grey is 0, full colour {largest}."
    },
    # checkpoints
    "predict.drawings": {"en": "drawn pets"},
    "predict.percent": {"en": "{share} %"},
    "predict.steps": {"en": "{steps} steps"},
    "predict.and_more": {"en": " and {n:,} more"},
    "predict.knows": {"en": "Knows {classes}. Looks at {side}×{side} pixels."},
    "predict.knows_drawings": {
        "en": "Knows {classes}, from drawings only: expect nonsense on photos. Looks at {side}×{side} pixels."
    },
    "predict.cost_seconds": {"en": "Its training took {n} seconds of processor time."},
    "predict.cost_minutes": {"en": "Its training took {n} minutes of processor time."},
    "predict.cost_hours": {"en": "Its training took {n} hours of processor time."},
    "predict.was_right": {"en": "{share} % right on validation pictures."},
    "predict.imagenet_title": {"en": "{net} · ImageNet, {classes:,} classes"},
    "predict.imagenet_to_download": {"en": "{net} · ImageNet, {classes:,} classes · about {megabytes} MB to download"},
    "predict.imagenet_knows": {
        "en": "Knows {classes:,} kinds of things, 118 breeds of dog and 5 kinds of cat among them, from 1.28 million "
        "photographs (ImageNet): torchvision's weights, under the BSD licence. Published with them: {share} % right "
        "on ImageNet's validation pictures, cut closer to their middle than pictures are here; how sure it is was not "
        "calibrated. Looks at {side}×{side} pixels."
    },
    "predict.drawing_name": {"en": "Drawing {n}"},
    "predict.unnamed": {"en": "picture"},
    "predict.unseen_name": {"en": "Validation picture {n}"},
    # feature maps
    "predict.maps_all": {"en": "{layer}: {channels} channels of {size}"},
    "predict.maps_some": {"en": "{layer}: {channels} channels of {size}, the {shown} most active shown"},
}
