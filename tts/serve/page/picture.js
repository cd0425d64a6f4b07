// Draws waveform, mel, tokens and words over time, as far as they are there.

const RULER = 20, WAVE = 76, MEL = 128, TOKENS = 24, WORDS = 26, GAP = 6;
const HEIGHT = RULER + WAVE + GAP + MEL + TOKENS + WORDS + GAP;
const PEAK = 64; // samples of one peak of the waveform
const STRIP = 512; // frames of one strip of the mel
const LEAST_PX_S = 165; // a second is never narrower by itself
const ZOOM = 1.4;

export class Picture {
  constructor(scroll, width, canvas) {
    this.scroll = scroll;
    this.width = width;
    this.canvas = canvas;
    this.zoom = 1;
    scroll.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(scroll);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#read_colours();
      for (const strip of this.strips) this.#paint(strip, 0);
      this.draw();
    });
    this.begin(1, 1, 1);
  }

  begin(rate, hop, channels) {
    Object.assign(this, { rate, hop, channels });
    this.strips = []; // of the mel: {canvas, frames, n}
    this.peaks = [];
    this.rest = new Float32Array(0);
    this.tokens = [];
    this.words = [];
    this.n_samples = this.place_s = this.zoom_by = 0;
    this.zoom = 1;
    this.scroll.scrollLeft = 0;
    this.#read_colours();
  }

  get length_s() {
    return this.n_samples / this.rate;
  }

  add_samples(samples) {
    this.n_samples += samples.length;
    const joined = new Float32Array(this.rest.length + samples.length);
    joined.set(this.rest);
    joined.set(samples, this.rest.length);
    const n = Math.floor(joined.length / PEAK);
    for (let i = 0; i < n; i++) {
      let peak = 0;
      for (let k = i * PEAK; k < (i + 1) * PEAK; k++) peak = Math.max(peak, Math.abs(joined[k]));
      this.peaks.push(peak);
    }
    this.rest = joined.slice(n * PEAK);
  }

  add_mel(bytes) {
    for (let place = 0; place < bytes.length; ) {
      let strip = this.strips.at(-1);
      if (!strip || strip.n === STRIP) {
        const canvas = new OffscreenCanvas(STRIP, this.channels);
        strip = { canvas, frames: new Uint8Array(STRIP * this.channels), n: 0 };
        this.strips.push(strip);
      }
      const n = Math.min(STRIP - strip.n, (bytes.length - place) / this.channels);
      strip.frames.set(bytes.subarray(place, place + n * this.channels), strip.n * this.channels);
      const first = strip.n;
      strip.n += n;
      place += n * this.channels;
      this.#paint(strip, first);
    }
  }

  // Tokens and words as [text, start_s, end_s].
  add_spans(tokens, words) {
    this.tokens.push(...tokens);
    this.words.push(...words);
  }

  // How many pixels a second is wide.
  get px_s() {
    const fitting = this.scroll.clientWidth / Math.max(this.length_s, 0.5);
    return Math.max(fitting, LEAST_PX_S) * this.zoom;
  }

  zoom_in(steps) {
    const middle_s = (this.scroll.scrollLeft + this.scroll.clientWidth / 2) / this.px_s;
    const least = this.scroll.clientWidth / Math.max(this.length_s, 0.5) / (this.px_s / this.zoom);
    this.zoom = Math.max(least, Math.min(8, this.zoom * ZOOM ** steps));
    this.draw();
    this.scroll.scrollLeft = middle_s * this.px_s - this.scroll.clientWidth / 2;
  }

  time_at(client_x) {
    const x = client_x - this.scroll.getBoundingClientRect().left + this.scroll.scrollLeft;
    return x / this.px_s;
  }

  // The playhead, kept in sight while it moves.
  point(place_s, follow) {
    this.place_s = place_s;
    const x = place_s * this.px_s, left = this.scroll.scrollLeft, seen = this.scroll.clientWidth;
    if (follow && (x > left + 0.85 * seen || x < left)) this.scroll.scrollLeft = x - 0.15 * seen;
    this.draw();
  }

  draw() {
    const seen = this.scroll.clientWidth, dots = devicePixelRatio || 1;
    if (!seen) return;
    this.width.style.width = `${Math.max(seen, Math.ceil(this.length_s * this.px_s))}px`;
    const { canvas } = this;
    if (canvas.width !== Math.round(seen * dots) || canvas.height !== Math.round(HEIGHT * dots)) {
      canvas.width = Math.round(seen * dots);
      canvas.height = Math.round(HEIGHT * dots);
      canvas.style.width = `${seen}px`;
      canvas.style.height = `${HEIGHT}px`;
    }
    const c = canvas.getContext("2d");
    c.setTransform(dots, 0, 0, dots, 0, 0);
    c.clearRect(0, 0, seen, HEIGHT);
    const left_s = this.scroll.scrollLeft / this.px_s, right_s = left_s + seen / this.px_s;
    const x_of = (s) => (s - left_s) * this.px_s;
    this.#draw_ruler(c, left_s, right_s, x_of);
    this.#draw_wave(c, left_s, seen);
    this.#draw_mel(c, left_s, right_s, x_of);
    this.#draw_spans(c, left_s, right_s, x_of);
    const x = x_of(this.place_s);
    c.fillStyle = this.colours.head;
    c.fillRect(x - 0.75, 0, 1.5, HEIGHT);
  }

  #draw_ruler(c, left_s, right_s, x_of) {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60].find((s) => s * this.px_s >= 70) ?? 60;
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "middle";
    c.textAlign = "left";
    for (let i = Math.floor(left_s / step); i * step <= Math.min(right_s, this.length_s); i++) {
      const x = x_of(i * step);
      c.fillStyle = this.colours.line;
      c.fillRect(x, 0, 1, RULER + WAVE);
      c.fillStyle = this.colours.soft;
      c.fillText(`${+(i * step).toFixed(1)} s`, x + 4, RULER / 2);
    }
  }

  #draw_wave(c, left_s, seen) {
    const middle = RULER + WAVE / 2, peaks_px = this.rate / PEAK / this.px_s;
    const loudest = Math.max(0.05, this.peaks.reduce((a, b) => Math.max(a, b), 0));
    c.fillStyle = this.colours.wave;
    for (let x = 0; x < seen; x++) {
      const first = Math.floor(left_s * this.rate / PEAK + x * peaks_px);
      if (first >= this.peaks.length) break;
      let peak = 0;
      for (let i = first; i < Math.max(first + 1, first + peaks_px); i++) {
        peak = Math.max(peak, this.peaks[i] ?? 0);
      }
      const height = Math.max(0.5, (peak / loudest) * (WAVE / 2 - 4));
      c.fillRect(x, middle - height, 1, 2 * height);
    }
  }

  #draw_mel(c, left_s, right_s, x_of) {
    const top = RULER + WAVE + GAP, frame_s = this.hop / this.rate;
    c.imageSmoothingEnabled = true;
    this.strips.forEach((strip, i) => {
      const start_s = i * STRIP * frame_s, end_s = start_s + strip.n * frame_s;
      if (end_s < left_s || start_s > right_s) return;
      const x = x_of(start_s);
      c.drawImage(strip.canvas, 0, 0, strip.n, this.channels, x, top, x_of(end_s) - x, MEL);
    });
  }

  #draw_spans(c, left_s, right_s, x_of) {
    const mel = RULER + WAVE + GAP, lane = mel + MEL, below = lane + TOKENS;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.font = '13px system-ui, "Noto Sans", "DejaVu Sans", sans-serif';
    for (const [text, start_s, end_s] of this.tokens) {
      if (end_s < left_s || start_s > right_s || start_s > this.length_s) continue;
      const x = x_of(start_s), width = x_of(end_s) - x;
      c.fillStyle = this.colours.ink;
      c.globalAlpha = 0.13;
      c.fillRect(x, mel, 1, MEL + TOKENS);
      c.globalAlpha = 1;
      const shown = text.startsWith("<") ? "" : text;
      if (c.measureText(shown).width <= width + 1) c.fillText(shown, x + width / 2, lane + TOKENS / 2);
    }
    for (const [text, start_s, end_s] of this.words) {
      if (end_s < left_s || start_s > right_s || start_s > this.length_s) continue;
      const x = x_of(start_s), width = x_of(end_s) - x;
      const now = this.place_s >= start_s && this.place_s < end_s;
      c.fillStyle = now ? this.colours.accent : this.colours.tint;
      c.beginPath();
      c.roundRect(x + 1, below + 1, Math.max(2, width - 2), WORDS - 4, 5);
      c.fill();
      c.fillStyle = now ? this.colours.on : this.colours.ink;
      const size = [13, 12, 11, 10].find((px) => {
        c.font = `500 ${px}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;
        return c.measureText(text).width <= width - 4;
      });
      if (size) c.fillText(text, x + width / 2, below + WORDS / 2 - 1);
    }
  }

  #paint(strip, first) {
    const n = strip.n - first;
    if (n < 1) return;
    const image = new ImageData(n, this.channels);
    for (let frame = 0; frame < n; frame++) {
      for (let channel = 0; channel < this.channels; channel++) {
        const shade = strip.frames[(first + frame) * this.channels + channel];
        const place = 4 * ((this.channels - 1 - channel) * n + frame);
        image.data.set(this.shades.subarray(4 * shade, 4 * shade + 4), place);
      }
    }
    strip.canvas.getContext("2d").putImageData(image, first, 0);
  }

  #read_colours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    this.colours = {
      ink: read("--ink"), soft: read("--soft"), line: read("--line"), wave: read("--wave"),
      head: read("--head"), accent: read("--accent"), on: read("--on-accent"), tint: read("--tint"),
    };
    const stops = [0, 1, 2, 3, 4].map((i) => {
      const hex = read(`--mel-${i}`);
      return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    });
    this.shades = new Uint8ClampedArray(4 * 256);
    for (let i = 0; i < 256; i++) {
      const at = (i / 255) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
      for (let k = 0; k < 3; k++) {
        this.shades[4 * i + k] = stops[low][k] + (at - low) * (stops[low + 1][k] - stops[low][k]);
      }
      this.shades[4 * i + 3] = 255;
    }
  }
}
