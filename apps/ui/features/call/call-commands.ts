import type { Command, CommandContext } from '../../registries/commands.ts'
import { CALL_KEYS, type CallCommand } from './call-keys.ts'
import { callWordsOf } from './use-call-words.ts'
import { steer } from './steer.ts'

/** What the palette offers of the call that runs; nothing while none does. */
export function listCallCommands ({ client, language, attempt }: Pick<CommandContext, 'client' | 'language' | 'attempt'>): readonly Command[] {
  const words = callWordsOf(language.code)
  const calls = client.calls.value
  const call = calls?.current.value ?? null
  if (calls === null || call === null) return []
  const action = (id: string, label: string, shortcut: string | null, work: () => Promise<void> | void): Command =>
    ({ kind: 'command', id: `call-${id}`, label, shortcut, isEnabled: true, perform: () => attempt(async () => { await work() }) })
  const command = (name: CallCommand, label: string): Command =>
    action(name, label, calls.settings.value.hasKeys ? CALL_KEYS[name].toUpperCase() : null, () => steer(call, name))
  return [
    command('mute', call.isMuted.value ? words.unmute : words.mute),
    command('video', call.isCameraOn.value ? words.stopVideo : words.startVideo),
    command('sharing', call.isSharing.value ? words.stopSharing : words.shareScreen),
    command('deafen', call.isDeafened.value ? words.undeafen : words.deafen),
    command('hand', call.isHandUp.value ? words.lowerHand : words.raiseHand),
    action('leave', words.leave, null, () => call.leave())
  ]
}
