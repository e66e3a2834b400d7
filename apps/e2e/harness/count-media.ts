/** Counts what a page opens for calls, so that it can be told what of it was never closed. */
export interface Counted {
  /** Connections without a picture or sound are links of the mesh and no calls: they are not counted. */
  connections: Set<RTCPeerConnection>
  tracks: Set<WeakRef<MediaStreamTrack>>
}

/** In the page, before the client is there. It is handed to pages as text too: nothing outside of it is known in here. Read `globalThis.counted`. */
export function countMedia (): void {
  const counted: Counted = { connections: new Set(), tracks: new Set() }
  Object.assign(globalThis, {
    counted,
    RTCPeerConnection: class extends RTCPeerConnection {
      override addTransceiver (...args: Parameters<RTCPeerConnection['addTransceiver']>): RTCRtpTransceiver {
        counted.connections.add(this)
        return super.addTransceiver(...args)
      }

      override async setRemoteDescription (description: RTCSessionDescriptionInit): Promise<void> {
        if (description.sdp?.includes('m=audio') === true) counted.connections.add(this)
        await super.setRemoteDescription(description)
      }

      override close (): void {
        counted.connections.delete(this)
        super.close()
      }
    }
  })
  const devices = navigator.mediaDevices
  const open = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async (constraints) => {
    const stream = await open(constraints)
    for (const track of stream.getTracks()) counted.tracks.add(new WeakRef(track))
    return stream
  }
}
