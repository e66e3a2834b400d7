/** A short rising chord out of the chosen speaker, so that one hears whether it is the right one. */

const NOTES_HZ = [440, 554.37, 659.25]
const NOTE_S = 0.18
const LOUDNESS = 0.15

/** Resolves when it has faded. A speaker that is gone is replaced by the system's default. */
export async function playTestSound (speakerId: string | null): Promise<void> {
  const context = new AudioContext()
  const element = new Audio()
  try {
    const out = context.createMediaStreamDestination()
    const endAt = context.currentTime + NOTE_S * (NOTES_HZ.length + 1)
    for (const [nth, hz] of NOTES_HZ.entries()) {
      const gain = new GainNode(context, { gain: 0 })
      const startAt = context.currentTime + nth * NOTE_S
      gain.gain.setTargetAtTime(LOUDNESS, startAt, 0.01)
      gain.gain.setTargetAtTime(0, startAt + NOTE_S, 0.08)
      const tone = new OscillatorNode(context, { frequency: hz })
      tone.connect(gain).connect(out)
      tone.start(startAt)
      tone.stop(endAt + NOTE_S)
    }
    element.srcObject = out.stream
    await useSpeaker(element, speakerId)
    await element.play()
    await new Promise((resolve) => { setTimeout(resolve, (endAt - context.currentTime) * 1000) })
  } finally {
    element.srcObject = null
    await context.close()
  }
}

/** Plays `element` on a speaker; on the system's default where that one is gone, or where the browser has no choice. */
export async function useSpeaker (element: HTMLMediaElement, speakerId: string | null): Promise<void> {
  if (!('setSinkId' in element)) return
  await element.setSinkId(speakerId ?? '').catch(async () => await element.setSinkId('').catch(() => undefined))
}
