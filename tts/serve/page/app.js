// The page: what is asked for, what comes back, and what is shown of it.

import { Picture } from "./picture.js";
import { Player } from "./player.js";

const $ = (id) => document.getElementById(id);
const player = new Player();
const picture = new Picture($("scroll"), $("width"), $("picture"));
const MANY = 12; // words named in a note

let voices = [];
let most_chars = Infinity;
let running = null; // the AbortController of the speech that is being made
let made = null; // the request of the speech that is shown
let reading = null; // what its chunks say of how the text was read

// ---- what there is to choose

async function load_voices() {
  const answer = await call("v1/voices");
  if (!answer) return;
  const about = await answer.json();
  voices = about.data;
  most_chars = about.max_chars;
  fill($("voice"), voices.map((voice) => voice.id));
  fill($("format"), about.formats.filter((name) => name !== "pcm"), "wav");
  show_voice();
  show_count();
  $("server").textContent = "Ready";
}

function voice() {
  return voices.find((each) => each.id === $("voice").value) ?? voices[0];
}

function show_voice() {
  const { speakers, vocoders } = voice();
  fill($("speaker"), speakers);
  fill($("other"), speakers, speakers[1]);
  $("speaker-field").hidden = $("mix-field").hidden = speakers.length < 2;
  $("share").value = 0;
  fill($("vocoder"), vocoders.map((each) => each.name));
  show_vocoder();
  show_values();
}

function show_vocoder() {
  const { knobs } = voice().vocoders.find((each) => each.name === $("vocoder").value);
  $("steps-field").hidden = !knobs.includes("steps");
}

function show_values() {
  $("speed-out").textContent = `${speed().toFixed(2)} ×`;
  const own = $("temperature").dataset.set === undefined;
  $("temperature-out").textContent = own ? "default" : (+$("temperature").value).toFixed(2);
  $("share-out").textContent = `${$("share").value} %`;
}

function show_count() {
  const n = [...$("text").value].length;
  $("count").textContent = most_chars < Infinity ? `${n} / ${most_chars}` : `${n}`;
  $("count").classList.toggle("over", n > most_chars);
}

function speed() {
  return Math.round(100 * 2 ** +$("speed").value) / 100;
}

function fill(select, names, chosen = names[0]) {
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
}

// The body of the request, as the settings stand.
function asked() {
  const body = { input: $("text").value, voice: voice().id, model: $("vocoder").value, speed: speed() };
  if (voice().speakers.length > 1) {
    const first = $("speaker").value, second = $("other").value, share = +$("share").value;
    const mixed = share > 0 && first !== second;
    body.speaker = mixed ? `${first}:${(100 - share) / 100},${second}:${share / 100}` : first;
  }
  if ($("temperature").dataset.set !== undefined) body.temperature = +$("temperature").value;
  if (!$("steps-field").hidden && $("steps").value) body.steps = +$("steps").value;
  if ($("seed").value) body.seed = +$("seed").value;
  return body;
}

function reset() {
  $("speed").value = 0;
  $("temperature").value = 0.65;
  delete $("temperature").dataset.set;
  $("steps").value = "";
  $("seed").value = 0;
  show_voice();
}

// ---- asking

async function call(path, body, signal) {
  const headers = { "content-type": "application/json" };
  if ($("key").value) headers.authorization = `Bearer ${$("key").value}`;
  const options = { headers, signal, ...(body && { method: "POST", body: JSON.stringify(body) }) };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name !== "AbortError") complain("The server does not answer. Is it still running?");
    return null;
  }
  if (answer.ok) return answer;
  if (answer.status === 401) {
    $("key-field").hidden = false;
    $("settings").open = true;
    $("key").focus();
    complain($("key").value ? "That is not the API key of this server." : "This server wants an API key: type it under Settings.");
    return null;
  }
  const problem = await answer.json().catch(() => null);
  complain(problem?.error?.message ?? `The server said ${answer.status}.`);
  return null;
}

async function speak(event) {
  event?.preventDefault();
  complain("");
  if (!$("text").value.trim()) return complain("There is nothing to say yet. Type some text.", true);
  if (!voices.length) await load_voices();
  if (!voices.length) return;
  running?.abort();
  const own = (running = new AbortController());
  const started = performance.now();
  player.begin();
  busy(true);
  say_live("Speaking");
  try {
    const body = asked();
    const answer = await call("api/say", body, own.signal);
    if (answer) await receive(answer, body, started);
  } catch (error) {
    if (error.name !== "AbortError") complain("The connection broke off before the end.");
  } finally {
    if (running === own) {
      running = null;
      busy(false);
      player.finish();
    }
  }
}

async function receive(answer, body, started) {
  made = null;
  let first_s = null;
  for await (const line of lines(answer.body)) {
    if (line.event === "start") {
      begin(line);
    } else if (line.event === "chunk") {
      first_s ??= (performance.now() - started) / 1000;
      add(line);
    } else if (line.event === "end") {
      picture.add_mel(bytes(line.mel));
      player.finish();
      end(line, body, started, first_s);
    } else if (line.event === "error") {
      complain(line.error.message);
    }
  }
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (kept + value).split("\n");
    kept = parts.pop();
    for (const part of parts) yield JSON.parse(part);
  }
}

function bytes(text) {
  return Uint8Array.from(atob(text ?? ""), (char) => char.charCodeAt(0));
}

// ---- showing

function begin(line) {
  $("result").hidden = false;
  $("examples").hidden = true;
  $("download").disabled = true;
  $("facts").textContent = "";
  $("reading").replaceChildren();
  picture.begin(line.sample_rate_hz, line.hop, line.channels);
  player.open(line.sample_rate_hz);
  reading = { spans: [], normalised: [], unseen: [], warnings: [] };
  requestAnimationFrame(tick);
}

