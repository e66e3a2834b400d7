/** A sound for a fake microphone: one tone in short bursts, since a steady one is noise to the noise suppression. */
import { WAVE_RATE, waveFile } from './wave-file.ts'

const SECONDS = 3
const BURST = 0.4, PAUSE = 0.2

/** Chromium plays it over and over. */
export function toneFile (hertz: number): Buffer {
  return waveFile(Int16Array.from({ length: WAVE_RATE * SECONDS }, (_none, n) => {
    const isOn = (n / WAVE_RATE) % (BURST + PAUSE) < BURST
    return isOn ? Math.round(20_000 * Math.sin(2 * Math.PI * hertz * n / WAVE_RATE)) : 0
  }))
}
