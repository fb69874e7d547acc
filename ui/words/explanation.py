"""The words of the explanation of one stage, block or operation in the Architecture tab."""

WORDS: dict[str, dict[str, str]] = {
    "architecture.why.label": {"en": "{name} explained"},
    "architecture.why.stage": {"en": "stage"},
    "architecture.why.block": {"en": "block"},
    # the size of the output
    "architecture.why.size": {"en": "Output size"},
    "architecture.why.size.both": {"en": "Height and width"},
    "architecture.why.size.height": {"en": "Height"},
    "architecture.why.size.width": {"en": "Width"},
    "architecture.why.form.floor": {"en": "⌊(side − kernel + 2·padding)/stride⌋ + 1"},
    "architecture.why.form.ceil": {"en": "⌈(side − kernel + 2·padding)/stride⌉ + 1"},
    "architecture.why.form.floor_dilated": {"en": "⌊(side + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1"},
    "architecture.why.form.ceil_dilated": {"en": "⌈(side + 2·padding − dilation·(kernel − 1) − 1)/stride⌉ + 1"},
    "architecture.why.exact": {"en": "Nothing to round: the last window ends at the edge."},
    "architecture.why.floor_one": {"en": "The floor drops 1/{stride}: the last of {padded} {lines} is never reached."},
    "architecture.why.floor": {
        "en": "The floor drops {rest}/{stride}: the last {rest} of {padded} {lines} are never reached."
    },
    "architecture.why.lost_none": {"en": "It is padding: nothing of the map is lost."},
    "architecture.why.lost_some": {"en": "From the edge inwards: {padding} of padding, {lost} of the map."},
    "architecture.why.ceil": {
        "en": "The ceiling adds {over}/{stride}: one more window, which hangs {over} px over the edge."
    },
    "architecture.why.cut": {
        "en": "The ceiling would add a window that starts in the padding at the far end; PyTorch leaves it out: − 1."
    },
    "architecture.why.gap": {"en": "Stride {stride} steps over {gap} of every {stride} {lines}: they are never read."},
    "architecture.why.lines.both": {"en": "rows (and columns)"},
    "architecture.why.lines.height": {"en": "rows"},
    "architecture.why.lines.width": {"en": "columns"},
    "architecture.why.lines.padded_both": {"en": "padded rows (and columns)"},
    "architecture.why.lines.padded_height": {"en": "padded rows"},
    "architecture.why.lines.padded_width": {"en": "padded columns"},
    "architecture.why.kept": {"en": "Unchanged: each value stays in its place."},
    "architecture.why.flattened": {"en": "The same values, in one row."},
    "architecture.why.joined": {"en": "The channels of all inputs, one after the other."},
    "architecture.why.outputs": {"en": "{outputs} outputs, each a sum over all inputs."},
    "architecture.why.average": {"en": "One average for each channel, over all its values."},
    "architecture.why.thinned": {"en": "Every second value, beginning with the first."},
    "architecture.why.thinned_more": {"en": "One value of every {stride}, beginning with the first."},
    "architecture.why.filled": {"en": "{added} channels of zeros are added."},
    # parameters
    "architecture.why.params": {"en": "Parameters"},
    "architecture.why.params.convolution": {
        "en": "Output channels · input channels · kernel height · kernel width; no bias."
    },
    "architecture.why.params.convolution_bias": {
        "en": "Output channels · input channels · kernel height · kernel width, and {biases} biases."
    },
    "architecture.why.params.groups": {
        "en": "In {groups} groups, each output channel looks at {share} of {inputs} input channels."
    },
    "architecture.why.params.linear": {"en": "Inputs · outputs; no bias."},
    "architecture.why.params.linear_bias": {"en": "Inputs · outputs, and {biases} biases."},
    "architecture.why.params.norm": {"en": "A scale and a shift for each channel."},
    "architecture.why.params.other": {"en": "All numbers in its tensors."},
    "architecture.why.params.none": {"en": "None: nothing is learned here."},
    "architecture.why.params.again": {
        "en": "0 here: this layer is used again, and its {all} are counted at the first use, {first}."
    },
    "architecture.why.params.elsewhere": {
        "en": "{value} here: some or all of its {all} are shared with a layer before, and counted there."
    },
    # work
    "architecture.why.macs": {"en": "MACs"},
    "architecture.why.macs.convolution": {"en": "{each} for each of {values} output values: {total}"},
    "architecture.why.macs.convolution_how": {
        "en": "Input channels · kernel height · kernel width; output channels · height · width."
    },
    "architecture.why.macs.groups": {
        "en": "Input channels / groups · kernel height · kernel width; output channels · height · width."
    },
    "architecture.why.macs.linear": {"en": "Inputs · outputs."},
    "architecture.why.macs.none": {"en": "0: only convolutions and linear layers have MACs."},
    "architecture.why.madd": {"en": "MAdd"},
    "architecture.why.madd.convolution": {
        "en": "A multiplication and an addition for each MAC, less 1 for each output value: a sum of n products has "
        "n − 1 additions."
    },
    "architecture.why.madd.convolution_bias": {
        "en": "A multiplication and an addition for each MAC. A sum of n products has n − 1 additions; the bias is one "
        "more."
    },
    "architecture.why.madd.linear": {
        "en": "A multiplication and an addition for each MAC, less 1 for each output: a sum of n products has n − 1 "
        "additions. torchstat leaves the bias out here."
    },
    "architecture.why.madd.norm": {"en": "For each value: subtract the mean, divide by the deviation, scale, shift."},
    "architecture.why.madd.each": {"en": "1 for each output value."},
    "architecture.why.madd.max_pool": {
        "en": "For each output value, comparisons, counted as additions: one fewer than the window has values."
    },
    "architecture.why.madd.average_pool": {
        "en": "For each output value the additions, one fewer than the window has values, and one division."
    },
    "architecture.why.madd.none": {"en": "0: nothing is multiplied or added."},
    "architecture.why.unknown": {"en": "n/a: there is no definition of this operation here."},
    # traffic
    "architecture.why.traffic": {"en": "Traffic"},
    "architecture.why.read": {"en": "{formula} bytes read, inputs and parameters."},
    "architecture.why.written": {"en": "{formula} bytes written."},
    "architecture.why.intensity": {"en": "{formula} MACs for each byte."},
    "architecture.why.intensity.none": {"en": "No MACs, so 0 for each byte."},
    # the receptive field
    "architecture.why.field": {"en": "Receptive field"},
    "architecture.why.field.px": {"en": "{height}×{width} px"},
    "architecture.why.field.of_picture": {"en": "One output value depends on at most this much of the picture."},
    "architecture.why.field.exceeds": {
        "en": "In theory: more than the picture's {height}×{width} px. The rest is padding."
    },
    "architecture.why.field.whole": {"en": "The whole picture, {height}×{width} px."},
    "architecture.why.field.jump": {"en": "The fields of neighbouring values lie {jump} px apart."},
    "architecture.why.field.jumps": {
        "en": "The fields of neighbouring values lie {down} px apart down, {across} px across."
    },
    "architecture.why.field.unknown": {"en": "Not known: an operation on the way has no rule here."},
    # a block
    "architecture.why.branch": {"en": "F(x)"},
    "architecture.why.shortcut": {"en": "x, the shortcut"},
    "architecture.why.branch_number": {"en": "Branch {number}"},
    "architecture.why.identity": {"en": "Identity: x has the shape of F(x), {shape}, and is added as it is."},
    "architecture.why.projection": {
        "en": "Projection: {changes}. x does not have the shape of F(x), so a convolution gives it that shape."
    },
    "architecture.why.projection_free": {"en": "Projection, although x has the shape of F(x) already, {shape}."},
    "architecture.why.padded": {
        "en": "Padded: {changes}. x does not have the shape of F(x), so it is thinned out where it is too large, and "
        "new channels are zeros. Nothing is learned."
    },
    "architecture.why.no_shortcut": {"en": "None: F(x) is all that leaves the block."},
    "architecture.why.changes.channels": {"en": "channels {before} → {after}"},
    "architecture.why.changes.side": {"en": "side {before} → {after}"},
    "architecture.why.changes.sides": {"en": "sides {before} → {after}"},
    "architecture.why.figures": {"en": "{params} parameters, {macs} MACs."},
    "architecture.why.conv2d": {"en": "{kernel} convolution"},
    "architecture.why.max_pool2d": {"en": "{kernel} max-pool"},
    "architecture.why.avg_pool2d": {"en": "{kernel} average pool"},
    "architecture.why.stride": {"en": "{step}, stride {stride}"},
    "architecture.why.dilation": {"en": "{step}, dilation {dilation}"},
    "architecture.why.of_branches": {"en": "Branch by branch, in the order above."},
    # a stage
    "architecture.why.blocks": {"en": "Blocks"},
    "architecture.why.blocks.none": {"en": "None. Its {calls} operations stand by themselves."},
    "architecture.why.share": {"en": "{formula} % of the net's."},
    # its code
    "architecture.why.source": {"en": "Source"},
    "architecture.why.source.place": {"en": "{function} in {file}, from line {first}"},
    "architecture.why.source.calls": {"en": "▸ marks the line that asks for this operation."},
}
