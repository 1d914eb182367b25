/** Ring and test tones, made with WebAudio so that there is no file to load when a call comes. */

let context: AudioContext | null = null;

function audio(): AudioContext {
  context ??= new AudioContext();
  void context.resume();
  return context;
}

function tone(at_s: number, length_s: number, frequencies_hz: readonly number[], volume: number): () => void {
  const output = audio();
  const gain = output.createGain();
  gain.connect(output.destination);
  gain.gain.setValueAtTime(0, at_s);
  gain.gain.linearRampToValueAtTime(volume, at_s + 0.03);
  gain.gain.setValueAtTime(volume, at_s + length_s - 0.05);
  gain.gain.linearRampToValueAtTime(0, at_s + length_s);
  for (const frequency_hz of frequencies_hz) {
    const oscillator = output.createOscillator();
    oscillator.frequency.value = frequency_hz;
    oscillator.connect(gain);
    oscillator.start(at_s);
    oscillator.stop(at_s + length_s);
  }
  return () => gain.disconnect();
}

/** Two short high tones. */
export function playTest(loudspeaker = ""): void {
  // Where the browser lets the console choose: the tone must come out where callers will.
  const output = audio() as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  void output.setSinkId?.(loudspeaker).catch(() => undefined);
  const start_s = audio().currentTime + 0.05;
  tone(start_s, 0.25, [660], 0.2);
  tone(start_s + 0.35, 0.25, [880], 0.2);
}

/** Rings for up to `length_s`, scheduled ahead so that a throttled tab still rings; returns how to stop it. */
export function ring(length_s: number): () => void {
  const start_s = audio().currentTime + 0.05;
  const stops: (() => void)[] = [];
  for (let at_s = 0; at_s < length_s; at_s += 2) {
    stops.push(tone(start_s + at_s, 0.4, [440, 554], 0.16), tone(start_s + at_s + 0.5, 0.4, [440, 554], 0.16));
  }
  return () => {
    for (const stop of stops) stop();
  };
}

/** Loudness of a stream, 0 to 1, on a scale where ordinary speech fills the upper half. */
export function levelMeter(stream: MediaStream): { read: () => number; close: () => void } {
  const input = audio();
  const source = input.createMediaStreamSource(stream);
  const analyser = input.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    read: () => {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const rms = Math.sqrt(sum / samples.length);
      const decibel = 20 * Math.log10(Math.max(rms, 1e-5));
      return Math.min(1, Math.max(0, (decibel + 60) / 50));
    },
    close: () => source.disconnect(),
  };
}
