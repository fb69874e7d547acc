"""The training loop: it learns, it repeats itself exactly, and it says so when it cannot go on."""

import dataclasses
import functools
import math

import pytest
import torch

from resnet import UserError, weights
from tests.toys import SIDE, TOY, data, epochs, losses, same, state, stored
from train import engine, preparation
from train.clock import Clock
from train.distributed import Group
from train.engine import Training
from train.events import Diverged, Epoch, Finished, Preparing, Started, Step, as_dict
from train.nets import build
from train.recipes import RECIPES
from train.scaling import check_enough, settled


def trained(recipe=TOY, pictures=None):
    training = Training(recipe, pictures or data())
    return training, list(training.events())


@functools.cache
def usual():
    """The toy recipe's net after the whole run, and the run's events; to be looked at only."""
    return trained()


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
    def build(_name, **asked):
        return torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3),
            torch.nn.Dropout(0.5),
            torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(4, asked["classes"]),
        )

    monkeypatch.setattr(engine, "build", build)
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


def test_a_last_batch_of_one_joins_the_one_before():
    recipe = dataclasses.replace(TOY, batch=16, epochs=1)
    assert len(losses(Training(recipe, data(train=33)).events())) == 2


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
        logits = training.model(normalise(pictures.val.take(torch.arange(21))))
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
        assert source == "drawn"
        assert asked == {
            "side": SIDE,
            "val_side": SIDE,
            "seed": 0,
            "train_pictures": 3000,
            "val_pictures": 500,
            "drawn_pictures": 0,
            "kept_only": False,
        }
        yield Preparing(0, 2, "drawing")
        end = Clock().cpu + 0.2
        while Clock().cpu < end:
            pass
        return data()

    monkeypatch.setattr(preparation, "open_data", slow)
    kinds = []
    for event in preparation.fit(dataclasses.replace(TOY, epochs=1)):
        kinds.append(event.kind)
        if isinstance(event, Epoch):
            assert event.cpu_seconds > 0.2
            assert event.seconds > 0.2
    assert kinds == ["preparing", "started"] + ["step"] * 6 + ["epoch", "finished"]


def test_pictures_grow_and_are_asked_about_at_their_own_side(monkeypatch):
    recipe = dataclasses.replace(TOY, image_px=40, start_px=20, val_px=SIDE, epochs=3, shift_px=0)
    sides = []
    real = engine.augment
    monkeypatch.setattr(engine, "augment", lambda *arguments: sides.append(arguments[2]) or real(*arguments))
    trained(recipe)
    assert sides == [20] * 6 + [36] * 6 + [40] * 6


def test_the_mean_of_the_weights_answers_and_is_kept():
    training, events = trained(dataclasses.replace(TOY, ema=0.9))
    assert losses(events) == losses(usual()[1])  # it learns as without
    kept = training.finite_weights().state
    assert same(kept, training.average.model.state_dict())
    assert not torch.equal(kept["fc.weight"], training.model.fc.weight)
    means = epochs(events)
    assert [e.val_loss for e in means] != [e.val_loss for e in epochs(usual()[1])]


def test_mirrored_answers_do_not_depend_on_the_mirror():
    pictures = data()
    mirrored = dataclasses.replace(
        pictures, val=stored(pictures.val.take(torch.arange(32)).flip(3), pictures.val.labels)
    )
    recipe = dataclasses.replace(TOY, epochs=1, mirrored=True)
    one, other = (epochs(trained(recipe, each)[1])[0] for each in (pictures, mirrored))
    assert one.val_loss == pytest.approx(other.val_loss, rel=1e-6)


def test_the_batch_of_each_process_scales_the_learning_rate():
    training = Training(dataclasses.replace(TOY, batch_per_process=32), data())
    assert (training.recipe.batch, training.recipe.lr, training.recipe.batch_per_process) == (32, 0.2, 0)


@pytest.mark.parametrize(("schedule", "warms_up"), [("cosine", True), ("one-cycle", True), ("steps", False)])
def test_a_rate_that_grows_with_the_batch_is_told_and_what_would_ease_into_it(schedule, warms_up):
    recipe = dataclasses.replace(TOY, batch_per_process=32, schedule=schedule, epochs=100)
    (note,) = Training(recipe, data()).notes
    assert note.startswith("Batches of 1 x 32 pictures: the learning rate becomes 0.2")
    assert ("Schedule cosine would warm up to it." in note) != warms_up


