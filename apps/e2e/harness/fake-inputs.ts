/**
 * What Chromium's fake devices give in stories about effects: a picture of somebody in front of a shelf, and speech in noise. Drawn and
 * sounded here, so that what comes out can be told from what went in.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WAVE_RATE, waveFile } from './wave-file.ts'

const WIDTH = 640, HEIGHT = 360
/** One half noise alone, the other half speech in it. */
const LOOP_S = 2

export interface FakeInputs {
  folder: string
  /** For Chromium, in place of its own moving picture and beep. */
  args: readonly string[]
}

export function writeFakeInputs (): FakeInputs {
  const folder = mkdtempSync(join(tmpdir(), 'parley-inputs-'))
  const video = join(folder, 'person.y4m'), audio = join(folder, 'speech.wav')
  writeFileSync(video, drawPerson())
  writeFileSync(audio, speakInNoise())
  return { folder, args: [`--use-file-for-fake-video-capture=${video}`, `--use-file-for-fake-audio-capture=${audio}`] }
}

/** A small picture that changes with each frame: what costs next to nothing to send to several, so that many can share two cores. */
export function smallCameraFile (): Buffer {
  const width = 160, height = 90
  const frame = (luma: number): Buffer[] => [Buffer.from('FRAME\n'), Buffer.alloc(width * height, luma), Buffer.alloc(width * height / 2, 128)]
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...frame(60), ...frame(190)])
}

type Colour = [red: number, green: number, blue: number]

/** Inside 1, outside 0, and a soft edge between: `depth` is negative inside, in pixels. */
const cover = (depth: number, edge: number): number => Math.min(1, Math.max(0, 0.5 - depth / edge))
const mix = (below: Colour, above: Colour, share: number): Colour => below.map((value, i) => value + (above[i]! - value) * share) as Colour
const ellipse = (x: number, y: number, [cx, cy]: [number, number], [rx, ry]: [number, number]): number =>
  (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 - 1) * Math.min(rx, ry)

/** Head and shoulders in the middle, and behind them a shelf of hard edges. */
function colourAt (x: number, y: number): Colour {
  const middle = WIDTH / 2
  const light = 1 - 0.25 * Math.max(0, (x - middle) / 64) - 0.1 * (y - 148) / 84
  const skin: Colour = [225 * light, 170 * light, 145 * light]
  let colour: Colour = (Math.floor(x / 16) + Math.floor(y / 40)) % 2 === 0 ? [205, 205, 200] : [40, 45, 60]
  colour = mix(colour, [60 + 20 * Math.sin(x / 9), 70, 110], cover(ellipse(x, y, [middle, 400], [170, 170]), 3))
  colour = mix(colour, [190, 135, 110], cover(Math.max(Math.abs(x - middle) - 34, Math.abs(y - 235) - 45), 3))
  colour = mix(colour, [50, 35, 25], cover(ellipse(x, y, [middle, 130], [82, 100]), 3))
  colour = mix(colour, skin, cover(ellipse(x, y, [middle, 148], [64, 84]), 3))
  for (const side of [-26, 26]) {
    colour = mix(colour, [245, 245, 245], cover(ellipse(x, y, [middle + side, 135], [12, 6]), 2))
    colour = mix(colour, [40, 30, 25], cover(ellipse(x, y, [middle + side, 135], [5, 5]), 2))
    colour = mix(colour, [60, 40, 30], cover(ellipse(x, y, [middle + side, 119], [16, 3]), 2))
  }
  return mix(colour, [165, 75, 75], cover(ellipse(x, y, [middle, 192], [22, 6]), 2))
}

/** @see https://wiki.multimedia.cx/index.php/YUV4MPEG2 */
function drawPerson (): Buffer {
  const luma = Buffer.alloc(WIDTH * HEIGHT), blue = Buffer.alloc(WIDTH * HEIGHT / 4), red = Buffer.alloc(WIDTH * HEIGHT / 4)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [r, g, b] = colourAt(x, y)
      luma[y * WIDTH + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b
      if (x % 2 + y % 2 > 0) continue
      const at = y / 2 * WIDTH / 2 + x / 2
      blue[at] = 128 - 0.148 * r - 0.291 * g + 0.439 * b
      red[at] = 128 + 0.439 * r - 0.368 * g - 0.071 * b
    }
  }
  const frame = [Buffer.from('FRAME\n'), luma, blue, red]
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), ...frame, ...frame])
}

/** Harmonics of a voice that rises and falls, through the resonances of an "a" and an "e", in four syllables a second. */
function speakInNoise (): Buffer {
  const samples = new Int16Array(WAVE_RATE * LOOP_S)
  let seed = 1, phase = 0
  const random = (): number => {
    seed = seed * 1_103_515_245 + 12_345 & 0x7fffffff
    return seed / 0x3fffffff - 1
  }
  for (let n = 0; n < samples.length; n++) {
    const at = n / WAVE_RATE
    const isSpeaking = at >= LOOP_S / 2
    const hz = 140 + 25 * Math.sin(2 * Math.PI * 0.7 * at)
    phase += 2 * Math.PI * hz / WAVE_RATE
    let voice = 0
    if (isSpeaking) {
      const formants = Math.floor(at * 4) % 2 === 0 ? [730, 1090, 2440] : [530, 1840, 2480]
      for (let harmonic = 1; harmonic * hz < 4000; harmonic++) {
        const loudness = formants.reduce((total, formant) => total + 1 / (1 + ((harmonic * hz - formant) / 90) ** 2), 0.02)
        voice += loudness * Math.sin(harmonic * phase)
      }
      voice *= 0.18 * Math.sin(Math.PI * (at * 4 % 1)) ** 0.5
    }
    samples[n] = Math.max(-1, Math.min(1, voice + 0.06 * random())) * 32_767
  }
  return waveFile(samples)
}
