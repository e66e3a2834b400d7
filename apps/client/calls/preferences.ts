/** How this person wants to be heard and seen: kept on this device, taken by the call that runs and by each preview. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { CallEvents, Calls, CallSettings } from '../api-calls.ts'
import type { EffectFiles } from '../platform.ts'
import type { EventEmitter } from '../state/events.ts'
import type { Scope } from '../state/scope.ts'
import { scalePicture } from './media/scale-picture.ts'
import type { OwnDevicesOptions } from './own-devices.ts'
import { createPreview, type ActivePreview } from './preview.ts'
import { readCallSettings } from './settings.ts'

export interface PreferencesOptions {
  settings: { load(): Promise<Readonly<Record<string, unknown>>>, save(settings: CallSettings): Promise<void> }
  picture: { load(): Promise<Blob | null>, save(picture: Blob): Promise<void> }
  effects: (() => Promise<EffectFiles>) | null
}

export interface Preferences extends Pick<Calls, 'settings' | 'picture' | 'changeSettings' | 'choosePicture' | 'openPreview'> {
  ownDevices(): OwnDevicesOptions
}

export async function openPreferences (options: PreferencesOptions, { scope, events, current }: {
  scope: Scope
  events: EventEmitter<CallEvents>
  /** The call that runs. */
  current: ReadonlySignal<{ useSettings(settings: CallSettings): Promise<void> } | null>
}): Promise<Preferences> {
  const settings = signal<CallSettings>(readCallSettings(await options.settings.load()))
  const picture = signal(await options.picture.load())
  const previews = new Set<ActivePreview>()

  const ownDevices = (): OwnDevicesOptions => ({
    settings: settings.peek(), picture: () => picture.peek(), effects: options.effects, tell: (name, payload) => events.emit(name, payload)
  })
  const changeSettings: Calls['changeSettings'] = async (change) => {
    settings.value = { ...settings.peek(), ...change }
    await options.settings.save(settings.peek())
    for (const one of [current.peek(), ...[...previews].map((preview) => preview.own)]) await one?.useSettings(settings.peek())
  }
  // What is off says so in the settings too.
  scope.defer(events.on('effect-stopped', ({ error }) => {
    scope.run(changeSettings(error.code === 'noise-suppression-failed' ? { noiseSuppression: 'browser' } : { background: 'none' }))
  }))
  scope.defer(() => { for (const preview of previews) preview.close() })

  return {
    settings, picture, ownDevices, changeSettings,
    async choosePicture (file) {
      picture.value = await scalePicture(file)
      await options.picture.save(picture.value)
      await changeSettings({ background: 'picture' })
    },
    openPreview () {
      const preview = createPreview(ownDevices(), () => previews.delete(preview))
      previews.add(preview)
      return preview
    }
  }
}
