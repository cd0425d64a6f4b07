"""Output distributions: masses that sum to one, likelihoods from their definitions, samples."""

from __future__ import annotations

import math

import pytest
import torch

from tts.audio import mulaw
from tts.nn.output import TAIL, Gaussian, LogisticMixture, MuLaw, Output

N_DRAWS = 40_000


def mixture(*components: tuple[float, float, float], n: int = 1) -> torch.Tensor:
    """Parameters (1, 3 K, n) of components (logit, mean, log-scale), in float64."""
    flat = [numbers[i] for i in range(3) for numbers in components]
    return torch.tensor(flat, dtype=torch.float64)[None, :, None].expand(-1, -1, n)


def levels(n_levels: int) -> torch.Tensor:
    return torch.linspace(-1, 1, n_levels, dtype=torch.float64)[None]


MIXTURES = {
    "wide": mixture((0.0, 0.2, -1.0), (1.0, -0.5, -2.0)),
    "narrow": mixture((0.0, 0.1, -6.0), (-2.0, -0.3, -7.0), (0.5, 0.0, -5.0)),
    "beyond the ends": mixture((0.0, 1.3, -2.0), (0.3, -1.1, -3.0)),
    "narrower than a bin": mixture((0.0, 0.1, -12.0), (1.0, -0.2, -14.0)),
}


@pytest.mark.parametrize("n_levels", [2, 17, 256, 900])
@pytest.mark.parametrize("name", MIXTURES)
def test_masses_of_a_mixture_sum_to_one(name: str, n_levels: int) -> None:
    parameters = MIXTURES[name]
    output = LogisticMixture(parameters.shape[1] // 3, n_levels, -16.0)
    total = output.log_prob(parameters, levels(n_levels)).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["narrow", "narrower than a bin"])
def test_masses_of_sixteen_bits_sum_to_one(name: str) -> None:
    parameters = MIXTURES[name]
    output = LogisticMixture(parameters.shape[1] // 3, 65_536, -16.0)
    total = output.log_prob(parameters, levels(65_536)).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-9)


def test_mass_is_the_difference_of_two_sigmoids() -> None:
    parameters = mixture((0.4, 0.2, -1.0), (-0.3, -0.4, -3.0))
    output, wav = LogisticMixture(2, 65_536, -16.0), torch.linspace(-0.99, 0.99, 101).double()
    weights = parameters[0, :2, 0].softmax(0)
    expected = torch.zeros_like(wav)
    for k in range(2):
        mean, scale = parameters[0, 2 + k, 0], parameters[0, 4 + k, 0].exp()
        above, below = (((wav + s * output.half_bin - mean) / scale).sigmoid() for s in (1, -1))
        expected += weights[k] * (above - below)
    made = output.log_prob(parameters, wav[None])[0]
    torch.testing.assert_close(made, expected.log(), atol=1e-9, rtol=0)


def test_beyond_the_tail_all_that_is_left_counts() -> None:
    output, parameters = LogisticMixture(1, 65_536, -16.0), mixture((0.0, 0.0, -1.0))
    for x in (0.9995, 1.0, -0.9995, -1.0):
        edge = (abs(x) - output.half_bin) / math.exp(-1.0)
        made = output.log_prob(parameters, torch.tensor([[x]], dtype=torch.float64))
        assert float(made) == pytest.approx(math.log(1 / (1 + math.exp(edge))), abs=1e-12)
    assert TAIL < 0.9995


def test_a_mixture_is_stable_in_float32() -> None:
    """Far from every mean and for scales far below a bin: finite, exact, with gradients."""
    parameters = torch.tensor([0.0, 0.5, -0.9, 0.3, -12.0, -3.0]).view(1, 6, 1).expand(-1, -1, 5)
    parameters = parameters.clone().requires_grad_()
    wav = torch.tensor([[-1.0, -0.9, 0.0, 0.3, 1.0]])
    output = LogisticMixture(2, 65_536, -16.0)
    made = output.log_prob(parameters, wav)
    made.sum().backward()
    assert made.isfinite().all() and parameters.grad.isfinite().all()
    torch.testing.assert_close(made.double(), output.log_prob(parameters.double(), wav.double()))


def test_log_scales_have_a_floor() -> None:
    floored, low = mixture((0.0, 0.1, -4.0)), mixture((0.0, 0.1, -9.0))
    wav = torch.tensor([[0.11]], dtype=torch.float64)
    for output in (LogisticMixture(1, 65_536, -4.0), Gaussian(-4.0)):
        own = slice(3 - output.n_parameters, None)
        made = output.log_prob(low[:, own], wav)
        assert torch.equal(made, output.log_prob(floored[:, own], wav))
        draws = torch.full((1, output.n_draws, 1), 0.7, dtype=torch.float64)
        sample = output.sample(low[:, own], draws)
        assert torch.equal(sample, output.sample(floored[:, own], draws))


def test_gaussian_density() -> None:
    parameters, wav = torch.randn(3, 2, 7), torch.randn(3, 7)
    expected = torch.distributions.Normal(parameters[:, 0], parameters[:, 1].exp()).log_prob(wav)
    torch.testing.assert_close(Gaussian(-9.0).log_prob(parameters, wav), expected)


