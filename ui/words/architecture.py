"""The words of the Architecture tab."""

WORDS: dict[str, dict[str, str]] = {
    "architecture.view": {"en": "Look at"},
    "architecture.view.net": {"en": "One net"},
    "architecture.view.compare": {"en": "Compare"},
    "architecture.view.build": {"en": "Your own"},
    "architecture.view.convolution": {"en": "Convolution"},
    "architecture.depth": {"en": "ResNet depth"},
    "architecture.depth.info": {"en": "How many layers with weights."},
    "architecture.more": {"en": "More nets"},
    "architecture.more.info": {"en": "Variants, small nets, and the nets that came before."},
    "architecture.input": {"en": "Input shape"},
    "architecture.input.info": {"en": "Channels, height, width"},
    "architecture.classes": {"en": "Classes"},
    "architecture.classes.info": {"en": "Outputs of the last layer"},
    "architecture.pair": {"en": "Pairs worth a look"},
    "architecture.nets": {"en": "Nets side by side"},
    "architecture.nets.info": {"en": "Two to four, all at the input below."},
    "architecture.nets.count": {"en": "Two to four nets can be compared"},
    "architecture.nets.count_cure": {"en": "Add one, or take one away"},
    "architecture.group.wide": {"en": "Wider"},
    "architecture.group.variant": {"en": "Variant"},
    "architecture.group.small": {"en": "Small"},
    "architecture.group.live": {"en": "For training here"},
    "architecture.group.predecessor": {"en": "Before"},
    "architecture.total": {"en": "total"},
    "architecture.total.params": {"en": "parameters"},
    "architecture.total.macs": {"en": "GMACs"},
    "architecture.total.flops": {"en": "GFLOPs, 2 × MACs"},
    "architecture.total.written": {"en": "MB of outputs"},
    "architecture.total.calls": {"en": "operations"},
    "architecture.table": {"en": "{title}: stages, blocks and operations in order of execution"},
    "architecture.torchstat.table": {"en": "{title} as torchstat lists it"},
    "architecture.alias": {"en": "{paper} in the paper, {d2l} in d2l"},
    "architecture.at_least": {"en": "≥ {figure}"},
    "architecture.not_known": {"en": "n/a"},
    "architecture.tools": {"en": "Table and picture"},
    "architecture.table.operations": {"en": "Operations"},
    "architecture.table.torchstat": {"en": "torchstat"},
    "architecture.columns": {"en": "More columns"},
    "architecture.unfold": {"en": "Unfold all"},
    "architecture.fold": {"en": "Fold all"},
    "architecture.time": {"en": "Time each operation"},
    "architecture.python": {"en": "Copy as Python"},
    "architecture.take": {"en": "Take along"},
    "architecture.save.csv": {"en": "CSV"},
    "architecture.save.markdown": {"en": "Markdown"},
    "architecture.save.latex": {"en": "LaTeX"},
    "architecture.save.svg": {"en": "SVG"},
    "architecture.save.png": {"en": "PNG"},
    "architecture.script.explained": {"en": "{name} is explained beside the table or below it."},
    "architecture.script.remembered": {"en": "The memory shown is for what you chose."},
    "architecture.script.timing": {"en": "Running the net several times on this machine…"},
    "architecture.script.no_png": {"en": "This browser makes no PNG of that size. Take the SVG, or fold some of it."},
    "architecture.script.copied": {"en": "Copied. Paste it into a file in the project's folder."},
    "architecture.script.copy_yourself": {"en": "Press Ctrl+C (⌘C on a Mac) to copy what is marked."},
    "architecture.unread": {"en": "The address asks for {what}, which is nothing that can be shown"},
    "architecture.unread_cure": {"en": "It is left out; the controls say what is shown"},
    "architecture.no_look": {"en": "The question does not say what is on show"},
    "architecture.no_look_cure": {"en": "Reload the page"},
    "architecture.no_net": {"en": "That is no name of a net"},
    "architecture.no_net_cure": {"en": "Give one of the catalogue, such as resnet50"},
    "architecture.no_format": {"en": "There is no such format"},
    "architecture.no_format_cure": {"en": "Choose csv, markdown, latex or svg"},
    "architecture.time.moment_ago": {"en": "Another net was timed a moment ago"},
    "architecture.time.later": {"en": "Try again in {seconds} seconds"},
    "architecture.memory.no_batch": {"en": "That is no number of pictures"},
    "architecture.memory.no_batch_cure": {"en": "Give a whole number, such as 32"},
    "architecture.picture": {"en": "Picture of {title}"},
    "architecture.definitions": {"en": "What the columns mean"},
    "architecture.basis": {"en": "One picture, float32, at evaluation. 1 MB = 1,000,000 bytes, 1 G = 1,000,000,000."},
    "architecture.partial": {"en": "The totals are partial: there is no definition here for {operations}."},
    "architecture.source": {"en": "Source: {source}."},
    "architecture.not_whole": {"en": "{field} cannot be {number}"},
    "architecture.not_whole_cure": {"en": "Give a whole number from 1 to {most}"},
    "architecture.empty": {"en": "{field} is empty"},
    "architecture.column.name": {"en": "name"},
    "architecture.column.type": {"en": "operation"},
    "architecture.column.input_shape": {"en": "input"},
    "architecture.column.output_shape": {"en": "output"},
    "architecture.column.params": {"en": "parameters"},
    "architecture.column.macs": {"en": "MACs"},
    "architecture.column.flops": {"en": "FLOPs, 2 × MACs"},
    "architecture.column.madd": {"en": "MAdd"},
    "architecture.column.output_bytes": {"en": "output bytes"},
    "architecture.column.read_bytes": {"en": "bytes read"},
    "architecture.column.write_bytes": {"en": "bytes written"},
    "architecture.column.intensity": {"en": "MACs per byte"},
    "architecture.column.time": {"en": "time (ms)"},
    "architecture.define.name": {
        "en": "Path of the layer in the network, as torchvision names it; #2 is the second use of one layer. A path "
        "ending in an operation, such as .add, has no layer of its own."
    },
    "architecture.define.type": {"en": "PyTorch's name for what is computed."},
    "architecture.define.input_shape": {"en": "Channels × height × width. Both sides of an addition are alike."},
    "architecture.define.output_shape": {"en": "Channels × height × width."},
    "architecture.define.params": {
        "en": "Weights and biases, counted where they are first used. Running statistics of norms are not counted. "
        "After torchvision (num_params)."
    },
    "architecture.define.macs": {
        "en": "Multiply-accumulates of convolutions and linear layers. He et al. 2015 call these FLOPs, torchvision "
        "GFLOPS."
    },
    "architecture.define.flops": {"en": "2 × MACs, as hardware makers and PyTorch's FlopCounterMode count."},
    "architecture.define.madd": {
        "en": "Multiplications and additions counted one by one, of all operations. After torchstat's MAdd."
    },
    "architecture.define.output_bytes": {"en": "Size of the output, 4 bytes a number."},
    "architecture.define.read_bytes": {
        "en": "Inputs and parameters, each read once, 4 bytes a number. After torchstat's MemRead."
    },
    "architecture.define.write_bytes": {
        "en": "The output, written once, 4 bytes a number. After torchstat's MemWrite."
    },
    "architecture.define.intensity": {
        "en": "MACs for every byte read or written: the arithmetic intensity of the roofline model (Williams et al. "
        "2009). Below the machine's own ratio, about ten on a CPU and a hundred or more on a GPU, memory is the limit."
    },
    "architecture.define.time": {
        "en": "Milliseconds on the machine this page runs on: the median of several runs, one picture, float32."
    },
    "architecture.define.torchstat.module name": {
        "en": "Path of a layer. Each layer is one row, however often it is used."
    },
    "architecture.define.torchstat.input shape": {"en": "Of its last use: channels, height, width."},
    "architecture.define.torchstat.output shape": {"en": "Of its last use: channels, height, width."},
    "architecture.define.torchstat.params": {"en": "Weights and biases."},
    "architecture.define.torchstat.memory(MB)": {
        "en": "The output, 4 bytes a number, in units of 2²⁰ bytes. Nothing is said about the peak."
    },
    "architecture.define.torchstat.MAdd": {"en": "Multiplications and additions, each counted by itself."},
    "architecture.define.torchstat.Flops": {
        "en": "Nearly MACs, whatever the name says: multiply-accumulates, with biases, norms, ReLUs and pools added."
    },
    "architecture.define.torchstat.MemRead(B)": {
        "en": "Bytes of input and parameters. The total is our sum; torchstat copies its last row there."
    },
    "architecture.define.torchstat.MemWrite(B)": {
        "en": "Bytes of output. The total is our sum; torchstat copies its last row there."
    },
    "architecture.define.torchstat.MemR+W(B)": {"en": "MemRead and MemWrite together."},
    "architecture.torchstat.basis": {
        "en": "As torchstat counts: a row a layer, so additions are missing and a ReLU used three times counts once; "
        "dropout and adaptive pooling count 0. One picture, float32. In torchstat's own total row MemRead and MemWrite "
        "repeat the last layer; here they are sums."
    },
    "architecture.stage.stem": {"en": "stem"},
    "architecture.stage.head": {"en": "head"},
    "architecture.note.resnet50_v1": {
        "en": "Stride 2 sits in the first 1×1 convolution of a stage, as the paper has it. torchvision moved it to the "
        "3×3: the 1×1 before it then works on the larger map, which is why it counts 4.089 GMACs where this net, and "
        "the paper, have 3.858."
    },
    "architecture.note.resnet50_v1_flatten": {
        "en": "The head flattens the last map without pooling it, so the picture must be 32×32: only then is that "
        "map 1×1. Its softmax belongs outside the network; cross-entropy applies one of its own."
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
        "en": "For 32×32 pictures. Shortcuts have no parameters: where the shape changes, x keeps every second pixel "
        "and the new channels are zero."
    },
    "architecture.note.inception_block": {
        "en": "One block of the Inception family: four branches over the same input, joined along the channels to "
        "64 + 64 + 96 + 64 = 288. No ReLU in it."
    },
    "architecture.note.vgg16": {
        "en": "Takes 224×224 only: its first linear layer, with most of its parameters, is tied to the 7×7 map."
    },
    "architecture.note.alexnet": {
        "en": "Takes 224×224 only: its first linear layer, with most of its parameters, is tied to the 6×6 map."
    },
}
