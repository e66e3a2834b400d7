import type { DirectRequest } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useLanguage, useUi, useWords } from '../../state/app-context.ts'
import './requests.css'

/** Who wants to write to this person, and the three things that can be answered. */
export function RequestsDialog () {
  const words = useWords().requests
  const { dialogs } = useUi()
  const requests = useSignal(useClient().requests)
  return (
    <Dialog title={words.title} shape="wide" onClose={() => dialogs.close()}>
      <p className="dialog-text">{requests.length === 0 ? words.none : words.intro}</p>
      <ul className="direct-requests">{requests.map((request) => <RequestItem key={request.user} request={request} />)}</ul>
    </Dialog>
  )
}

function RequestItem ({ request }: { request: DirectRequest }) {
  const { words, moment } = useLanguage()
  const w = words.requests
  const now = useNow(60_000)
  const task = useTask()
  const { dialogs, navigation } = useUi()
  const { user, name, nameMark, receivedAt, isLater } = request
  const roomName = request.roomName === '' ? words.names.unnamedRoom : request.roomName
  const accept = async (): Promise<void> => {
    const tag = await request.accept()
    dialogs.close()
    dialogs.setMemberSheet(false)
    navigation.go({ page: 'room', tag })
  }
  return (
    <li className="direct-request" aria-label={words.names.marked(name, nameMark)}>
      <Avatar name={name} of={user} size={40} />
      <div className="direct-request-text">
        <p className="direct-request-name"><bdi>{name}</bdi> <NameMark mark={nameMark} /></p>
        {nameMark !== null && <p className={`direct-request-mark is-${nameMark}`}>{words.names[nameMark]}</p>}
        <p className="muted">{w.from(roomName)} · {moment(receivedAt, now)}{isLater && ` · ${w.isLater}`}</p>
        {task.error !== null && <ErrorText error={task.error} />}
      </div>
      <div className="direct-request-actions">
        {!isLater && <Button kind="quiet" isBusy={task.isBusy} aria-label={w.laterName(name)} onClick={() => task.run(() => request.postpone())}>{w.later}</Button>}
        <Button isBusy={task.isBusy} aria-label={w.blockName(name)} onClick={() => task.run(() => request.block())}>{w.block}</Button>
        <Button kind="primary" isBusy={task.isBusy} aria-label={w.acceptName(name)} onClick={() => task.run(accept)}>{w.accept}</Button>
      </div>
    </li>
  )
}
