import { Headset, Phone, PhoneCall } from 'lucide-react'
import type { Calls, Room } from '#client'
import { Button, IconButton } from '../../components/button.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useLanguage, useUi } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'

/** In the room's header: starts the call of the room, or joins the one that runs; beside it, for those who want to look at themselves first. */
export function CallButton ({ room, calls }: { room: Room, calls: Calls }) {
  const language = useLanguage()
  const { room: words, names } = language.words
  const { dialogs, notices } = useUi()
  const task = useTask()
  const current = useSignal(calls.current)
  const running = useSignal(calls.running).get(room.tag)
  if (current?.roomTag === room.tag) return null
  const label = running === undefined ? words.startCall : words.joinCall
  const join = async (): Promise<void> => {
    try {
      await calls.join(room.tag)
    } catch (error) {
      const { what, next } = language.errorWords(toParleyError(error))
      notices.show({ kind: 'trouble', title: what, text: next })
    }
  }
  return (
    <>
      <Button
        kind={running === undefined ? 'quiet' : 'primary'} className="room-call" isBusy={task.isBusy} aria-label={label}
        title={running === undefined ? label : words.callWith(running.participants.map(({ name, nameMark }) => names.marked(name, nameMark)))}
        icon={running === undefined ? <Phone size={18} aria-hidden /> : <PhoneCall size={18} aria-hidden />}
        onClick={() => { task.run(join).catch(() => {}) }}
      >
        {running === undefined ? undefined : label}
      </Button>
      <IconButton className="room-check-devices" label={words.checkDevices} icon={<Headset size={18} aria-hidden />} onClick={() => dialogs.show('call-preview')} />
    </>
  )
}
