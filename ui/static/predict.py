"""What a net that was trained with ResNet Lab sees in pictures.

    python predict.py WEIGHTS.safetensors PICTURE...

Put this file into the folder of ResNet Lab, beside app.py, and run it with the same Python. The weights are those that
the page gives you; everything the net has to be asked with (classes, picture size, mean and deviation) is in them.
"""

import sys
from pathlib import Path

from resnet.errors import UserError
from train.checkpoint import load_classifier
from train.familiarity import UNFAMILIAR
from train.pictures import decode, to_tensor

if len(sys.argv) < 3:
    sys.exit(__doc__)
weights, *files = sys.argv[1:]

try:
    net = load_classifier(weights)  # net.model is a torch.nn.Module: logits from normalised 1,3,S,S
    for file in files:
        picture = decode(Path(file), name=file, side=net.image_px)  # upright, RGB
        square = to_tensor(picture, net.image_px)  # 3,S,S uint8: its middle, the short side S
        shares, familiar = net.answer(square[None])
        sure = sorted(zip(net.classes, shares[0].tolist(), strict=True), key=lambda pair: -pair[1])
        unlike = familiar is not None and familiar[0] < UNFAMILIAR
        said = ", ".join(f"{name} {share:.1%}" for name, share in sure)
        print(f"{file}: {said}{' (unlike the pictures it was trained on)' if unlike else ''}")
except UserError as refused:  # what is wrong with which file, and what to do
    sys.exit(str(refused))
