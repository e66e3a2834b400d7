/** RNNoise in an AudioWorklet: a small recurrent network that knows speech, in frames of 10 ms. */
import type { EffectFiles } from '../../../platform.ts'
import type { Effect } from './effect.ts'

/** What RNNoise was trained at; the browser resamples. */
const SAMPLE_RATE = 48_000

/** Resolves when its track can be sent. Rejects where there is no AudioWorklet or no WebAssembly. */
export async function suppressNoise (microphone: MediaStreamTrack, files: EffectFiles): Promise<Effect> {
  const { loadRnnoise, RnnoiseWorkletNode } = await import('@sapphi-red/web-noise-suppressor')
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' })
  try {
    const [wasmBinary] = await Promise.all([
      loadRnnoise({ url: files.noiseModel, simdUrl: files.noiseModelSimd }),
      context.audioWorklet.addModule(files.noiseWorklet)
    ])
    // In the worklet a failure would be silence for good: here it is one that is told.
    await WebAssembly.compile(wasmBinary)
    const source = context.createMediaStreamSource(new MediaStream([microphone]))
    const node = new RnnoiseWorkletNode(context, { maxChannels: 1, wasmBinary })
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: 'explicit' })
    node.channelCount = 1
    node.channelCountMode = 'explicit'
    source.connect(node).connect(out)
    await context.resume()
    const [track] = out.stream.getAudioTracks()
    if (track === undefined) throw new Error('an audio destination without a track')
    return {
      track,
      close () {
        node.destroy()
        track.stop()
        context.close().catch(() => undefined)
      }
    }
  } catch (error) {
    context.close().catch(() => undefined)
    throw error
  }
}
