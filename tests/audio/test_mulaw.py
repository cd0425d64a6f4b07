"""Mu-law classes and back."""

import torch

from tts.audio.mulaw import decode, encode


def test_classes_survive_a_round_trip():
    classes = torch.arange(256)
    assert torch.equal(encode(decode(classes)), classes)
    assert torch.equal(encode(decode(torch.arange(1024), 1023), 1023), torch.arange(1024))


def test_error_is_relative_to_loudness():
    wav = torch.linspace(-1, 1, 10_001)
    error = (decode(encode(wav)) - wav).abs()
    assert (error <= 0.022 * (wav.abs() + 1 / 255)).all()


def test_ends_and_beyond():
    wav = torch.tensor([[-2.0, -1.0, 0.0, 1.0, 2.0]])
    assert encode(wav).tolist() == [[0, 0, 128, 255, 255]]
    assert decode(torch.tensor([0, 255])).tolist() == [-1.0, 1.0]