def test_batches_too_small_for_all_processes_are_refused():
    two = Group(rank=1, world=2, local_rank=1)
    with pytest.raises(UserError, match="6 pictures a batch are too few for 2 processes") as refused:
        settled(dataclasses.replace(TOY, batch=6), two, torch.device("cpu"))
    assert "Raise batch to 8" in refused.value.cure
    assert settled(dataclasses.replace(TOY, batch=8), two, torch.device("cpu")).batch == 8
    with pytest.raises(UserError, match="3 pictures to train on") as refused:
        check_enough(data(train=3), "pets", two)
    assert "at least 4" in refused.value.cure


def test_small_batches_of_batch_norm_are_warned_of_with_the_cure():
    long = dataclasses.replace(TOY, epochs=100)
    (note,) = Training(dataclasses.replace(long, batch=8), data()).notes
    assert "8 pictures a process, fewer than 16" in note
    assert "Raise batch to 16" in note
    assert "norm=group" in note
    *_, note = Training(dataclasses.replace(long, batch_per_process=8), data()).notes
    assert "Raise batch_per_process to 16" in note
    assert Training(dataclasses.replace(long, batch=8, norm="group"), data()).notes == ()
    assert Training(long, data()).notes == ()


def test_a_class_name_that_no_checkpoint_could_hold_is_refused():
    named = dataclasses.replace(data(), classes=("cat", "d" * 256))
    with pytest.raises(UserError, match="more than 255 characters"):
        Training(TOY, named)


def test_too_few_steps_to_learn_from_nothing_are_told_of():
    (note,) = Training(TOY, data()).notes
    assert f"{Training(TOY, data()).steps} steps are too few" in note
    (note,) = Training(dataclasses.replace(TOY, init="imagenet"), data()).notes
    assert "even with weights that know something: raise epochs, or lower batch" in note
    assert Training(dataclasses.replace(TOY, init="imagenet", epochs=12), data()).notes == ()


def test_what_is_frozen_stays_as_it_was_loaded_and_the_average_begins_there(tmp_path):
    before = build(TOY.net, classes=2).state_dict()
    weights.save(tmp_path / "begun.safetensors", before, {})
    begun = dataclasses.replace(TOY, init=str(tmp_path / "begun.safetensors"), freeze="all but fc", ema=0.9, epochs=1)
    training = Training(begun, data())
    training.begin()
    assert all(torch.equal(tensor, before[name]) for name, tensor in training.average.model.state_dict().items())
    list(training.events())
    for model in (training.model, training.average.model):
        changed = [name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])]
        assert changed == ["fc.weight", "fc.bias"]


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"freeze": "layr1"}, "freeze"),
        ({"init": "nowhere.safetensors"}, "nowhere.safetensors"),
        ({"net": "vgg16", "norm": "group", "image_px": 224}, "norm"),
        pytest.param({"device": "cuda"}, "device", marks=pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU")),
    ],
    ids=["freeze", "init", "norm", "device"],
)
def test_what_cannot_begin_is_refused_before_any_picture_is_read(settings, where, monkeypatch):
    monkeypatch.setattr(preparation, "open_data", lambda *_, **__: pytest.fail("pictures were read"))
    with pytest.raises(UserError) as refused:
        next(preparation.prepare(dataclasses.replace(TOY, **settings)))
    assert refused.value.where == where


def test_a_new_head_that_could_not_learn_is_refused(tmp_path):
    weights.save(tmp_path / "two.safetensors", build(TOY.net, classes=3).state_dict(), {})
    begun = dataclasses.replace(TOY, init=str(tmp_path / "two.safetensors"), freeze="fc")
    with pytest.raises(UserError, match=r"fc.weight and fc.bias would be new") as refused:
        Training(begun, data()).begin()
    assert refused.value.where == "freeze"


def test_group_norm_takes_the_place_of_every_batch_norm():
    model = Training(dataclasses.replace(TOY, norm="group"), data()).model
    kinds = {type(module) for module in model.modules()}
    assert torch.nn.GroupNorm in kinds
    assert torch.nn.BatchNorm2d not in kinds
