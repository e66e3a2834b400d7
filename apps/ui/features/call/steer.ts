/** The commands that keys and the palette give to the call that runs. */
import type { Call } from '#client'
import type { CallCommand } from './call-keys.ts'

export async function steer (call: Call, command: CallCommand): Promise<void> {
  switch (command) {
    case 'mute': await call.setMuted(!call.isMuted.value); return
    case 'video': await call.setCamera(!call.isCameraOn.value); return
    case 'sharing': await call.setSharing(!call.isSharing.value); return
    case 'deafen': call.setDeafened(!call.isDeafened.value); return
    case 'hand': call.setHandUp(!call.isHandUp.value); return
    case 'fullScreen':
      if (document.fullscreenElement === null) await document.querySelector('.call-stage')?.requestFullscreen()
      else await document.exitFullscreen()
  }
}
