"""The networks ResNet is measured against: AlexNet, VGG, the Inception block and GoogLeNet.

Parameter names are torchvision's. N pictures, C channels, H x W pixels, K classes.

Sources
    Krizhevsky 2014, "One weird trick", arXiv 1404.5997 (this one-column AlexNet)
    Simonyan and Zisserman 2014, arXiv 1409.1556, table 1 (VGG: A = 11, B = 13, D = 16, E = 19 layers)
    Szegedy et al. 2014, "Going deeper with convolutions", arXiv 1409.4842, table 1 (GoogLeNet)
    Szegedy et al. 2015, "Rethinking the Inception Architecture", arXiv 1512.00567, figure 5 (the stand-alone block)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.errors import UserError

FIXED_SIDE = 224  # pixels; the first linear layer of AlexNet and VGG counts on the map this leaves


def _check_side(x: Tensor, name: str) -> None:
    if x.shape[-2:] != (FIXED_SIDE, FIXED_SIDE):
        height, width = x.shape[-2:]
        raise UserError(
            f"{name} takes pictures of {FIXED_SIDE}x{FIXED_SIDE} pixels only, not {height}x{width}: it has no adaptive "
            "pooling before its first linear layer",
            cure=f"Resize to {FIXED_SIDE}x{FIXED_SIDE}, or choose a ResNet, which takes any size",
        )


class AlexNet(nn.Module):
    """N x in_channels x 224 x 224 -> N x num_classes. Eight layers with weights; 61,100,840 parameters."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 64, kernel_size=11, stride=4, padding=2),  # 64 x 55 x 55
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # 64 x 27 x 27
            nn.Conv2d(64, 192, kernel_size=5, padding=2),  # 192 x 27 x 27
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # 192 x 13 x 13
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # 256 x 6 x 6
        )
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        _check_side(x, "AlexNet")
        return self.classifier(torch.flatten(self.features(x), 1))


class VGG(nn.Module):
    """N x in_channels x 224 x 224 -> N x num_classes.

    Args:
        stages: convolutions of 3x3 in each of the five stages; a 2x2 max-pool ends each stage.
        batch_norm: a norm after every convolution.
    """

    def __init__(
        self, stages: Sequence[int], num_classes: int = 1000, in_channels: int = 3, batch_norm: bool = False
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = in_channels
        for depth, width in zip(stages, (64, 128, 256, 512, 512), strict=True):
            for _ in range(depth):
                layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
                if batch_norm:
                    layers.append(nn.BatchNorm2d(width))
                layers.append(nn.ReLU(inplace=True))
                channels = width
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*layers)  # 512 x 7 x 7
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, num_classes),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
                # Sixteen layers without shortcuts do not start to learn from PyTorch's default draw.
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        _check_side(x, "VGG")
        return self.classifier(torch.flatten(self.features(x), 1))


class ConvNorm(nn.Module):
    """Convolution without bias, then batch norm; then ReLU unless the block is wanted without."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        relu: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return F.relu(x, inplace=True) if self.relu else x


class InceptionBlock(nn.Module):
    """Four branches over one input, joined along the channels: N x C x H x W -> N x 288 x H x W. No ReLU anywhere.

    64 (1x1) + 64 (5x5) + 96 (two 3x3) + 64 (pool) = 288 channels: the widths of Inception v3's first blocks.
    The pooling branch shrinks the map by 2 and its 1x1 convolution, padded by 1, grows it back: the border of that
    branch is the norm's answer to zeros.
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.branch1x1 = ConvNorm(in_channels, 64, 1, relu=False)
        self.branch5x5_1 = ConvNorm(in_channels, 48, 1, relu=False)
        self.branch5x5_2 = ConvNorm(48, 64, 5, padding=2, relu=False)
        self.branch3x3_1 = ConvNorm(in_channels, 64, 1, relu=False)
        self.branch3x3_2 = ConvNorm(64, 96, 3, padding=1, relu=False)
        self.branch3x3_3 = ConvNorm(96, 96, 3, padding=1, relu=False)
        self.branchpool_1 = nn.AvgPool2d(kernel_size=3, stride=1)
        self.branch_pool = ConvNorm(in_channels, 64, 1, padding=1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        branches = [
            self.branch1x1(x),
            self.branch5x5_2(self.branch5x5_1(x)),
            self.branch3x3_3(self.branch3x3_2(self.branch3x3_1(x))),
            self.branch_pool(self.branchpool_1(x)),
        ]
        return torch.cat(branches, 1)


class Inception(nn.Module):
    """GoogLeNet's block: N x C x H x W -> N x (c1 + c3 + c5 + pool) x H x W.

    The branch the paper calls 5x5 is a 3x3 here: torchvision's published weights have it so, and we can load them.
    """

    def __init__(self, in_channels: int, c1: int, c3_in: int, c3: int, c5_in: int, c5: int, pool: int) -> None:
        super().__init__()
        self.branch1 = ConvNorm(in_channels, c1, 1)
        self.branch2 = nn.Sequential(ConvNorm(in_channels, c3_in, 1), ConvNorm(c3_in, c3, 3, padding=1))
        self.branch3 = nn.Sequential(ConvNorm(in_channels, c5_in, 1), ConvNorm(c5_in, c5, 3, padding=1))
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1, ceil_mode=True), ConvNorm(in_channels, pool, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(nn.Module):
    """N x in_channels x H x W -> N x num_classes. Nine Inception blocks, no auxiliary heads; 6,624,904 parameters."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()

        def pool(kernel_size: int = 3) -> nn.MaxPool2d:
            return nn.MaxPool2d(kernel_size, stride=2, ceil_mode=True)

        self.conv1 = ConvNorm(in_channels, 64, 7, stride=2, padding=3)  # 64 x 112 x 112
        self.maxpool1 = pool()  # 64 x 56 x 56
        self.conv2 = ConvNorm(64, 64, 1)
        self.conv3 = ConvNorm(64, 192, 3, padding=1)
        self.maxpool2 = pool()  # 192 x 28 x 28
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = pool()  # 480 x 14 x 14
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = pool(2)  # 832 x 7 x 7
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool1(self.conv1(x))
        x = self.maxpool2(self.conv3(self.conv2(x)))
        x = self.maxpool3(self.inception3b(self.inception3a(x)))
        x = self.inception4c(self.inception4b(self.inception4a(x)))
        x = self.maxpool4(self.inception4e(self.inception4d(x)))
        x = self.inception5b(self.inception5a(x))
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(self.dropout(x))
