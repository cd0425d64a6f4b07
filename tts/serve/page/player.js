// Plays samples while more of them are still coming.

const LEAD_S = 0.06; // between asking for sound and its start

export class Player {
  #context = null;
  #chunks = []; // {samples, start_s}
  #rate = 0;
  #n_samples = 0;
  #is_whole = false;
  #is_playing = false;
  #place_s = 0; // where it stands while it does not play
  #origin_s = 0; // the context's time at which the speech began
  #n_scheduled = 0;
  #sources = new Set();

  // A new speech; call it from a click or a key, since browsers want one before sound.
  begin() {
    this.#silence();
    this.#chunks = [];
    this.#n_samples = this.#place_s = 0;
    this.#is_whole = false;
    this.#is_playing = true;
    this.#context?.resume();
  }

  open(rate) {
    if (this.#context?.sampleRate !== rate) {
      this.#context?.close();
      this.#context = new AudioContext({ sampleRate: rate });
    }
    this.#rate = rate;
    this.#context.resume();
    this.#start(0);
  }

  push(samples) {
    this.#chunks.push({ samples, start_s: this.#n_samples / this.#rate });
    this.#n_samples += samples.length;
    if (this.#is_playing) this.#schedule();
  }

  finish() {
    this.#is_whole = true;
  }

  get length_s() {
    return this.#rate ? this.#n_samples / this.#rate : 0;
  }

  get is_playing() {
    if (this.#is_playing && this.#is_whole && this.#heard_s() >= this.length_s) {
      this.pause();
      this.#place_s = this.length_s;
    }
    return this.#is_playing;
  }

  get place_s() {
    if (!this.is_playing) return this.#place_s;
    return Math.max(0, Math.min(this.#heard_s(), this.length_s));
  }

  // All samples so far, one after the other.
  get samples() {
    const whole = new Float32Array(this.#n_samples);
    let place = 0;
    for (const { samples } of this.#chunks) {
      whole.set(samples, place);
      place += samples.length;
    }
    return whole;
  }

  play() {
    if (!this.#context) return;
    this.#context.resume();
    this.#start(this.#is_whole && this.#place_s >= this.length_s - 0.01 ? 0 : this.#place_s);
  }

  pause() {
    this.#place_s = this.#rate ? Math.max(0, Math.min(this.#heard_s(), this.length_s)) : 0;
    this.#is_playing = false;
    this.#silence();
  }

  seek(place_s) {
    this.#place_s = Math.max(0, Math.min(place_s, this.length_s));
    if (this.#is_playing) this.#start(this.#place_s);
  }

  #heard_s() {
    if (!this.#context) return 0;
    return this.#context.currentTime - (this.#context.outputLatency || 0) - this.#origin_s;
  }

  #start(place_s) {
    this.#silence();
    this.#is_playing = true;
    this.#origin_s = this.#context.currentTime + LEAD_S - place_s;
    this.#n_scheduled = this.#chunks.findIndex((c) => c.start_s + c.samples.length / this.#rate > place_s);
    if (this.#n_scheduled < 0) this.#n_scheduled = this.#chunks.length;
    this.#schedule(place_s);
  }

  #schedule(from_s = 0) {
    for (; this.#n_scheduled < this.#chunks.length; this.#n_scheduled++) {
      const { samples, start_s } = this.#chunks[this.#n_scheduled];
      if (!samples.length) continue;
      const skipped_s = Math.max(0, from_s - start_s);
      const earliest_s = this.#context.currentTime + 0.005;
      // A chunk that comes too late moves all behind it.
      this.#origin_s = Math.max(this.#origin_s, earliest_s - start_s - skipped_s);
      const buffer = this.#context.createBuffer(1, samples.length, this.#rate);
      buffer.copyToChannel(samples, 0);
      const source = new AudioBufferSourceNode(this.#context, { buffer });
      source.connect(this.#context.destination);
      source.start(this.#origin_s + start_s + skipped_s, skipped_s);
      this.#sources.add(source);
      source.onended = () => this.#sources.delete(source);
    }
  }

  #silence() {
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
    }
    this.#sources.clear();
  }
}
