import { Phone, PhoneOff, Video } from 'lucide-react'
import type { IncomingCall } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { useCallWords } from './use-call-words.ts'

/** Somebody rings: over everything, and announced, but it takes no focus from what is being typed. */
export function IncomingCallCard ({ incoming }: { incoming: IncomingCall }) {
  const words = useCallWords()
  const { names } = useWords()
  const { from, fromName, fromMark } = incoming
  const { navigation } = useUi()
  const task = useTask()
  const accept = (camera: boolean): void => {
    navigation.go({ page: 'room', tag: incoming.roomTag })
    task.run(async () => await incoming.accept({ camera })).catch(() => {})
  }
  return (
    <section className="incoming-call" role="alertdialog" aria-label={words.incoming(names.marked(fromName, fromMark))}>
      <Avatar name={fromName} of={from} size={44} />
      <p>{words.incoming(fromName)} <NameMark mark={fromMark} />{fromMark !== null && <span className="incoming-mark">{names[fromMark]}</span>}</p>
      <div className="incoming-call-actions">
        <Button kind="danger" icon={<PhoneOff size={18} aria-hidden />} onClick={() => incoming.decline()}>{words.decline}</Button>
        <Button icon={<Video size={18} aria-hidden />} isBusy={task.isBusy} onClick={() => accept(true)} aria-label={words.acceptWithVideo} />
        <Button kind="primary" icon={<Phone size={18} aria-hidden />} isBusy={task.isBusy} onClick={() => accept(false)}>{words.accept}</Button>
      </div>
    </section>
  )
}
