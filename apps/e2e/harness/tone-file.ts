/** A sound for a fake microphone: one tone in short bursts, since a steady one is noise to the noise suppression. */

const RATE = 48_000
const SECONDS = 3
const BURST = 0.4, PAUSE = 0.2

/** A WAV file (mono, 16 bits), which Chromium plays over and over. */
export function toneFile (hertz: number): Buffer {
  const samples = RATE * SECONDS
  const file = Buffer.alloc(44 + samples * 2)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + samples * 2, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(RATE, 24)
  file.writeUInt32LE(RATE * 2, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(samples * 2, 40)
  for (let n = 0; n < samples; n++) {
    const isOn = (n / RATE) % (BURST + PAUSE) < BURST
    file.writeInt16LE(isOn ? Math.round(20_000 * Math.sin(2 * Math.PI * hertz * n / RATE)) : 0, 44 + n * 2)
  }
  return file
}