def test_probability_of_a_class() -> None:
    parameters, classes = torch.randn(2, 30, 6), torch.randint(0, 30, (2, 6))
    made = MuLaw(30).log_prob(parameters, mulaw.decode(classes, 29))
    expected = -torch.nn.functional.cross_entropy(parameters, classes, reduction="none")
    torch.testing.assert_close(made, expected)


@pytest.mark.parametrize("output", [MuLaw(30), LogisticMixture(4, 65_536, -9.0), Gaussian(-9.0)])
def test_many_samples_under_one_output(output: Output) -> None:
    parameters, wav = torch.randn(2, output.n_parameters, 6), torch.rand(5, 2, 6) - 0.5
    many = output.log_prob(parameters, wav)
    assert many.shape == (5, 2, 6)
    for made, x in zip(many, wav):
        torch.testing.assert_close(made, output.log_prob(parameters, x))


def test_half_precision_is_left_for_float32() -> None:
    for output in (MuLaw(30), LogisticMixture(4, 65_536, -9.0), Gaussian(-9.0)):
        parameters = torch.randn(1, output.n_parameters, 4).bfloat16()
        assert output.log_prob(parameters, torch.zeros(1, 4)).dtype == torch.float32
        draws = torch.full((1, output.n_draws, 4), 0.3)
        assert output.sample(parameters, draws).dtype == torch.float32


# Sampling


def drawn(output: Output, parameters: torch.Tensor, temperature: float = 1.0) -> torch.Tensor:
    source = torch.randn if output.normal else torch.rand
    draws = source(1, output.n_draws, N_DRAWS)
    whole = parameters.float().expand(-1, -1, N_DRAWS)
    return output.sample(whole, draws, temperature).flatten()


def test_samples_of_a_mixture_have_its_distribution() -> None:
    parameters = mixture((0.0, 0.3, -3.0), (1.0, -0.2, -2.5))
    samples = drawn(LogisticMixture(2, 65_536, -16.0), parameters).double().sort().values
    weights = parameters[0, :2, 0].softmax(0)
    cumulative = sum(
        weights[k]
        * ((samples - parameters[0, 2 + k, 0]) / parameters[0, 4 + k, 0].exp()).sigmoid()
        for k in range(2)
    )
    seen = torch.arange(1, N_DRAWS + 1) / N_DRAWS
    assert float((cumulative - seen).abs().max()) < 1.95 / N_DRAWS**0.5  # Kolmogorov, p = 0.001


def test_samples_of_a_gaussian() -> None:
    samples = drawn(Gaussian(-9.0), torch.tensor([0.1, -2.0]).view(1, 2, 1))
    scale = math.exp(-2.0)
    assert float(samples.mean()) == pytest.approx(0.1, abs=4 * scale / N_DRAWS**0.5)
    assert float(samples.std()) == pytest.approx(scale, rel=0.02)


def test_samples_of_classes() -> None:
    logits = torch.tensor([0.0, 2.0, -1.0, 1.0]).view(1, 4, 1)
    classes = mulaw.encode(drawn(MuLaw(4), logits), 3)
    seen = classes.bincount(minlength=4) / N_DRAWS
    expected = logits.flatten().softmax(0)
    assert ((seen - expected).abs() < 4 * (expected / N_DRAWS).sqrt()).all()


def test_temperature_narrows() -> None:
    gaussian = torch.tensor([0.1, -2.0]).view(1, 2, 1)
    assert float(drawn(Gaussian(-9.0), gaussian, 0.5).std()) == pytest.approx(
        0.5 * math.exp(-2.0), rel=0.02
    )
    narrow = drawn(LogisticMixture(1, 65_536, -16.0), mixture((0.0, 0.0, -3.0)), 0.5)
    assert float(narrow.std()) == pytest.approx(0.5 * math.exp(-3.0) * math.pi / 3**0.5, rel=0.03)
    logits = torch.tensor([0.0, 2.0, 1.0]).view(1, 3, 1)
    seen = mulaw.encode(drawn(MuLaw(3), logits, 0.5), 2).bincount(minlength=3) / N_DRAWS
    torch.testing.assert_close(seen, (2 * logits).flatten().softmax(0), atol=0.01, rtol=0)


def test_temperature_zero_is_the_most_likely() -> None:
    assert (drawn(Gaussian(-9.0), torch.tensor([0.1, -2.0]).view(1, 2, 1), 0.0) == 0.1).all()
    pair = mixture((0.0, 0.3, -3.0), (1.0, -0.25, -2.5))
    assert (drawn(LogisticMixture(2, 65_536, -16.0), pair, 0.0) == -0.25).all()
    logits = torch.tensor([0.0, 2.0, 1.0]).view(1, 3, 1)
    assert (mulaw.encode(drawn(MuLaw(3), logits, 0.0), 2) == 1).all()


def test_samples_stay_within_bounds_for_any_draw() -> None:
    for output in (LogisticMixture(2, 65_536, -16.0), MuLaw(4)):
        parameters = 3 * torch.randn(1, output.n_parameters, 3)
        for draw in (0.0, 1 - 2**-24):
            sample = output.sample(parameters, torch.full((1, output.n_draws, 3), draw))
            assert (sample.abs() <= 1).all()