function add(line) {
  const pcm = bytes(line.pcm);
  const samples = Float32Array.from(new Int16Array(pcm.buffer), (value) => value / 32768);
  player.push(samples);
  picture.add_samples(samples);
  picture.add_mel(bytes(line.mel));
  picture.add_spans(line.tokens ?? [], line.words ?? []);
  reading.spans.push(...(line.spans ?? []));
  if (line.normalised) reading.normalised.push(line.normalised);
  reading.unseen.push(...(line.unseen ?? []));
  reading.warnings.push(...(line.warnings ?? []));
}

function end(line, body, started, first_s) {
  made = body;
  $("download").disabled = false;
  const all_s = (performance.now() - started) / 1000;
  const times = (line.audio_s / all_s).toFixed(line.audio_s < 10 * all_s ? 1 : 0);
  $("facts").textContent =
    `First sound after ${first_s.toFixed(2)} s, the last after ${all_s.toFixed(2)} s: ${times} times as fast as it is spoken.`;
  show_reading(body.input);
  say_live(`Done: ${line.audio_s.toFixed(1)} seconds of speech`);
}

function show_reading(text) {
  const parts = [];
  if (reading.spans.length) {
    const source = element("p", "said");
    const chars = [...text]; // offsets count characters, not JavaScript's halves of them
    let place = 0;
    for (const span of reading.spans) {
      source.append(chars.slice(place, span.start).join(""));
      const mark = element("mark", "", chars.slice(span.start, span.end).join(""));
      mark.title = `${span.kind}: ${span.spoken || "left out"}`;
      source.append(mark);
      place = span.end;
    }
    source.append(chars.slice(place).join(""));
    const changes = element("ul", "changes");
    const known = new Map(reading.spans.map((span) => [JSON.stringify([span.written, span.spoken]), span]));
    for (const span of known.values()) {
      const item = element("li", "", `${span.written} → ${span.spoken || "left out"}`);
      item.append(element("small", "", span.kind));
      changes.append(item);
    }
    parts.push(element("h2", "", "Read differently from how it is written"), source, changes);
  }
  for (const warning of new Set(reading.warnings)) parts.push(element("p", "note", warning));
  const unseen = [...new Set(reading.unseen)];
  if (unseen.length) {
    const more = unseen.length > MANY ? ` and ${unseen.length - MANY} more` : "";
    const named = unseen.slice(0, MANY).join(", ");
    parts.push(element("p", "note", `Words that the voice was not trained on: ${named}${more}.`));
  }
  $("reading").replaceChildren(...parts);
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

function tick() {
  const playing = player.is_playing;
  picture.point(player.place_s, playing);
  $("play").classList.toggle("playing", playing);
  $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  $("time").textContent = `${player.place_s.toFixed(1)} / ${player.length_s.toFixed(1)} s`;
  $("scroll").setAttribute("aria-valuemax", player.length_s.toFixed(1));
  $("scroll").setAttribute("aria-valuenow", player.place_s.toFixed(1));
  $("scroll").setAttribute("aria-valuetext", $("time").textContent);
  if (playing || running) requestAnimationFrame(tick);
}

function busy(is) {
  $("stop").hidden = !is;
  $("speak").textContent = is ? "Speaking…" : "Speak";
}

function complain(message, about_text = false) {
  $("problem").textContent = message;
  $("problem").hidden = !message;
  $("text").toggleAttribute("aria-invalid", false);
  if (about_text) {
    $("text").setAttribute("aria-invalid", "true");
    $("text").focus();
  }
}

function say_live(message) {
  $("live").textContent = message;
}

// ---- downloading

async function download() {
  if (!made) return;
  const format = $("format").value;
  const answer = await call("v1/audio/speech", { ...made, response_format: format, stream: false });
  if (!answer) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `speech.${format === "opus" ? "ogg" : format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// ---- hands and keys

function toggle() {
  if (player.is_playing) player.pause();
  else player.play();
  requestAnimationFrame(tick);
}

function seek(place_s) {
  player.seek(place_s);
  requestAnimationFrame(tick);
}

$("ask").addEventListener("submit", speak);
$("stop").addEventListener("click", () => {
  running?.abort();
  player.pause();
  say_live("Stopped");
});
$("play").addEventListener("click", toggle);
$("download").addEventListener("click", download);
$("in").addEventListener("click", () => picture.zoom_in(1));
$("out").addEventListener("click", () => picture.zoom_in(-1));
$("scroll").addEventListener("click", (event) => seek(picture.time_at(event.clientX)));
$("scroll").addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  if (event.key === " ") toggle();
  else if (event.key in moves) seek(player.place_s + moves[event.key]);
  else return;
  event.preventDefault();
});
$("text").addEventListener("input", () => {
  show_count();
  if ($("text").value.trim()) complain("");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) speak(event);
  if (event.key === "Escape" && running) $("stop").click();
});
for (const button of $("examples").querySelectorAll("button")) {
  button.addEventListener("click", () => {
    $("text").value = button.textContent;
    show_count();
    speak();
  });
}
$("voice").addEventListener("change", show_voice);
$("vocoder").addEventListener("change", show_vocoder);
for (const id of ["speed", "share"]) $(id).addEventListener("input", show_values);
$("temperature").addEventListener("input", () => {
  $("temperature").dataset.set = "";
  show_values();
});
$("dice").addEventListener("click", () => {
  $("seed").value = Math.floor(Math.random() * 100_000);
});
$("reset").addEventListener("click", reset);
$("key").addEventListener("change", () => {
  complain("");
  load_voices();
});
if (matchMedia("(max-width: 56rem)").matches) $("settings").open = false;
show_count();
show_values();
load_voices();
