/** How much is sent to each receiver: everybody gets a stream of their own, so the more there are, the smaller each picture. */
import { SECTIONS } from './connection.ts'

/** What a usual upstream (10 Mbit/s) carries for three receivers beside the rest of the house, halved. */
const CAMERA_STEPS = [
  { receivers: 1, maxBitrate: 1_800_000, scaleResolutionDownBy: 1 },
  { receivers: 2, maxBitrate: 900_000, scaleResolutionDownBy: 1.5 },
  { receivers: Infinity, maxBitrate: 450_000, scaleResolutionDownBy: 2 }
]
const SCREEN_BITRATE = 2_500_000
/** Opus at this rate is speech in full band; silence costs next to nothing (DTX). */
const VOICE_BITRATE = 40_000
const SOUND_BITRATE = 128_000

export async function tuneSenders (pc: RTCPeerConnection, receivers: number): Promise<void> {
  const step = CAMERA_STEPS.find((one) => receivers <= one.receivers)
  for (const [nth, { sender }] of pc.getTransceivers().entries()) {
    const parameters = sender.getParameters()
    const [encoding] = parameters.encodings
    if (encoding === undefined || step === undefined) continue
    switch (SECTIONS[nth]) {
      case 'microphone': Object.assign(encoding, { maxBitrate: VOICE_BITRATE, priority: 'high', networkPriority: 'high' }); break
      case 'camera':
        Object.assign(encoding, { maxBitrate: step.maxBitrate, scaleResolutionDownBy: step.scaleResolutionDownBy })
        // When the line is thin: fewer pixels first, since a face that stutters is worse than one that is soft.
        Object.assign(parameters, { degradationPreference: 'maintain-framerate' })
        break
      case 'screen': encoding.maxBitrate = SCREEN_BITRATE; break
      case 'screenSound': encoding.maxBitrate = SOUND_BITRATE; break
      case undefined: continue
    }
    // Closed in between, or not negotiated yet: it is tuned again when it is connected.
    await sender.setParameters(parameters).catch(() => undefined)
  }
}
