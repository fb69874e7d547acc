"""The training loop: it learns, it repeats itself exactly, and it says so when it cannot go on."""

import dataclasses
import functools
import math

import pytest
import torch

from resnet import UserError
from train import engine
from train.datasets import Data, Split
from train.engine import Clock, Training, learning_rate
from train.events import Diverged, Epoch, Finished, Preparing, Started, Step, as_dict
from train.recipe import RECIPES, Recipe

SIDE = 16
TOY = Recipe(
    net="resnet10_w16",
    image_px=SIDE,
    epochs=3,
    batch=16,
    lr=0.1,
    shift_px=2,
    precision="float32",
    threads=1,
)


def stripes(n, seed):
    """Lying stripes against standing ones, in noise: a flip or a shift does not change the answer."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    lying = (torch.arange(SIDE) % 4 < 2).float()[:, None].expand(SIDE, SIDE) * 120
    clean = torch.where(labels[:, None, None] == 0, lying, lying.T)
    noise = torch.rand(n, 3, SIDE, SIDE, generator=generator) * 135
    return Split((clean[:, None] + noise).to(torch.uint8), labels)


def data(train=96, val=32):
    return Data(("lying", "standing"), stripes(train, 1), stripes(val, 2), ())


def trained(recipe=TOY, pictures=None):
    training = Training(recipe, pictures or data())
    return training, list(training.events())


@functools.cache
def usual():
    """The toy recipe's net after the whole run, and the run's events; to be looked at only."""
    return trained()


def losses(events):
    return [event.loss for event in events if isinstance(event, Step)]


def epochs(events):
    return [event for event in events if isinstance(event, Epoch)]


def state(training):
    return {name: tensor.clone() for name, tensor in training.model.state_dict().items()}


def same(one, other):
    return all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_it_learns_stripes():
    training, events = trained(dataclasses.replace(TOY, epochs=6))
    first, *_, last = epochs(events)
    assert last.val_accuracy == 1.0
    assert last.val_loss < 0.2 * first.val_loss
    assert last.train_loss < 0.6 * first.train_loss
    assert last.train_accuracy > 0.95
    assert training.val_accuracy == 1.0


def test_events_come_in_order_and_count_right():
    training, events = trained(pictures=data(train=40))
    started, *middle, finished = events
    assert isinstance(started, Started)
    assert (started.steps_per_epoch, started.steps, started.classes) == (3, 9, ("lying", "standing"))
    assert (started.train_pictures, started.val_pictures, started.precision, started.threads) == (40, 32, "float32", 1)
    assert started.params == sum(p.numel() for p in training.model.parameters())
    assert [event.kind for event in middle] == ["step", "step", "step", "epoch"] * 3
    assert [event.step for event in middle if isinstance(event, Step)] == list(range(1, 10))
    assert [event.epoch for event in middle if isinstance(event, Step)] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert [(event.epoch, event.step) for event in epochs(events)] == [(0, 3), (1, 6), (2, 9)]
    assert finished == Finished(step=9, reason="done")
    for event in events:
        assert all(math.isfinite(value) for value in as_dict(event).values() if isinstance(value, float))
    assert all(event.images_per_second > 0 for event in middle if isinstance(event, Step))
    assert epochs(events)[-1].cpu_seconds > epochs(events)[0].cpu_seconds > 0


def test_equal_seeds_give_bit_equal_runs_and_other_seeds_others():
    first, events = usual()
    second, again = trained()
    assert losses(events) == losses(again)
    assert same(state(first), state(second))
    _, other = trained(dataclasses.replace(TOY, seed=1))
    assert losses(other) != losses(events)


@pytest.mark.parametrize("crop", ["whole", "random-resized"])
def test_augmentation_differs_from_epoch_to_epoch(crop, monkeypatch):
    seen = []
    real = engine.augment
    monkeypatch.setattr(engine, "augment", lambda *arguments: seen.append(real(*arguments)) or seen[-1])
    trained(dataclasses.replace(TOY, batch=96, epochs=2, crop=crop))
    one, two = (batch.sum(dim=(1, 2, 3)).sort().values for batch in seen)
    assert not torch.equal(one, two)


@pytest.mark.parametrize("stop_at", [1, 5, 6, 7, 8, 15])
def test_closed_and_taken_up_again_it_is_the_same_run(stop_at):
    _, whole = usual()
    training = Training(TOY, data())
    half = []
    for event in (events := training.events()):
        half.append(event)
        if len(half) > stop_at:
            events.close()
            break
    rest = list(training.events())
    assert losses(half + rest) == losses(whole)
    assert [e.val_loss for e in epochs(half + rest)] == [e.val_loss for e in epochs(whole)]
    assert [e.train_loss for e in epochs(half + rest)] == [e.train_loss for e in epochs(whole)]


def test_dropout_is_repeatable_too(monkeypatch):
    def create(_name, num_classes, in_channels):
        return torch.nn.Sequential(
            torch.nn.Conv2d(in_channels, 4, 3),
            torch.nn.Dropout(0.5),
            torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(4, num_classes),
        )

    monkeypatch.setattr(engine, "create", create)
    assert losses(trained()[1]) == losses(trained()[1])


def test_the_process_keeps_its_random_numbers_threads_and_gradients():
    torch.manual_seed(3)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    training = Training(dataclasses.replace(TOY, epochs=1, precision="auto", threads=threads + 1), data())
    for _ in training.events():
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
        assert torch.equal(torch.get_rng_state(), before)
        assert not torch.is_autocast_enabled("cpu")
    assert torch.get_num_threads() == threads
    assert training.recipe.precision in ("float32", "bfloat16")


@pytest.mark.parametrize(
    ("n", "batch", "sizes"), [(33, 16, [16, 17]), (17, 16, [17]), (3, 2, [3]), (34, 16, [16, 16, 2])]
)
def test_a_last_batch_of_one_joins_the_one_before(n, batch, sizes):
    recipe = dataclasses.replace(TOY, batch=batch, epochs=1)
    training = Training(recipe, data(train=n))
    rows = training._batches(0)
    assert [len(part) for part in rows] == sizes
    assert sorted(torch.cat(rows).tolist()) == list(range(n))
    assert len(losses(training.events())) == len(sizes)


def test_every_epoch_has_its_own_order():
    training = Training(TOY, data())
    one, two = torch.cat(training._batches(0)), torch.cat(training._batches(1))
    assert not torch.equal(one, two)
    assert torch.equal(one, torch.cat(Training(TOY, data())._batches(0)))


def test_epoch_figures_are_that_epochs_own_means_weighted_by_batch():
    article = dataclasses.replace(
        RECIPES["article"], net="resnet10_w16", image_px=SIDE, epochs=3, batch=16, precision="float32", threads=1
    )
    pictures = data(train=40)  # 16 + 16 + 8
    _, events = trained(article, pictures)
    for epoch in epochs(events):
        steps = [event for event in events if isinstance(event, Step) and event.epoch == epoch.epoch]
        weights = [16, 16, 8]
        for name in ("loss", "accuracy"):
            mean = sum(w * getattr(step, name) for w, step in zip(weights, steps, strict=True)) / 40
            assert getattr(epoch, f"train_{name}") == pytest.approx(mean, rel=1e-12)


def test_validation_is_of_the_whole_split_in_eval_mode_without_augmentation():
    from torch.nn import functional as F

    from train.augment import normalise

    pictures = data(val=21)
    training = Training(dataclasses.replace(TOY, epochs=1), pictures)
    *_, epoch, _ = training.events()
    assert all(module.training for module in training.model.modules())
    training.model.eval()
    with torch.no_grad():
        logits = training.model(normalise(pictures.val.images))
    assert epoch.val_loss == pytest.approx(F.cross_entropy(logits, pictures.val.labels).item(), rel=1e-5)
    assert epoch.val_accuracy == pytest.approx((logits.argmax(1) == pictures.val.labels).double().mean().item())


@pytest.mark.parametrize("lr", [1e6, 1e4])
def test_divergence_is_named_and_the_last_finite_weights_are_kept(lr):
    training = Training(dataclasses.replace(TOY, lr=lr, schedule="constant"), data())
    fresh = state(training)
    *_, last = training.events()
    assert isinstance(last, Diverged)
    assert last.step > 1
    assert "Choose a lower learning rate" in last.reason
    assert same(state(training), fresh)
    assert (training.step, training.epoch) == (0, -1)


def test_a_net_that_breaks_later_keeps_the_weights_of_the_last_epoch():
    training = Training(TOY, data())
    kept = None
    for event in training.events():
        if isinstance(event, Epoch) and event.epoch == 0:
            kept = state(training)
        if isinstance(event, Step) and event.step == 8:
            with torch.no_grad():
                training.model.fc.weight[0, 0] = math.nan
            assert training.finite_weights().epoch == 0
            assert same(training.finite_weights().state, kept)
    assert isinstance(event, Diverged)
    assert event.step == 9
    assert same(state(training), kept)
    assert training.finite_weights().step == 6


def test_weights_that_break_in_the_last_step_of_an_epoch_are_not_kept():
    training = Training(dataclasses.replace(TOY, epochs=1), data())
    for event in training.events():
        if isinstance(event, Step) and event.step == training.steps_per_epoch:
            training.model.bn1.running_var[0] = math.inf  # gives 0, which no loss shows
    assert isinstance(event, Diverged)
    assert all(tensor.isfinite().all() for tensor in training.model.state_dict().values())


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_norms_and_biases_are_not_decayed(optimizer):
    training = Training(dataclasses.replace(TOY, optimizer=optimizer, weight_decay=0.1), data())
    decay = {id(p): g["weight_decay"] for g in training._optimizer.param_groups for p in g["params"]}
    for name, parameter in training.model.named_parameters():
        is_matrix = name.endswith("weight") and "bn" not in name and "downsample.1" not in name
        assert decay[id(parameter)] == (0.1 if is_matrix else 0.0), name


def test_one_cycle_rises_to_the_peak_and_comes_down_and_is_never_zero():
    recipe = Recipe(lr=0.2)
    for steps in (1, 2, 3, 4, 5, 1000):
        rates = [learning_rate(recipe, step, steps) for step in range(steps)]
        assert all(0 < rate <= 0.2 for rate in rates)
    top = rates.index(max(rates))
    assert top == pytest.approx(250, abs=1)
    assert rates[top] == pytest.approx(0.2, rel=0.01)
    assert rates[-1] < 1e-5
    assert rates == sorted(rates[: top + 1]) + sorted(rates[top + 1 :], reverse=True)
    assert learning_rate(RECIPES["article"], 7, 1000) == 0.003


def test_too_few_pictures_or_classes_are_refused():
    with pytest.raises(UserError, match="too few"):
        Training(TOY, data(train=1))
    with pytest.raises(UserError, match="too few"):
        Training(TOY, data(val=0))
    with pytest.raises(UserError, match="only one class"):
        Training(TOY, dataclasses.replace(data(), classes=("lying",)))
    with pytest.raises(UserError, match="no net called"):
        Training(dataclasses.replace(TOY, net="resnet19"), data())


def test_fit_reads_the_pictures_first_and_counts_their_time(monkeypatch):
    def slow(source, **asked):
        assert (source, asked) == ("drawn", {"side": SIDE, "seed": 0, "train_pictures": 3000, "val_pictures": 500})
        yield Preparing(0, 2, "drawing")
        end = Clock().cpu + 0.2
        while Clock().cpu < end:
            pass
        return data()

    monkeypatch.setattr(engine, "open_data", slow)
    kinds = []
    for event in engine.fit(dataclasses.replace(TOY, epochs=1)):
        kinds.append(event.kind)
        if isinstance(event, Epoch):
            assert event.cpu_seconds > 0.2
            assert event.seconds > 0.2
    assert kinds == ["preparing", "started"] + ["step"] * 6 + ["epoch", "finished"]
