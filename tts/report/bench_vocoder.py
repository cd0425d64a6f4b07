"""How fast a vocoder is on this machine, and how near it comes to the machine's own rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tts import build
from tts.config import load_yaml
from tts.contracts import Contract
from tts.errors import ConfigError
from tts.nn.precision import Precision, resolve
from tts.report.bench import torch_threads
from tts.train.settings import load_contract
from tts.voice.vocoding import Vocoding

AUDIO_S = 4.0  # what a round makes when no length is asked for,
ROUND_S = 5.0  # unless that takes longer than this: then as much as it makes in this time
PROBE_FRAMES, PROBE_S = 4, 0.25  # the first piece to try, and how long one must take to count
JITTER = 0.01  # added to random weights, so that none is zero

MIB, GIGA = 2**20, 1e9


@dataclass(frozen=True)
class VocoderSpeed:
    """What was measured.

    Attributes:
        vocoder: its name or path; weights: `random`, `trained`, or `no` where it has none.
        n_parameters: of the model as it runs, weight norm folded.
        knobs: those turned, of the vocoder's.
        audio_s, n_samples: what a round makes.
        wall_s: how long it takes, the median of `rounds`; cpu_s: the same in processor time, which
            neighbours on the machine disturb less.
        rtf: `wall_s` for a second of audio.
        weights_mib: parameters and buffers.
        memory_mib: how much the process grew, at the most, from before the model was built until
            it had made the audio: weights, work, and libraries it loads; on a GPU the most that
            was allocated there. None where the system does not tell.
        gmac_per_audio_s: 10^9 multiply-accumulates of convolutions and matrix products for a
            second of audio, counted as they ran; None if there were none.
        gmac_per_s: those done in a second.
        product_gmac_per_s: those of a square matrix product that took turns with the rounds, in
            float32 and in the format the vocoder ran in.
    """

    vocoder: str
    weights: str
    n_parameters: int
    device: str
    precision: str
    threads: int
    knobs: dict[str, Any]
    audio_s: float
    n_samples: int
    rounds: int
    wall_s: float
    cpu_s: float
    rtf: float
    samples_per_s: float
    weights_mib: float
    memory_mib: float | None
    gmac_per_audio_s: float | None
    gmac_per_s: float | None
    product_gmac_per_s: dict[str, float]


def bench_vocoder(vocoder: str | None = None, **options: Any) -> VocoderSpeed:
    """Measure a vocoder in a fresh process, so that what it needs of memory can be seen.

    Args:
        options: those of `measure`.
    Raises:
        TTSError: as `measure` does; or the system ended the process.
    """
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(measure, vocoder, **options).result()
    except BrokenProcessPool:
        raise ConfigError(
            "bench: the system ended the process, most likely for want of memory; "
            "ask for fewer seconds"
        ) from None


def measure(
    vocoder: str | None = None,
    *,
    conf: str | Path | None = None,
    seconds: float | None = None,
    rounds: int = 5,
    threads: int = 1,
    precision: Precision = "auto",
    device: str | None = None,
    **knobs: Any,
) -> VocoderSpeed:
    """Measure a vocoder in this process.

    Args:
        vocoder: a name, for the paper's configuration with random weights; or an experiment or
            checkpoint, for what was trained.
        conf: a YAML file with the sections `audio` and `vocoder` instead, for random weights.
        seconds: of audio in a round; by default 4, or as many as take about 5 s to make.
        rounds: after one to warm up.
        threads: what torch may use.
        knobs: of the vocoder's `generate`.
    Raises:
        TTSError: there is no such vocoder, knob, precision or device.
    """
    assert rounds > 0 and threads > 0 and (seconds is None or seconds > 0), (rounds, threads)
    before_mib = _resident_mib("VmRSS")
    with torch_threads(threads):
        model, name, weights = _subject(vocoder, conf)
        run = _Run(Vocoding.of(model, name, precision=precision, device=device), knobs)
        run.choose_length(seconds)
        memory_mib = _peak_mib(run.ready.device, before_mib, run.time_s)
        products = _products(precision, run.ready.device)
        wall_s, cpu_s, rates = _take_turns(run.time_s, products, rounds)
        gmac = run.count_macs() / GIGA
    n_parameters = sum(p.numel() for p in run.ready.model.parameters())
    return VocoderSpeed(
        vocoder=name,
        weights=weights if n_parameters else "no",
        n_parameters=n_parameters,
        device=run.ready.device,
        precision=_name(resolve(precision, run.ready.device)),
        threads=threads,
        knobs=knobs,
        audio_s=run.audio_s,
        n_samples=run.n_samples,
        rounds=rounds,
        wall_s=wall_s,
        cpu_s=cpu_s,
        rtf=wall_s / run.audio_s,
        samples_per_s=run.n_samples / wall_s,
        weights_mib=sum(t.nbytes for t in run.ready.model.state_dict().values()) / MIB,
        memory_mib=memory_mib,
        gmac_per_audio_s=gmac / run.audio_s or None,
        gmac_per_s=gmac / wall_s or None,
        product_gmac_per_s=rates,
    )


def _subject(vocoder: str | None, conf: str | Path | None) -> tuple[nn.Module, str, str]:
    """What is measured, its name, and whether its weights are random or trained."""
    names = build.names("vocoder")
    if conf is None and vocoder not in names:
        if not Path(str(vocoder)).exists():
            raise ConfigError(
                f"{vocoder}: no experiment there, and no vocoder of this name; there are "
                f"{', '.join(names)}"
            )
        return build.load(str(vocoder), "vocoder").model, str(vocoder), "trained"
    section: Any = {"name": vocoder}
    contract, source = Contract(), f"bench {vocoder}"
    if conf is not None:
        contract, source = load_contract(conf), str(conf)
        section = load_yaml(conf).get("vocoder")
        if not isinstance(section, dict):
            raise ConfigError(f"{conf}: has no section vocoder; give the file of a vocoder")
        if vocoder not in (None, section.get("name")):
            raise ConfigError(
                f"{conf}: describes {section.get('name')}, not {vocoder}; name only one of them"
            )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build.build("vocoder", section, contract, source=source)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(JITTER * torch.randn_like(parameter))
    return model, section["name"], "random"


class _Run:
    """A vocoder at work on random frames."""

    def __init__(self, ready: Vocoding, knobs: dict[str, Any]) -> None:
        ready.check(knobs)
        self.ready, self.knobs = ready, knobs
        self.n_frames = PROBE_FRAMES

    @property
    def audio_s(self) -> float:
        """Length of what it makes."""
        return self.n_frames * self.ready.contract.frame_s

    @property
    def n_samples(self) -> int:
        """Length of what it makes."""
        return self.n_frames * self.ready.contract.hop

    def time_s(self) -> float:
        """How long it takes once."""
        size, seeded = (self.ready.contract.channels, self.n_frames), torch.Generator()
        frames = torch.randn(size, generator=seeded.manual_seed(0))
        start = time.perf_counter()
        self.ready(frames, **self.knobs)
        return time.perf_counter() - start

    def choose_length(self, seconds: float | None) -> None:
        """As many frames as were asked for; else those of `AUDIO_S`, or less if it is slow."""
        wanted = max(1, round((seconds or AUDIO_S) / self.ready.contract.frame_s))
        if seconds is None:
            self.time_s()  # what is compiled or cached at the first call
            while (took_s := self.time_s()) < PROBE_S and self.n_frames < wanted:
                self.n_frames *= 4
            wanted = min(wanted, max(1, int(self.n_frames * ROUND_S / took_s)))
        self.n_frames = wanted

    def count_macs(self) -> float:
        """Multiply-accumulates of one run: torch's, and what the model does outside of torch."""
        with FlopCounterMode(display=False) as counter:
            self.time_s()
        outside = getattr(self.ready.model, "macs_per_sample", 0)
        outside = outside() if callable(outside) else outside
        return counter.get_total_flops() / 2 + outside * self.n_samples


