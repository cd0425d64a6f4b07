"""What is said of a vocoder's size, arithmetic and length is true; its times are only sane."""

from __future__ import annotations

import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.tiny import CONTRACT, VOCODER
from tts import build
from tts.config import dump_yaml, to_tree
from tts.errors import ConfigError
from tts.nn.conv import fold
from tts.report import bench_vocoder as module
from tts.report.bench_vocoder import bench_vocoder, measure
from tts.vocoder.hifigan import Model

N_FRAMES = 25
SECONDS = N_FRAMES * CONTRACT.frame_s


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A tiny HiFi-GAN."""
    path = tmp_path / "tiny.yaml"
    path.write_text(dump_yaml({"audio": to_tree(CONTRACT), "vocoder": VOCODER}))
    return path


def tiny() -> nn.Module:
    return fold(build.build("vocoder", VOCODER, CONTRACT))


def macs_by_hand(model: nn.Module, n_frames: int) -> int:
    """The product of kernel size, channels and length, layer by layer."""
    total = 0

    def count(layer: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal total
        transposed = isinstance(layer, nn.ConvTranspose1d)
        n_positions = (inputs[0] if transposed else output).shape[-1]
        total += layer.weight.numel() * n_positions

    for layer in model.modules():
        if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d)):
            layer.register_forward_hook(count)
    model.generate(torch.randn(1, CONTRACT.channels, n_frames))
    return total


def test_size_length_and_arithmetic(conf: Path) -> None:
    n_threads = torch.get_num_threads()
    result = measure(conf=conf, seconds=SECONDS, rounds=3, threads=2, precision="float32")
    assert torch.get_num_threads() == n_threads
    assert (result.vocoder, result.weights, result.knobs) == ("hifigan", "random", {})
    assert (result.device, result.precision) == (module.Vocoding.of(tiny(), "x").device, "float32")
    assert (result.threads, result.rounds) == (2, 3)
    assert result.n_parameters == sum(p.numel() for p in tiny().parameters())
    assert result.weights_mib == pytest.approx(4 * result.n_parameters / 2**20)
    assert result.n_samples == N_FRAMES * CONTRACT.hop
    assert result.audio_s == pytest.approx(result.n_samples / CONTRACT.sample_rate_hz)
    assert result.wall_s > 0 and result.cpu_s > 0
    assert result.rtf == pytest.approx(result.wall_s / result.audio_s)
    assert result.samples_per_s == pytest.approx(result.n_samples / result.wall_s)
    gmac = macs_by_hand(tiny(), N_FRAMES) / 1e9
    assert result.gmac_per_audio_s == pytest.approx(gmac / result.audio_s)
    assert result.gmac_per_s == pytest.approx(gmac / result.wall_s)
    assert set(result.product_gmac_per_s) == {"float32"}
    assert result.product_gmac_per_s["float32"] > 0.1
    assert result.memory_mib is None or result.memory_mib >= 0


def test_in_sixteen_bits_both_products_are_measured(conf: Path) -> None:
    result = measure(conf=conf, seconds=SECONDS, rounds=1, precision="bfloat16", device="cpu")
    assert result.precision == "bfloat16"
    assert list(result.product_gmac_per_s) == ["float32", "bfloat16"]
    assert all(rate > 0.1 for rate in result.product_gmac_per_s.values())


@pytest.mark.parametrize("offer", [7, lambda self: 7], ids=["attribute", "method"])
def test_work_outside_of_torch_is_added(
    conf: Path, offer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "macs_per_sample", offer, raising=False)
    result = measure(conf=conf, seconds=SECONDS, rounds=1)
    gmac = (macs_by_hand(tiny(), N_FRAMES) + 7 * result.n_samples) / 1e9
    assert result.gmac_per_audio_s == pytest.approx(gmac / result.audio_s)


def test_random_weights_are_the_same_each_time_and_none_is_zero(conf: Path) -> None:
    before = torch.get_rng_state()
    first, second = (module._subject(None, conf)[0].state_dict() for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert all(bool((tensor != 0).all()) for tensor in first.values())


def test_a_slow_vocoder_makes_a_shorter_piece(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default; one frame takes 10 ms here, so 0.1 s are ten of them."""
    monkeypatch.setattr(module, "ROUND_S", 0.1)
    monkeypatch.setattr(module, "PROBE_S", 0.03)
    fast, lengths = Model.generate, []

    def slow(self: Model, frames: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        lengths.append(frames.shape[2])
        time.sleep(0.01 * frames.shape[2])
        return fast(self, frames, *args, **kwargs)

    monkeypatch.setattr(Model, "generate", slow)
    result = measure(conf=conf, rounds=2)
    assert 2 <= lengths[-1] <= 10 and result.n_samples == lengths[-1] * CONTRACT.hop
    assert set(lengths[-4:]) == {lengths[-1]}  # once for memory, two rounds, once to count
    assert result.rtf > 0.01 / CONTRACT.frame_s


def test_a_fast_one_makes_four_seconds(conf: Path) -> None:
    assert measure(conf=conf, rounds=1).audio_s == pytest.approx(4, abs=CONTRACT.frame_s)


def test_a_trained_one_by_its_path(vocoder: Path) -> None:
    result = measure(str(vocoder), seconds=SECONDS, rounds=1)
    assert (result.vocoder, result.weights) == (str(vocoder), "trained")
    assert result.n_parameters == sum(p.numel() for p in tiny().parameters())


def test_griffin_lim_has_no_weights(tmp_path: Path) -> None:
    path = tmp_path / "conf.yaml"
    section = {"name": "griffin_lim", "n_iterations": 2}
    path.write_text(dump_yaml({"audio": to_tree(CONTRACT), "vocoder": section}))
    result = measure("griffin_lim", conf=path, seconds=0.5, rounds=1)
    assert (result.weights, result.n_parameters, result.weights_mib) == ("no", 0, 0)
    assert result.rtf > 0


def test_what_cannot_be_measured_is_one_line(conf: Path, tmp_path: Path) -> None:
    acoustic = tmp_path / "acoustic.yaml"
    acoustic.write_text("audio: {}\nacoustic: {name: glow_tts}\n")
    for expected, call in {
        "no vocoder of this name; there are ": lambda: measure("nix"),
        "describes hifigan, not griffin_lim": lambda: measure("griffin_lim", conf=conf),
        "has no section vocoder": lambda: measure(conf=acoustic),
        "steps: the vocoder has no such knob": lambda: measure(conf=conf, steps=3),
        "not on this machine": lambda: measure(conf=conf, device="cuda:99"),
        "no such file": lambda: measure(conf=tmp_path / "nix.yaml"),
    }.items():
        with pytest.raises(ConfigError) as caught:
            call()
        assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_a_process_of_its_own_hands_errors_over() -> None:
    with pytest.raises(ConfigError, match="no vocoder of this name"):
        bench_vocoder("nix")


def test_a_process_that_was_ended_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __enter__(self) -> None:
            raise BrokenProcessPool

        def __exit__(self, *_: Any) -> None: ...

    monkeypatch.setattr(module, "ProcessPoolExecutor", Ended)
    with pytest.raises(ConfigError, match="want of memory; ask for fewer seconds"):
        bench_vocoder("hifigan")


@pytest.mark.gpu
def test_on_a_gpu_memory_is_what_was_allocated(conf: Path) -> None:
    result = measure(conf=conf, seconds=SECONDS, rounds=2, device="cuda")
    assert result.device == "cuda" and result.memory_mib > result.weights_mib
    assert asdict(result)["product_gmac_per_s"]["float32"] > 100
