"""The words of "Why does the paper say 3.8?"."""

WORDS: dict[str, dict[str, str]] = {
    "architecture.reconcile.title": {"en": "Why does the paper say {printed}?"},
    "architecture.reconcile.gmacs": {"en": "GMACs"},
    "architecture.reconcile.macs": {"en": "MACs"},
    "architecture.reconcile.paper": {"en": "The paper, table 1"},
    "architecture.reconcile.paper.info": {"en": "its “FLOPs”: multiply-adds"},
    "architecture.reconcile.v1": {"en": "Paper's stride (v1)"},
    "architecture.reconcile.v15": {"en": "torchvision's stride (v1.5)"},
    "architecture.reconcile.counted": {"en": "{macs} MACs, counted here"},
    "architecture.reconcile.this": {"en": "this net"},
    "architecture.reconcile.this_there": {"en": "this net, at {setting}"},
    "architecture.reconcile.rounds": {"en": "v1 is the paper's net: {exact} GMACs prints as {printed} there."},
    "architecture.reconcile.prints": {
        "en": "v1 is the paper's net: {exact} GMACs prints as {printed} there, though it rounds to {rounded}."
    },
    "architecture.reconcile.moved": {
        "en": "From v1 to v1.5, {count} convolutions change. In v1 they halve the map themselves; in v1.5 the 3×3 "
        "after them does, so they work on the larger map:"
    },
    "architecture.reconcile.convolution": {"en": "convolution"},
    "architecture.reconcile.maps": {"en": "{v15}, not {v1}"},
    "architecture.reconcile.sum": {"en": "together"},
    "architecture.reconcile.here": {"en": "At {shape}, classes: {classes}, this net has {macs} GMACs:"},
    "architecture.reconcile.step": {"en": "setting"},
    "architecture.reconcile.step.classes": {"en": "another number of classes"},
    "architecture.reconcile.step.channels": {"en": "another number of input channels"},
    "architecture.reconcile.step.size": {"en": "another size of picture"},
    "architecture.reconcile.standard": {"en": "3×224×224, classes: 1,000"},
    "architecture.reconcile.flops": {
        "en": "Tools that count the multiplication and the addition apart say {flops} GFLOPs, 2 × MACs."
    },
}
