"""Evaluation: counts by hand, classes by name, and a net that is given back as it was."""

import pytest
import torch
from torch import nn

from resnet import UserError
from tests.toys import stored
from train.augment import normalise
from train.checkpoint import Classifier
from train.evaluate import evaluate, evaluating, validate

SIDE = 8


class Brightness(nn.Module):
    """Answers class k for a picture that is k shades bright, and has a batch norm to be disturbed."""

    def __init__(self, classes=3):
        super().__init__()
        self.bn = nn.BatchNorm2d(3)
        self.inner = nn.Sequential(nn.Dropout(), nn.Identity())
        self.classes = classes

    def forward(self, images):
        self.bn(images)
        shade = images.mean(dim=(1, 2, 3), keepdim=True)[..., 0, 0]
        return -((shade - torch.arange(self.classes)) ** 2)


def shades(*values):
    return torch.tensor(values, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, SIDE, SIDE).contiguous()


def classifier(*classes):
    # mean 0 and deviation 1/255 leave pixel values as they are
    return Classifier(Brightness(len(classes)), classes, SIDE, mean=(0.0,) * 3, std=(1 / 255,) * 3)


def test_counts_by_hand():
    answers, truth = (0, 0, 0, 1, 1, 2), (0, 0, 1, 1, 1, 0)
    result = evaluate(classifier("a", "b", "c"), stored(shades(*answers), torch.tensor(truth)), ("a", "b", "c"))
    assert result.n == 6
    assert result.confusion == ((2, 0, 1), (1, 2, 0), (0, 0, 0))  # rows are the truth, columns the answers
    assert result.accuracy == pytest.approx(4 / 6)
    assert result.balanced_accuracy == pytest.approx((2 / 3 + 2 / 3) / 2)  # nobody asked about c
    assert result.classes == ("a", "b", "c")


def test_rare_classes_count_as_much():
    result = evaluate(classifier("a", "b"), stored(shades(0, 0, 0, 0), torch.tensor([0, 0, 0, 1])), ("a", "b"))
    assert result.accuracy == 0.75
    assert result.balanced_accuracy == 0.5


def test_classes_are_matched_by_name_not_by_position():
    images, labels = shades(0, 1, 2), torch.tensor([1, 2, 0])
    result = evaluate(classifier("a", "b", "c"), stored(images, labels), ("c", "a", "b"))
    assert result.accuracy == 1.0
    assert result.confusion == ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def test_a_class_without_pictures_takes_no_part_in_the_balance():
    result = evaluate(classifier("a", "b", "c"), stored(shades(0, 1, 1), torch.tensor([0, 1, 0])), ("a", "b"))
    assert result.balanced_accuracy == 0.75
    assert result.confusion == ((1, 1, 0), (0, 1, 0), (0, 0, 0))


def test_unknown_classes_are_refused_naming_both():
    split = stored(shades(0), torch.tensor([0]))
    with pytest.raises(UserError) as caught:
        evaluate(classifier("cat", "dog"), split, ("cat", "horse"))
    sentence = str(caught.value)
    assert "tells cat, dog apart; the set also has horse" in sentence
    with pytest.raises(UserError, match="and 992 more"):
        evaluate(classifier("cat", "dog"), split, tuple(map(str, range(1000))))


def test_an_empty_set_is_refused():
    with pytest.raises(UserError, match="no pictures"):
        evaluate(classifier("a", "b"), stored(shades(0)[:0], torch.zeros(0, dtype=torch.int64)), ("a", "b"))


@pytest.mark.parametrize("fails", [False, True])
def test_the_net_is_given_back_as_it_was(fails):
    model = Brightness().train()
    model.inner.eval()  # frozen by someone
    modes = [module.training for module in model.modules()]
    running = model.bn.running_mean.clone()
    try:
        with evaluating(model):
            assert not any(module.training for module in model.modules())
            assert not torch.is_grad_enabled()
            if fails:
                raise RuntimeError
            validate(model, stored(shades(0, 1, 2), torch.tensor([0, 1, 2])), batch=2)
    except RuntimeError:
        assert fails
    assert [module.training for module in model.modules()] == modes
    assert torch.is_grad_enabled()
    assert torch.equal(model.bn.running_mean, running)


def test_validation_weighs_every_picture_the_same():
    model = Brightness()
    split = stored(shades(0, 1, 2, 1, 0), torch.tensor([0, 1, 2, 2, 1]))
    whole, parts = validate(model, split, batch=5), validate(model, split, batch=2)
    assert parts.loss == pytest.approx(whole.loss)
    assert parts.accuracy == whole.accuracy == pytest.approx(1 / 5)


def test_validation_tells_of_each_picture_what_was_said_and_how_surely():
    model, pictures = Brightness(), shades(0, 90, 255)
    split = stored(pictures, torch.tensor([0, 2, 2]))
    answers = validate(model, split, batch=2)
    with evaluating(model):
        sure = model(normalise(pictures)).softmax(dim=1)
    assert torch.equal(answers.labels, sure.argmax(dim=1))
    assert torch.allclose(answers.shares, sure.max(dim=1).values)
    assert torch.allclose(answers.losses, -sure[torch.arange(3), split.labels].log(), atol=1e-6)
    assert answers.truths is split.labels
    assert answers.loss == pytest.approx(float(answers.losses.mean()))


def test_each_picture_is_looked_at_once():
    asked = []

    class Counting(type(stored(shades(0)))):
        def take(self, positions):
            asked.extend(positions.tolist())
            return super().take(positions)

    split = stored(shades(0, 1, 2, 1, 0))
    validate(Brightness(), Counting(split.store, split.rows, split.labels), batch=2)
    assert asked == [0, 1, 2, 3, 4]
