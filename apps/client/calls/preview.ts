/** How one would be heard and seen, before a call and without one: the same devices and effects, sent to nobody. */
import { computed, effect, signal } from '@preact/signals-core'
import type { DevicePreview } from '../api-calls.ts'
import { createInputMeter, type LevelMeter } from './media/levels.ts'
import { createOwnDevices, type OwnDevices, type OwnDevicesOptions } from './own-devices.ts'

const LEVEL_EVERY_MS = 100

export interface ActivePreview extends DevicePreview { readonly own: OwnDevices }

export function createPreview (options: OwnDevicesOptions, onClosed: () => void): ActivePreview {
  const own = createOwnDevices(options)
  const { tracks } = own.local
  const level = signal(0)
  let meter: LevelMeter | null = null
  const stopMeter = effect(() => {
    const { microphone } = tracks.value
    meter?.close()
    meter = microphone === null ? null : createInputMeter(microphone)
  })
  const timer = setInterval(() => { level.value = meter?.read() ?? 0 }, LEVEL_EVERY_MS)
  // Why one cannot be had is in `trouble`.
  own.openMicrophone().catch(() => undefined)
  return {
    own, level,
    trouble: own.trouble,
    video: computed(() => {
      const { camera } = tracks.value
      return camera === null ? null : new MediaStream([camera])
    }),
    async setCamera (isOn) {
      if (isOn) await own.openCamera()
      else own.local.closeCamera()
    },
    close () {
      clearInterval(timer)
      stopMeter()
      meter?.close()
      own.close()
      onClosed()
    }
  }
}
