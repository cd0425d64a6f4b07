"""WaveGrad checkpoints in the layouts of both public implementations, from tiny models of ours."""

from __future__ import annotations

from typing import Any

import torch

from tests.checks import perturb
from tests.foreign.conftest import Official, Rules
from tts import build
from tts.contracts import Contract

LMNT_AUDIO = Contract(
    preset="wavegrad_lmnt", channels=8, hop=12, win=48, n_fft=64, sample_rate_hz=4000
)
IVANVOVK_AUDIO = Contract(
    sample_rate_hz=4000, hop=12, n_fft=64, win=48, channels=8, fmin_hz=80.0, fmax_hz=2000.0,
    mel_scale="htk", mel_norm="none", power=2, magnitude_eps=0.0, log="log10", floor=1e-10,
    padding="centre",
)  # fmt: skip
SHAPE: dict[str, Any] = {
    "name": "wavegrad",
    "factors": [2, 3, 2],
    "frame_channels": 10,
    "channels": [9, 7, 5],
    "dilations": [[1, 2, 1, 2], [2, 1, 3, 1], [1, 2, 4, 8]],
    "wave_channels": 4,
    "down_channels": [6, 8],
}


LMNT: Rules = (
    (r"^network\.up\.(\d)\.film\.first\.", lambda m: f"film.{2 - int(m[1])}.input_conv."),
    (r"^network\.up\.(\d)\.film\.out\.", lambda m: f"film.{2 - int(m[1])}.output_conv."),
    (r"^network\.up\.(\d)\.blocks\.0\.residual\.", r"upsample.\1.block1."),
    (r"^network\.up\.(\d)\.blocks\.0\.convs\.([01])\.", r"upsample.\1.block2.\2."),
    (
        r"^network\.up\.(\d)\.blocks\.0\.convs\.([23])\.",
        lambda m: f"upsample.{m[1]}.block3.{int(m[2]) - 2}.",
    ),
    (r"^network\.wave\.", "downsample.0."),
    (
        r"^network\.down\.(\d)\.0\.residual\.",
        lambda m: f"downsample.{int(m[1]) + 1}.residual_dense.",
    ),
    (
        r"^network\.down\.(\d)\.0\.convs\.(\d)\.",
        lambda m: f"downsample.{int(m[1]) + 1}.conv.{m[2]}.",
    ),
    (r"^network\.first\.", "first_conv."),
    (r"^network\.last\.", "last_conv."),
)
FIRST, SECOND = "first_block_main_branch", "second_block_main_branch"
IVANVOVK: Rules = (
    (r"^network\.up\.(\d)\.film\.first\.", lambda m: f"nn.films.{2 - int(m[1])}.signal_conv.0."),
    (r"^network\.up\.(\d)\.film\.out\.", lambda m: f"nn.films.{2 - int(m[1])}.both."),
    (
        r"^network\.up\.(\d)\.blocks\.0\.residual\.",
        r"nn.ublocks.\1.first_block_residual_branch.0.",
    ),
    (r"^network\.up\.(\d)\.blocks\.0\.convs\.0\.", rf"nn.ublocks.\1.{FIRST}.upsampling.2."),
    (
        r"^network\.up\.(\d)\.blocks\.0\.convs\.1\.",
        rf"nn.ublocks.\1.{FIRST}.modulation.convolution.",
    ),
    (
        r"^network\.up\.(\d)\.blocks\.0\.convs\.([23])\.",
        lambda m: f"nn.ublocks.{m[1]}.{SECOND}.modulation_{int(m[2]) - 2}.convolution.",
    ),
    (r"^network\.down\.(\d)\.0\.residual\.", r"nn.dblocks.\1.residual_branch.0."),
    (
        r"^network\.down\.(\d)\.0\.convs\.(\d)\.",
        lambda m: f"nn.dblocks.{m[1]}.main_branch.{int(m[2]) + 1}.convolution.",
    ),
    (r"^network\.wave\.", "nn.dblock_preconv."),
    (r"^network\.first\.", "nn.ublock_preconv."),
    (r"^network\.last\.", "nn.ublock_postconv."),
    (r"\.(weight|bias)$", r".conv1d.\1"),
)


def lmnt(**params: Any) -> Official:
    """lmnt's checkpoint; `params` are those within it, beside what a fork must tell."""
    section = SHAPE | {"down_dilations": [[1, 2, 4]] * 2, "level_scale": 1.0, "clamp": "sample"}
    model = build.build("vocoder", section, LMNT_AUDIO)
    perturb(model)
    config = {"factors": SHAPE["factors"], "dilations": SHAPE["dilations"]}
    official = Official("wavegrad", model, LMNT, config, "model", "weights-7.pt")
    schedule = torch.linspace(1e-6, 0.01, 1000).tolist()
    official.params = {
        "sample_rate": 4000, "hop_samples": 12, "noise_schedule": schedule, **params
    }  # fmt: skip
    return official


def lmnt_tree(official: Official) -> dict[str, Any]:
    """What lmnt's code saves."""
    return {"step": 7, "model": official.state, "params": official.params, "scaler": {}}


def ivanvovk(**shape: Any) -> Official:
    """ivanvovk's checkpoint, with the buffers of a schedule in it."""
    section = SHAPE | {"down_dilations": [[1, 2, 4], [1, 3]], "resampling": "linear", **shape}
    section["schedule_precision"] = "float32"
    model = build.build("vocoder", section, IVANVOVK_AUDIO)
    perturb(model)
    model_config = {
        "factors": section["factors"],
        "upsampling_preconv_out_channels": section["frame_channels"],
        "upsampling_out_channels": section["channels"],
        "upsampling_dilations": section["dilations"],
        "downsampling_preconv_out_channels": section["wave_channels"],
        "downsampling_out_channels": section["down_channels"],
        "downsampling_dilations": section["down_dilations"],
    }
    data_config = {
        "sample_rate": 4000,
        "n_fft": 64,
        "win_length": 48,
        "hop_length": 12,
        "f_min": 80.0,
        "f_max": 2000,
        "n_mels": 8,
    }
    training = {"training_noise_schedule": {"n_iter": 200, "betas_range": [1e-4, 0.05]}}
    config = {
        "model_config": model_config,
        "data_config": data_config,
        "training_config": training,
    }
    official = Official("wavegrad", model, IVANVOVK, config, "model", "checkpoint_7.pt")
    official.state = {"betas": torch.ones(50), "alphas": torch.ones(50), **_split(official.state)}
    return official


def _split(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The last convolution of each FiLM as two."""
    split = {}
    for name, tensor in state.items():
        if ".both." in name:
            shift, scale = tensor.chunk(2)
            split[name.replace(".both.", ".scale_conv.")] = scale.clone()
            split[name.replace(".both.", ".shift_conv.")] = shift.clone()
        else:
            split[name] = tensor
    return split
