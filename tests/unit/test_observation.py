"""What is observed at an epoch's end: counted by hand, and the training goes on as if nobody had looked."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.toys import SIDE, TOY, data, losses, same, state
from train import observation
from train.engine import Training
from train.evaluate import Answers
from train.events import Epoch
from train.observation import activity, choose_probes, confusion, filters, most_mistaken, observe


def answers(truths: list[int], labels: list[int], losses: list[float]) -> Answers:
    return Answers(torch.tensor(losses), torch.tensor(labels), torch.full((len(truths),), 0.6), torch.tensor(truths))


def test_mistakes_are_ordered_by_loss_and_tell_both_probabilities() -> None:
    found = most_mistaken(answers([0, 1, 0, 1], [1, 1, 1, 0], [2.0, 9.0, 3.0, 0.9]), count=2)
    assert [(each.position, each.truth, each.label) for each in found] == [(2, 0, 1), (0, 0, 1)]
    assert found[0].share == pytest.approx(0.6)
    assert found[0].true_share == pytest.approx(0.049787, rel=1e-4)  # exp(-3)


def test_the_confusion_matrix_has_the_truth_in_its_rows_and_the_least_sure_pictures_first() -> None:
    seen = confusion(answers([0, 0, 0, 1, 1, 0], [0, 1, 1, 1, 1, 0], [0.1, 2.0, 3.0, 0.2, 0.3, 0.4]), classes=3)
    assert seen.classes == (0, 1, 2)
    assert seen.counts == ((2, 2, 0), (0, 2, 0), (0, 0, 0))
    assert seen.cells == {(0, 0): (5, 0), (0, 1): (2, 1), (1, 1): (4, 3)}


def test_of_many_classes_those_with_the_most_mistakes_are_shown() -> None:
    truths, labels = list(range(30)), list(range(30))
    truths += [29, 29, 7]  # taken for 3, 3 and 29
    labels += [3, 3, 29]
    seen = confusion(answers(truths, labels, [0.5] * 33), classes=30)
    assert len(seen.classes) == observation.MOST_CLASSES
    assert {3, 7, 29} <= set(seen.classes)
    assert seen.classes == tuple(sorted(seen.classes))
    row, column = seen.classes.index(29), seen.classes.index(3)
    assert seen.counts[row][column] == 2
    assert seen.cells[row, column] == (30, 31)


def test_pictures_are_shared_out_over_the_cells_mistakes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "MOST_PICTURES", 4)
    seen = confusion(answers([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1], [1.0] * 6), classes=2)
    assert seen.cells == {(0, 1): (3,), (0, 0): (0, 1), (1, 1): (4,)}


def test_probes_are_balanced_and_the_same_for_a_seed() -> None:
    truths = torch.tensor([0] * 90 + [1] * 8 + [2] * 2)
    chosen = choose_probes(truths, seed=3)
    assert torch.equal(chosen, choose_probes(truths, seed=3))
    assert not torch.equal(chosen, choose_probes(truths, seed=4))
    assert truths[chosen].bincount().tolist() == [3, 3, 2]
    assert truths[chosen][:3].tolist() == [0, 1, 2]
    assert len(set(chosen.tolist())) == observation.PROBES
    assert sorted(choose_probes(truths[:3], seed=0).tolist()) == [0, 1, 2]


class Staged(nn.Module):
    """Channel 0 of its one stage is dead, channel 1 passes red on, channel 2 is 2 everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())
        self.fc = nn.Linear(3, 2)
        weight = torch.zeros(3, 3, 1, 1)
        weight[1, 0] = 1
        self.layer1[0].weight.data, self.layer1[0].bias.data = weight, torch.tensor([-1.0, 0.0, 2.0])

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.layer1(images).mean(dim=(2, 3)))


def test_activity_is_measured_on_what_a_stage_puts_out() -> None:
    model = Staged().train()
    images = torch.full((2, 3, 4, 4), 255, dtype=torch.uint8)
    images[1] = 0  # black: here channel 1 is silent, too, which does not make it dead
    (stage,) = activity(model, images, "float32")
    red = (1 - 0.485) / 0.229
    values = torch.tensor([0.0, red, 2.0, 0.0, 0.0, 2.0])
    assert (stage.stage, stage.layer, stage.channels, stage.dead) == ("layer1", "layer1", 3, 1)
    assert stage.mean == pytest.approx(values.mean().item(), rel=1e-5)
    assert stage.std == pytest.approx(values.std(correction=0).item(), rel=1e-5)
    assert model.training
    assert not model.layer1._forward_hooks


def test_filters_share_one_scale_with_grey_for_zero() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 2, bias=False))
    model[0].weight.data = torch.tensor([0.5, -0.25, 0.0, 0.1]).view(1, 1, 2, 2).repeat(2, 3, 1, 1)
    seen = filters(model)
    assert seen is not None
    assert seen.tiles[0, 0].tolist() == [[255, 64], [128, 153]]
    assert (seen.layer, seen.total, seen.largest) == ("0", 2, 0.5)
    assert filters(nn.Linear(3, 2)) is None


def trained(observed: bool, **changes: object) -> tuple[Training, list[float]]:
    training = Training(TOY.with_settings({key: str(value) for key, value in changes.items()}), data())
    probes = choose_probes(training.data.val.labels, TOY.seed)
    events = []
    for event in training.events():
        events.append(event)
        if observed and isinstance(event, Epoch):
            observe(training, probes)
    return training, losses(events)


@pytest.mark.parametrize("changes", [{}, {"ema": 0.9, "precision": "bfloat16"}])
def test_training_is_bit_identical_whether_it_is_observed_or_not(changes: dict[str, object]) -> None:
    seen, seen_losses = trained(True, epochs=2, **changes)
    unseen, unseen_losses = trained(False, epochs=2, **changes)
    assert seen_losses == unseen_losses
    assert same(state(seen), state(unseen))
    assert same(seen.answering.state_dict(), unseen.answering.state_dict())


def test_an_observation_agrees_with_the_epoch_it_was_made_at() -> None:
    training = Training(TOY.with_settings({"epochs": "1"}), data())
    probes = choose_probes(training.data.val.labels, TOY.seed)
    (epoch,) = (event for event in training.events() if isinstance(event, Epoch))
    seen = observe(training, probes)
    assert (seen.epoch, seen.step, seen.accuracy) == (0, epoch.step, epoch.val_accuracy)
    assert sum(map(sum, seen.confusion.counts)) == seen.pictures == 32
    right = sum(seen.confusion.counts[at][at] for at in range(2))
    assert right / 32 == epoch.val_accuracy
    assert [stage.stage for stage in seen.stages] == ["stem", "layer1", "layer2", "layer3", "layer4"]
    assert [probe.position for probe in seen.probes] == probes.tolist()
    assert seen.filters is not None
    assert seen.filters.tiles.shape[1] == 3
    assert training.data.val.side == SIDE