def _products(precision: Precision, device: str) -> dict[str, Callable[[], float]]:
    """What measures the rate of a matrix product, by number format; in 10^9 MAC/s."""
    n, n_times = (1024, 1) if torch.device(device).type == "cpu" else (4096, 10)

    def rate(a: torch.Tensor) -> float:
        start = time.perf_counter()
        for _ in range(n_times):
            out = a @ a
        out[0, 0].item()  # waits for a GPU
        return n_times * n**3 / GIGA / (time.perf_counter() - start)

    dtypes = dict.fromkeys((torch.float32, resolve(precision, device)))
    matrices = {_name(dtype): torch.randn(n, n, device=device).to(dtype) for dtype in dtypes}
    return {name: lambda a=a: rate(a) for name, a in matrices.items()}


def _take_turns(
    run: Callable[[], float], products: dict[str, Callable[[], float]], rounds: int
) -> tuple[float, float, dict[str, float]]:
    """Medians: of a run's wall and processor time, and of the rates of the products between."""
    walls_s, cpus_s = [], []
    rates: dict[str, list[float]] = {name: [] for name in products}
    for rate in products.values():
        rate()  # the first is slower
    for _ in range(rounds):
        for name, rate in products.items():
            rates[name].append(rate())
        start = time.process_time()
        walls_s.append(run())
        cpus_s.append(time.process_time() - start)
    return (
        median(walls_s),
        median(cpus_s),
        {name: median(measured) for name, measured in rates.items()},
    )


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _peak_mib(device: str, before_mib: float | None, act: Callable[[], Any]) -> float | None:
    """The most memory while acting: on a GPU all that is allocated, else what was grown by."""
    if torch.device(device).type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        act()
        return torch.cuda.max_memory_allocated(device) / MIB
    with suppress(OSError):  # without this right, the peak of building the model counts too
        Path("/proc/self/clear_refs").write_text("5")
    act()
    peak_mib = _resident_mib("VmHWM")
    return None if peak_mib is None or before_mib is None else peak_mib - before_mib


def _resident_mib(field: str) -> float | None:
    """Resident memory of this process: `VmRSS` now, `VmHWM` at its most; None if not told."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
    return None
