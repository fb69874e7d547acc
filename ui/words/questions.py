"""The words of the questions above the tabs."""

WORDS: dict[str, dict[str, str]] = {
    "architecture.question.strip": {"en": "Questions"},
    "architecture.question.close": {"en": "Put the questions away"},
    "architecture.question.none": {"en": "There is no such question"},
    "architecture.question.script.close": {"en": "Close"},
    "architecture.question.script.right": {"en": "That is right."},
    "architecture.question.script.wrong": {"en": "It is:"},
    "architecture.question.shortcut": {"en": "What does a shortcut do?"},
    "architecture.question.shortcut.guess": {
        "en": "ResNet-34 has 34 layers with weights. How many must a signal pass at least, from picture to answer?"
    },
    "architecture.question.shortcut.choice": {"en": "{number} layers"},
    "architecture.question.shortcut.plain": {"en": "Shortest way through Plain-34, in layers"},
    "architecture.question.shortcut.residual": {"en": "Shortest way through ResNet-34, in layers"},
    "architecture.question.shortcut.ways": {"en": "Ways through ResNet-34"},
    "architecture.question.shortcut.params": {"en": "Parameters that its shortcuts add"},
    "architecture.question.shortcut.macs": {"en": "MACs that its shortcuts add"},
    "architecture.question.shortcut.answer": {
        "en": "A shortcut lets the signal, and the gradient on its way back, go round a block at next to no cost: what "
        "every signal still passes is the first convolution, three projections and the last layer."
    },
    "architecture.question.projection": {"en": "When must it be a projection?"},
    "architecture.question.projection.guess": {
        "en": "How many of ResNet-34's 16 shortcuts are a projection, with weights of its own?"
    },
    "architecture.question.projection.choice": {"en": "{number} of them"},
    "architecture.question.projection.bottleneck": {"en": "In ResNet-50 also {name}"},
    "architecture.question.projection.answer": {
        "en": "Only where a block changes the shape of x, because numbers can be added only place by place (filling "
        "up with zeros does it, too: see Your own); everywhere else x passes as it is."
    },
    "architecture.question.fifty": {"en": "Why does 50 cost hardly more than 34?"},
    "architecture.question.fifty.guess": {
        "en": "ResNet-50 has 16 layers more than ResNet-34 and needs hardly more MACs. How many times as much does "
        "training have to keep in memory?"
    },
    "architecture.question.fifty.choice": {"en": "{number} times"},
    "architecture.question.fifty.macs": {"en": "Work"},
    "architecture.question.fifty.paper": {"en": "Work with the paper's stride"},
    "architecture.question.fifty.params": {"en": "Parameters"},
    "architecture.question.fifty.kept": {"en": "Kept for training, one picture"},
    "architecture.question.fifty.moved": {"en": "Read and written, one picture"},
    "architecture.question.fifty.gmacs": {"en": "{before} → {after} GMACs ({ratio})"},
    "architecture.question.fifty.millions": {"en": "{before} → {after} million ({ratio})"},
    "architecture.question.fifty.mb": {"en": "{before} → {after} MB ({ratio})"},
    "architecture.question.fifty.answer": {
        "en": "Its 1×1 convolutions narrow the map before each costly 3×3, so work hardly grows; what is not cheap are "
        "the wide maps between them, which memory has to hold and move."
    },
    "architecture.question.place": {"en": "Where do parameters and work sit?"},
    "architecture.question.place.guess": {
        "en": "How much of VGG-16's parameters sits in its last three layers, the linear ones?"
    },
    "architecture.question.place.choice": {"en": "{number} %"},
    "architecture.question.place.of": {"en": "{title}, {stage}"},
    "architecture.question.place.shares": {"en": "{params} of parameters, {macs} of MACs"},
    "architecture.question.place.answer": {
        "en": "Work sits where maps are large, parameters where channels are many; ResNet drops the huge linear layers "
        "and spreads its work over all stages."
    },
}
