import type { JoinRequest, Room } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useLanguage, useWords } from '../../state/app-context.ts'

/** Who asks to be let in, above all who are in. */
export function Requests ({ room }: { room: Room }) {
  const words = useWords().people
  const requests = useSignal(room.entry.requests)
  if (requests.length === 0) return null
  return (
    <section className="requests">
      <h3 className="section-title">{words.requests} · {requests.length}</h3>
      {requests.map((request) => <RequestCard key={request.id} request={request} />)}
    </section>
  )
}

function RequestCard ({ request }: { request: JoinRequest }) {
  const { words, moment } = useLanguage()
  const w = words.people
  const now = useNow(60_000)
  const task = useTask()
  const { name, nameMark, approve, decline } = request
  return (
    <div className="request" role="group" aria-label={name}>
      <Avatar name={name} of={request.user} size={32} />
      <div className="request-text">
        <p>{request.needsApproval ? w.requestApproval(name) : w.requestAway(name)} <NameMark mark={nameMark} /></p>
        {nameMark !== null && <p className="muted">{words.names[nameMark]}</p>}
        <p className="muted">{words.inviting.asRole(words.roles[request.role])} · {moment(request.requestedAt, now)}</p>
        {task.error !== null && <ErrorText error={task.error} />}
        {(approve !== null || decline !== null) && (
          <div className="request-actions">
            {approve !== null && <Button kind="primary" isBusy={task.isBusy} aria-label={w.approveName(name)} onClick={() => task.run(approve)}>{w.approve}</Button>}
            {decline !== null && <Button isBusy={task.isBusy} aria-label={w.declineName(name)} onClick={() => task.run(decline)}>{w.decline}</Button>}
          </div>
        )}
      </div>
    </div>
  )
}
