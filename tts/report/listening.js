"use strict";
const test = JSON.parse(document.getElementById("test").textContent);
const stage = document.getElementById("stage");
const memory = "listening-" + test.id;
const startedAt = new Date().toISOString();
let state = { listener: "", order: null, answers: [] };
try { state = JSON.parse(localStorage.getItem(memory)) || state; } catch (error) { /* no storage */ }

function remember() {
  try { localStorage.setItem(memory, JSON.stringify(state)); } catch (error) { /* no storage */ }
}

function shuffled(list) {
  const mixed = list.slice();
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

function make(tag, settings, ...children) {
  const node = Object.assign(document.createElement(tag), settings);
  node.append(...children);
  return node;
}

const audio = new Audio();
let playing = null;
audio.addEventListener("ended", () => mark(null));
function mark(button) {
  if (playing) playing.setAttribute("aria-pressed", "false");
  playing = button;
  if (button) button.setAttribute("aria-pressed", "true");
}
function playButton(label, id, onPlay) {
  const button = make("button", { type: "button", textContent: label });
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const same = playing === button;
    audio.pause();
    mark(null);
    if (same) return;
    audio.src = test.sounds[id];
    audio.play();
    mark(button);
    if (onPlay) onPlay();
  });
  return button;
}

function begin() {
  const name = make("input", { type: "text", value: state.listener, id: "listener" });
  const go = make("button", { type: "button", className: "main", textContent: "Begin" });
  go.disabled = !name.value.trim();
  name.addEventListener("input", () => { go.disabled = !name.value.trim(); });
  go.addEventListener("click", () => {
    state.listener = name.value.trim();
    state.order = state.order || shuffled(test.trials.map((_, i) => i));
    remember();
    next();
  });
  const label = make("label", { htmlFor: "listener", textContent: "Your name or number: " });
  stage.replaceChildren(
    make("p", { textContent: test.kind === "mushra" ?
      "Use headphones in a quiet room. Each screen has a reference and several versions of it. Rate every version from 0 (bad) to 100 (excellent); one of them is the reference itself." :
      "Use headphones in a quiet room. Each screen has two versions of one sentence. Say which one sounds better." }),
    make("p", { className: "soft", textContent: test.trials.length + " screens. A reload of this page goes on where you were." }),
    make("div", { className: "row" }, label, name, go));
}

function next() {
  audio.pause();
  mark(null);
  if (state.answers.length === test.trials.length) return finish();
  const number = state.order[state.answers.length];
  const head = make("p", { className: "soft", textContent: "Screen " + (state.answers.length + 1) + " of " + test.trials.length });
  const trial = test.trials[number];
  const rest = test.kind === "mushra" ? mushra(trial, number) : pair(trial, number);
  stage.replaceChildren(head, ...rest);
}

function done(answer) {
  state.answers.push(answer);
  remember();
  next();
}

function mushra(trial, number) {
  const ratings = {};
  const go = make("button", { type: "button", className: "main", textContent: "Next", disabled: true });
  const scale = make("div", { className: "scale" },
    ...["excellent", "good", "fair", "poor", "bad"].map((word) => make("span", { textContent: word })));
  const columns = shuffled(trial.stimuli).map((id, place) => {
    const slider = make("input", { type: "range", min: 0, max: 100, value: 50, disabled: true });
    slider.setAttribute("aria-label", "rating of version " + (place + 1));
    const shown = make("output", { textContent: "–" });
    slider.addEventListener("input", () => {
      ratings[id] = Number(slider.value);
      shown.textContent = slider.value;
      go.disabled = Object.keys(ratings).length < trial.stimuli.length;
    });
    const play = playButton("Play " + (place + 1), id, () => { slider.disabled = false; });
    return make("div", { className: "stimulus" }, play, slider, shown);
  });
  go.addEventListener("click", () => done({ trial: number, ratings }));
  return [
    make("div", { className: "row" }, playButton("Play the reference", trial.reference)),
    make("div", { className: "stimuli" }, scale, ...columns),
    make("p", { className: "soft", textContent: "Play each version, then move its slider." }),
    go];
}

function pair(trial, number) {
  const sides = shuffled(trial.stimuli);
  const heard = new Set();
  const choices = [["A is better", sides[0]], ["No difference", null], ["B is better", sides[1]]].map(
    ([label, preferred]) => {
      const button = make("button", { type: "button", className: "main", textContent: label, disabled: true });
      button.addEventListener("click", () => done({ trial: number, first: sides[0], second: sides[1], preferred }));
      return button;
    });
  const plays = sides.map((id, place) => playButton("Play " + "AB"[place], id, () => {
    heard.add(id);
    for (const button of choices) button.disabled = heard.size < 2;
  }));
  return [make("div", { className: "row" }, ...plays), make("div", { className: "row" }, ...choices)];
}

function finish() {
  const content = { test: test.id, kind: test.kind, listener: state.listener, started: startedAt,
    finished: new Date().toISOString(), order: state.order, answers: state.answers };
  const file = new Blob([JSON.stringify(content, null, 1) + "\n"], { type: "application/json" });
  const plain = state.listener.replace(/[^A-Za-z0-9]+/g, "-");
  const link = make("a", { href: URL.createObjectURL(file), download: "answers-" + plain + ".json",
    textContent: "Save the answers", id: "save" });
  const again = make("button", { type: "button", textContent: "Clear, for another listener" });
  again.addEventListener("click", () => {
    state = { listener: "", order: null, answers: [] };
    remember();
    begin();
  });
  stage.replaceChildren(
    make("p", { textContent: "Thank you. Save the answers, and send the file to whoever asked you." }),
    make("div", { className: "row" }, link, again));
}

if (state.order) next(); else begin();
