/** Gives each encoder of one connection what was decided for its line (adapt.ts). */
import type { SendSettings, VideoSettings } from './adapt.ts'
import { SECTIONS } from './connection.ts'

/** Opus at this rate is speech in full band; silence costs next to nothing (DTX). */
const VOICE_BITRATE = 40_000
const SOUND_BITRATE = 128_000

export async function tuneSenders (pc: RTCPeerConnection, settings: SendSettings): Promise<void> {
  for (const [nth, { sender }] of pc.getTransceivers().entries()) {
    const parameters = sender.getParameters()
    const [encoding] = parameters.encodings
    if (encoding === undefined) continue
    switch (SECTIONS[nth]) {
      case 'microphone': Object.assign(encoding, { maxBitrate: VOICE_BITRATE, priority: 'high', networkPriority: 'high' }); break
      case 'camera': tuneVideo(parameters, encoding, settings.camera); break
      case 'screen': tuneVideo(parameters, encoding, settings.screen); break
      case 'screenSound': encoding.maxBitrate = SOUND_BITRATE; break
      case undefined: continue
    }
    // Closed in between, or not negotiated yet: it is tuned again when it is connected.
    await sender.setParameters(parameters).catch(() => undefined)
  }
}

function tuneVideo (parameters: RTCRtpSendParameters, encoding: RTCRtpEncodingParameters, { isOn, kbps, scale, framesPerSecond, prefers }: VideoSettings): void {
  Object.assign(encoding, { active: isOn, maxBitrate: kbps * 1000, scaleResolutionDownBy: scale, maxFramerate: framesPerSecond })
  // What the browser does by itself between two readings goes the same way. @see https://w3c.github.io/mst-content-hint/
  Object.assign(parameters, { degradationPreference: prefers === 'frames' ? 'maintain-framerate' : 'maintain-resolution' })
}
