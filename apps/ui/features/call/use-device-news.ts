import { useEffect } from 'react'
import type { Calls } from '#client'
import { useLanguage, useUi } from '../../state/app-context.ts'
import { useCallWords } from './use-call-words.ts'

const SETTING_OF = { microphone: 'microphoneId', camera: 'cameraId', speaker: 'speakerId' } as const

/** Says what happens to the devices: one that is gone, one that came, an effect that is off. */
export function useDeviceNews (calls: Calls): void {
  const words = useCallWords()
  const { errorWords } = useLanguage()
  const { notices } = useUi()
  useEffect(() => {
    const stops = [
      calls.events.on('moderated', ({ kind, byName }) => notices.show({ kind: 'info', title: words.notices[kind](byName), text: '' })),
      calls.events.on('device-lost', ({ label, instead }) => notices.show({ kind: 'info', title: words.deviceLost(label), text: words.deviceInstead(instead) })),
      calls.events.on('device-returned', ({ device }) => notices.show({ kind: 'info', title: words.deviceReturned(device.label), text: '' })),
      calls.events.on('device-found', ({ device: { kind, deviceId, label } }) => notices.show({
        kind: 'info', title: words.deviceFound(label), text: '',
        // Where it cannot be opened, the call says so.
        actions: [{ label: words.useDevice, perform: () => { calls.changeSettings({ [SETTING_OF[kind]]: deviceId }).catch(() => {}) } }]
      })),
      calls.events.on('effect-stopped', ({ error }) => {
        const { what, next } = errorWords(error)
        notices.show({ kind: 'trouble', title: what, text: next })
      })
    ]
    return () => { for (const stop of stops) stop() }
  }, [calls, notices, words, errorWords])
}
