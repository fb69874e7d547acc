"""The words of the convolution calculator in the Architecture tab."""

WORDS: dict[str, dict[str, str]] = {
    # the form
    "architecture.convolution.title": {"en": "What a convolution does to size and channels"},
    "architecture.convolution.line": {
        "en": "Change any number, or start from an example. The kernel walks over the padded picture below."
    },
    "architecture.convolution.examples": {"en": "Examples"},
    "architecture.convolution.keep": {"en": "Keep the size"},
    "architecture.convolution.halve": {"en": "Halve the size"},
    "architecture.convolution.channels": {"en": "Change the channels"},
    "architecture.convolution.sizes": {"en": "Along a side, in pixels"},
    "architecture.convolution.depths": {"en": "Channels"},
    "architecture.convolution.side": {"en": "Side"},
    "architecture.convolution.kernel": {"en": "Kernel"},
    "architecture.convolution.stride": {"en": "Stride"},
    "architecture.convolution.padding": {"en": "Padding"},
    "architecture.convolution.dilation": {"en": "Dilation"},
    "architecture.convolution.in_channels": {"en": "Input channels"},
    "architecture.convolution.out_channels": {"en": "Output channels"},
    "architecture.convolution.groups": {"en": "Groups"},
    # the answer
    "architecture.convolution.result": {"en": "Channels × height × width of one picture."},
    "architecture.convolution.batch": {"en": "A batch of 4 stays 4: {input} → {output}."},
    "architecture.convolution.size": {"en": "Output side"},
    "architecture.convolution.general": {"en": "With dilation, as PyTorch writes it:"},
    "architecture.convolution.exact": {
        "en": "{slack}/{stride} leaves nothing over: the last window ends at the edge of the padded picture, and the "
        "floor drops nothing."
    },
    "architecture.convolution.drops_one": {
        "en": "{slack}/{stride} leaves 1 over, which the floor drops: no window reaches the last row and column of the "
        "padded picture."
    },
    "architecture.convolution.drops": {
        "en": "{slack}/{stride} leaves {dropped} over, which the floor drops: no window reaches the last {dropped} "
        "rows and columns of the padded picture."
    },
    "architecture.convolution.drops_padding": {"en": "All of it is padding; no pixel of the picture is lost."},
    "architecture.convolution.drops_picture": {"en": "All of it is picture: these pixels are never looked at."},
    "architecture.convolution.drops_both": {
        "en": "From the edge inwards: {padding} of padding, {lost} of the picture."
    },
    "architecture.convolution.gap": {
        "en": "The stride is larger than the {span} px the kernel spans: each window starts {gap} px past the end of "
        "the one before."
    },
    "architecture.convolution.params": {"en": "Parameters"},
    "architecture.convolution.params_how": {
        "en": "{out_channels} × {share} × {kernel} × {kernel} = {weights} weights; biases: {biases}. ResNets leave the "
        "biases out, because a batch norm follows."
    },
    "architecture.convolution.share": {"en": "Every output channel looks at {share} of {in_channels} input channels."},
    "architecture.convolution.depthwise": {"en": "One group for each channel is called depthwise."},
    "architecture.convolution.macs": {"en": "MACs"},
    "architecture.convolution.macs_how": {
        "en": "{out_channels} × {places} × {places} outputs, each the sum of {share} × {kernel} × {kernel} = "
        "{products} products. FLOPs are twice that: {flops}."
    },
    # the drawing
    "architecture.convolution.drawn_small": {
        "en": "Drawn for a picture of {small}×{small} pixels, whose edges fall in the same way as those of "
        "{side}×{side}."
    },
    "architecture.convolution.drawn_whole": {"en": "Drawn pixel by pixel."},
    "architecture.convolution.not_drawn": {
        "en": "Not drawn: with a span of {span} px, stride {stride} and padding {padding}, two places of the kernel "
        "need more than {most} cells a side."
    },
    "architecture.convolution.key_picture": {"en": "picture"},
    "architecture.convolution.key_padding": {"en": "padding"},
    "architecture.convolution.key_tap": {"en": "taps of the kernel"},
    "architecture.convolution.key_dropped": {"en": "dropped by the floor"},
    "architecture.convolution.key_done": {"en": "output so far"},
    "architecture.convolution.back": {"en": "Back"},
    "architecture.convolution.forward": {"en": "Forward"},
    "architecture.convolution.keys": {"en": "Point at an output cell, or click the drawing and use the arrow keys."},
    # refusals
    "architecture.convolution.not_asked_so": {"en": "These are not the numbers of a convolution"},
    "architecture.convolution.not_asked_so_cure": {"en": "Reload the page and set the fields again"},
    "architecture.convolution.not_whole": {"en": "This is not a whole number"},
    "architecture.convolution.not_whole_cure": {"en": "Give one from {least} to {most}"},
    # what the script says
    "architecture.convolution.live.example": {"en": "{kernel}×{kernel}, stride {stride}, {in} → {out} channels"},
    "architecture.convolution.live.drawing": {
        "en": "The kernel on the padded picture, {padded}×{padded}, and the output, {places}×{places}"
    },
    "architecture.convolution.live.input": {"en": "Picture, {channels}"},
    "architecture.convolution.live.padded": {"en": "Padded picture, {channels}"},
    "architecture.convolution.live.output": {"en": "Output, {channels}"},
    "architecture.convolution.live.channel": {"en": "1 channel"},
    "architecture.convolution.live.channels": {"en": "{count} channels"},
    "architecture.convolution.live.looks": {
        "en": "Output row {row}, column {column} looks at rows {rows}, columns {columns}."
    },
    "architecture.convolution.live.looks_once": {
        "en": "Output row {row}, column {column} looks at row {rows}, column {columns}."
    },
    "architecture.convolution.live.on_padding": {"en": "{count} of its {all} taps lie on padding."},
    "architecture.convolution.live.play": {"en": "Play"},
    "architecture.convolution.live.pause": {"en": "Pause"},
    "architecture.convolution.live.failed": {
        "en": "No answer from the server. See whether the app still runs, then change a number again."
    },
}
