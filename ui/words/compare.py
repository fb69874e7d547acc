"""The words of the Architecture tab's comparison."""

WORDS: dict[str, dict[str, str]] = {
    # Ready-made pairs: the button, and what to look for.
    "architecture.pair.plain34_resnet34": {"en": "Plain-34 / ResNet-34"},
    "architecture.pair.plain34_resnet34.remark": {
        "en": "The same blocks with and without shortcuts; three of the shortcuts are 1×1 projections. All of them "
        "cost almost nothing; look at what they do to the accuracy."
    },
    "architecture.pair.resnet34_resnet50": {"en": "ResNet-34 / ResNet-50"},
    "architecture.pair.resnet34_resnet50.remark": {
        "en": "As many blocks in every stage, three convolutions in each instead of two. The 1×1 convolutions around "
        "the 3×3 keep the work close; the outputs between them, four times as many channels, do not stay close."
    },
    "architecture.pair.v1_v15": {"en": "ResNet-50 v1 / v1.5"},
    "architecture.pair.v1_v15.remark": {
        "en": "Only the place of the stride differs: in the first 1×1 of a stage (v1, the paper) or in the 3×3 after "
        "it (v1.5, torchvision). Same parameters, more work in layer2 to layer4."
    },
    "architecture.pair.vgg16_resnet50": {"en": "VGG-16 / ResNet-50"},
    "architecture.pair.vgg16_resnet50.remark": {
        "en": "VGG-16 has most of its parameters in the head and most of its work on large maps. ResNet-50 makes the "
        "maps small first and averages them before its one linear layer."
    },
    "architecture.pair.alexnet_googlenet": {"en": "AlexNet / GoogLeNet"},
    "architecture.pair.alexnet_googlenet.remark": {
        "en": "GoogLeNet does more work with far fewer parameters: averaging the last maps spares it AlexNet's large "
        "linear layers."
    },
    # The comparison.
    "architecture.compare.label": {"en": "Comparison of {nets}"},
    "architecture.compare.basis": {
        "en": "One picture of {shape}, classes: {classes}, float32, at evaluation. Ratios and differences are against "
        "{first}."
    },
    "architecture.compare.totals": {"en": "Totals"},
    "architecture.compare.params": {"en": "parameters"},
    "architecture.compare.macs": {"en": "GMACs"},
    "architecture.compare.flops": {"en": "GFLOPs, 2 × MACs"},
    "architecture.compare.written": {"en": "MB of outputs, one picture"},
    "architecture.compare.calls": {"en": "operations"},
    "architecture.compare.same": {"en": "same"},
    "architecture.compare.points": {"en": "{difference} points"},
    "architecture.compare.top5": {"en": "top-5 {percent} %"},
    "architecture.compare.unpublished": {"en": "not published"},
    "architecture.compare.only_v1": {"en": "only for v1: {percent} %"},
    "architecture.compare.one_crop": {"en": "ImageNet top-1 accuracy, one crop of 224×224"},
    "architecture.compare.ten_crops": {"en": "ImageNet top-1 accuracy, ten crops"},
    "architecture.compare.cifar10": {"en": "CIFAR-10 accuracy"},
    "architecture.compare.published": {
        "en": "Accuracies are as published, at the input they were published for, not measured here. Compare within "
        "one row only: ten crops give more than one."
    },
    "architecture.compare.sources": {"en": "Where the accuracies come from"},
    "architecture.compare.source": {"en": "{net}, {measure}: {source}."},
    "architecture.compare.note.newer_recipe": {
        "en": "Trained with torchvision's newer recipe: part of the lead over the other weights is training."
    },
    "architecture.compare.note.ported": {"en": "Weights converted from another framework, not trained by torchvision."},
    "architecture.compare.note.option_a": {
        "en": "Measured with zero-padded shortcuts (option A); this net has projections."
    },
    "architecture.compare.note.their_test": {"en": "As tested by He et al., not by the net's own authors."},
    # Stage by stage.
    "architecture.compare.stages": {"en": "Stage by stage"},
    "architecture.compare.maps": {"en": "By the size of the maps"},
    "architecture.compare.stages.how": {"en": "≠ marks what differs from {first}."},
    "architecture.compare.maps.how": {
        "en": "These nets have different plans, so each row holds what works on maps of one size: 1/4 is a quarter of "
        "the picture's height and width. A pool belongs to the row it ends. ≠ marks what differs from {first}."
    },
    "architecture.compare.map_whole": {"en": "the picture's own side"},
    "architecture.compare.map_side": {"en": "{part} of the picture's side"},
    "architecture.compare.column.net": {"en": "net"},
    "architecture.compare.column.blocks": {"en": "blocks"},
    "architecture.compare.column.layers": {"en": "conv. + linear"},
    "architecture.compare.column.output": {"en": "output"},
    "architecture.compare.column.params": {"en": "parameters"},
    "architecture.compare.column.macs": {"en": "MACs"},
    "architecture.compare.column.share": {"en": "of net"},
    "architecture.compare.column.written": {"en": "outputs, MB"},
    "architecture.compare.none": {"en": "nothing here"},
    # The chart.
    "architecture.compare.chart": {"en": "Work against accuracy"},
    "architecture.compare.chart.label": {
        "en": "Chart of published ImageNet accuracy against GMACs. {points}. The figures are in the table below it."
    },
    "architecture.compare.chart.point": {"en": "{net}: {macs} GMACs, {top1} %, {params} million parameters"},
    "architecture.compare.chart.x": {"en": "GMACs at 3×224×224, classes: 1,000 (logarithmic)"},
    "architecture.compare.chart.y": {"en": "ImageNet top-1 accuracy, %, one crop"},
    "architecture.compare.chart.size": {"en": "area: parameters"},
    "architecture.compare.chart.million": {"en": "{count} M"},
    "architecture.compare.chart.dashed": {
        "en": "Dashed: ResNeXt-101 64x4d, trained with torchvision's newer recipe, so not quite comparable."
    },
    "architecture.compare.chart.empty": {"en": "None of the nets compared has a point"},
    "architecture.compare.chart.missing": {
        "en": "Not in the chart, because no ImageNet accuracy by one crop is published: {nets}."
    },
    "architecture.compare.chart.table": {"en": "The chart's figures"},
    "architecture.compare.chart.column.params": {"en": "parameters, M"},
    "architecture.compare.chart.column.top1": {"en": "top-1, %"},
    "architecture.compare.chart.column.top5": {"en": "top-5, %"},
    "architecture.compare.chart.column.source": {"en": "published by"},
}
