"""Speak with a voice that `tts export VOICE -o FOLDER --onnx` wrote, on numpy and onnxruntime.

    tts phonemise "Hello there." | python examples/onnx_say.py FOLDER out.wav
    python examples/onnx_say.py FOLDER out.wav < sentences.txt

Every line of standard input is a sentence: symbols of the voice with blanks between them, or ids.
"""

import json
import sys
import wave
from pathlib import Path

import numpy as np
import onnxruntime

folder, out = Path(sys.argv[1]), sys.argv[2]
voice = json.loads((folder / "onnx.json").read_text(encoding="utf-8"))
run = {
    name: onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    for name in ("text", "frames", "vocoder")
}
ids_of = {symbol: i for i, symbol in enumerate(voice["symbols"])}
random = np.random.default_rng(0)
SPEED, SPEAKER, PAUSE_S = 1.0, 0, 0.2


def graph(name, **given):
    """The outputs of a graph, of those inputs that it has."""
    wanted = {one.name for one in run[name].get_inputs()}
    given["speakers"] = [SPEAKER]  # of a voice with a table of them
    return run[name].run(None, {key: np.asarray(given[key]) for key in given.keys() & wanted})


def say(sentence):
    """Samples in -1..1."""
    ids = [int(word) if word.isdigit() else ids_of[word] for word in sentence.split()]
    blank = voice["blank_id"]
    if voice["blank"]:  # a blank around every token
        ids = [blank, *(token for one in ids for token in (one, blank))]
    elif voice["edges"]:
        ids = [blank, *ids, blank]
    text = {"tokens": np.array([ids]), "token_lens": np.array([len(ids)])}
    mean, scale, durations = graph("text", **text, speed=np.float32(SPEED))
    noise = random.standard_normal((1, voice["channels"], durations.sum()), np.float32)
    prior = {"mean": mean, "scale": scale, "durations": durations, "noise": noise}
    (frames,) = graph("frames", **prior, temperature=np.float32(voice["temperature"]))
    law = voice["noise"] or {"law": "normal", "draws": 0, "temperature": None}
    rows = (1, law["draws"]) if law["draws"] else (1,)
    drawn = getattr(random, law["law"])(size=(*rows, frames.shape[2] * voice["hop"]))
    given = {"frames": frames * voice["gain"] + voice["offset"], "noise": drawn}
    given["temperature"] = law["temperature"] or 1.0
    return graph("vocoder", **{k: np.asarray(v, np.float32) for k, v in given.items()})[0][0]


with wave.open(out, "wb") as file:
    file.setparams((1, 2, voice["sample_rate_hz"], 0, "NONE", ""))
    for line in filter(str.strip, sys.stdin):
        samples = np.append(say(line), np.zeros(int(PAUSE_S * voice["sample_rate_hz"])))
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
