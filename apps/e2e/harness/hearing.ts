/** What is played of somebody in a call, measured on the audio that arrives. */
import type { Page } from '@playwright/test'
import type { Person } from './person.ts'

interface Voice { hertz: number, loudness: number }

/** The loudest of some readings over a second and a half, in which the fake microphone beeps, and its strongest frequency. Reads no more once it is loud `enough`. */
export async function voiceOf (page: Page, name: string, enough = Infinity): Promise<Voice> {
  return await page.locator(`audio[data-voice="${name}"]`).evaluate(async (element: HTMLAudioElement, untilLoudness) => {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    analyser.fftSize = 8192
    context.createMediaStreamSource(element.srcObject as MediaStream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize), bins = new Float32Array(analyser.frequencyBinCount)
    const best = { hertz: 0, loudness: 0 }
    for (let i = 0; i < 30 && best.loudness < untilLoudness; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 50) })
      analyser.getFloatTimeDomainData(samples)
      const loudness = Math.max(...samples.map(Math.abs))
      if (loudness <= best.loudness) continue
      analyser.getFloatFrequencyData(bins)
      best.loudness = loudness
      best.hertz = bins.indexOf(Math.max(...bins)) * context.sampleRate / analyser.fftSize
    }
    await context.close()
    return best
  }, enough)
}

export const loudness = async (page: Page, name: string): Promise<number> => (await voiceOf(page, name)).loudness

/** Above the noise that a codec makes of silence. */
const HEARD_FROM = 0.05

export const isHeard = async ({ page }: Person, name: string): Promise<boolean> => (await voiceOf(page, name, HEARD_FROM)).loudness >= HEARD_FROM
