"""The words of the Architecture tab."""

WORDS: dict[str, dict[str, str]] = {
    "architecture.depth": {"en": "ResNet depth"},
    "architecture.depth.info": {"en": "How many layers with weights."},
    "architecture.more": {"en": "Or any other net"},
    "architecture.more.info": {"en": "Variants, small nets, and the nets that came before."},
    "architecture.input": {"en": "Input shape"},
    "architecture.input.info": {"en": "Channels, height, width."},
    "architecture.classes": {"en": "Classes"},
    "architecture.classes.info": {"en": "Outputs of the last layer."},
    "architecture.group.wide": {"en": "Wider"},
    "architecture.group.variant": {"en": "Variant"},
    "architecture.group.small": {"en": "Small"},
    "architecture.group.live": {"en": "Live"},
    "architecture.group.predecessor": {"en": "Before"},
    "architecture.total": {"en": "total"},
    "architecture.total.params": {"en": "parameters"},
    "architecture.total.macs": {"en": "GMACs"},
    "architecture.total.flops": {"en": "GFLOPs (2 × MACs)"},
    "architecture.total.written": {"en": "MB of outputs"},
    "architecture.total.calls": {"en": "operations"},
    "architecture.table": {"en": "Every operation of {title}, in order of execution"},
    "architecture.picture": {"en": "Picture of {title}"},
    "architecture.definitions": {"en": "What the columns mean"},
    "architecture.basis": {"en": "One picture, float32, at evaluation. 1 MB = 1,000,000 bytes, 1 G = 1,000,000,000."},
    "architecture.partial": {"en": "The totals are partial: there is no definition here for {operations}."},
    "architecture.csv": {"en": "Table as CSV"},
    "architecture.svg": {"en": "Picture as SVG"},
    "architecture.source": {"en": "Source: {source}."},
    "architecture.not_whole": {"en": "{number} is not a whole number"},
    "architecture.not_whole_cure": {"en": "Give 2, for example"},
    "architecture.column.name": {"en": "name"},
    "architecture.column.type": {"en": "operation"},
    "architecture.column.input_shape": {"en": "input"},
    "architecture.column.output_shape": {"en": "output"},
    "architecture.column.params": {"en": "parameters"},
    "architecture.column.macs": {"en": "MACs"},
    "architecture.column.flops": {"en": "FLOPs"},
    "architecture.column.madd": {"en": "MAdd"},
    "architecture.column.output_bytes": {"en": "output bytes"},
    "architecture.column.read_bytes": {"en": "bytes read"},
    "architecture.column.write_bytes": {"en": "bytes written"},
    "architecture.define.name": {
        "en": "the layer's path in the network; #2 is the second use of one layer; a path ending in an operation, such "
        "as .add, has no layer of its own"
    },
    "architecture.define.type": {"en": "PyTorch's name for what is computed"},
    "architecture.define.input_shape": {"en": "channels × height × width; both sides of an addition are alike"},
    "architecture.define.output_shape": {"en": "channels × height × width"},
    "architecture.define.params": {"en": "weights and biases; the running statistics of norms are not counted"},
    "architecture.define.macs": {
        "en": "multiply-accumulates of convolutions and linear layers (papers and torchvision call these FLOPs)"
    },
    "architecture.define.flops": {"en": "2 × MACs, as hardware makers and PyTorch's FlopCounterMode count"},
    "architecture.define.madd": {
        "en": "multiplications and additions counted one by one, of all operations, as torchstat defines them"
    },
    "architecture.define.output_bytes": {"en": "size of the output, 4 bytes a number"},
    "architecture.define.read_bytes": {"en": "inputs and parameters, each read once, 4 bytes a number"},
    "architecture.define.write_bytes": {"en": "the output, written once, 4 bytes a number"},
    "architecture.stage.stem": {"en": "stem"},
    "architecture.stage.head": {"en": "head"},
    "architecture.note.resnet50_v1": {
        "en": "Stride 2 sits in the first 1×1 convolution of a stage, as the paper has it. torchvision moved it to the "
        "3×3: the 1×1 before it then works on the larger map, which is why it counts 4.089 GMACs where this net, and "
        "the paper, have 3.858."
    },
    "architecture.note.resnet50_v1_flatten": {
        "en": "The head flattens the last map without pooling it, so the picture must be 32 × 32: only then is that "
        "map 1 × 1. Its softmax belongs outside the network; cross-entropy applies one of its own."
    },
    "architecture.note.resnet18_relu_before_add": {
        "en": "A second ReLU stands on the branch, before the addition, so a block can only add, never take away. "
        "Written with an in-place ReLU and “out += residual” it cannot be trained: ReLU computes its gradient from its "
        "own output, and the in-place addition has overwritten it. Here the addition makes a new tensor. After a batch "
        "norm the in-place addition is harmless, because a norm's gradient needs its input, not its output."
    },
    "architecture.note.resnet18_d2l": {
        "en": "One grey channel, ten classes, and a bias in every convolution. Where a norm follows, it subtracts the "
        "mean and the bias with it: such a bias changes nothing but the parameter count. Only the biases of the "
        "projections, which no norm follows, take part."
    },
    "architecture.note.plain34": {
        "en": "The same layers without the shortcuts. Deep plain nets end up with a higher error than shallow ones, "
        "even on the pictures they train on: the observation that led to ResNet."
    },
    "architecture.note.preact_resnet18": {
        "en": "Norm and ReLU come before each convolution, and nothing stands after the addition: what enters the "
        "first stage can reach the last unchanged."
    },
    "architecture.note.resnet20": {
        "en": "For 32 × 32 pictures. Shortcuts have no parameters: where the shape changes, x keeps every second pixel "
        "and the new channels are zero."
    },
    "architecture.note.inception_block": {
        "en": "One block of the Inception family: four branches over the same input, joined along the channels to "
        "64 + 64 + 96 + 64 = 288. No ReLU in it."
    },
    "architecture.note.vgg16": {
        "en": "Takes 224 × 224 only: its first linear layer, with most of its parameters, is tied to the 7 × 7 map."
    },
    "architecture.note.alexnet": {
        "en": "Takes 224 × 224 only: its first linear layer, with most of its parameters, is tied to the 6 × 6 map."
    },
}
