/** What is played of somebody in a call, measured on the audio that arrives. */
import type { Person } from './person.ts'

/** Whether the one who is played is heard within two seconds: the fake microphone beeps once a second. */
export async function isHeard (person: Person, name: string): Promise<boolean> {
  return await person.page.locator(`audio[data-voice="${name}"]`).evaluate(async (element: HTMLAudioElement) => {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(element.srcObject as MediaStream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let loudest = 0
    for (let i = 0; i < 80 && loudest < 0.05; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 25) })
      analyser.getFloatTimeDomainData(samples)
      loudest = Math.max(loudest, ...samples.map(Math.abs))
    }
    await context.close()
    return loudest >= 0.05
  })
}
