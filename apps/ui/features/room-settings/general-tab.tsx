import { useState } from 'react'
import type { Room } from '#client'
import { READ_MARKS_MAX_MEMBERS, ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { nextAfterMe } from '../members/group-members.ts'
import { ForgetDialog } from '../room/standing-banner.tsx'
import { ContinueElsewhere } from './continue-elsewhere.tsx'
import { Fact, ReadOnly } from './policy-form.tsx'

/** A topic is a line above the conversation. */
const TOPIC_TYPED_MAX_CHARS = 200

export function GeneralTab ({ room }: { room: Room }) {
  const words = useWords().roomSettings
  const { name, topic, kind, role } = useSignal(room.summary)
  const rename = useSignal(room.settings.rename)
  return (
    <>
      {rename !== null ? <NameForm key={`${name}\n${topic}`} name={name} topic={topic} rename={rename} /> : (
        <>
          {kind !== 'direct' && <dl className="facts-list"><Fact label={words.name} value={name} />{topic !== '' && <Fact label={words.topic} value={topic} />}</dl>}
          {kind !== 'direct' && role !== 'owner' && role !== 'admin' && <ReadOnly>{words.readOnlyAdmin}</ReadOnly>}
        </>
      )}
      <ReadMarks room={room} />
      <ContinueElsewhere room={room} />
      <WayOut room={room} />
    </>
  )
}

function NameForm ({ name, topic, rename }: { name: string, topic: string, rename: (change: { name?: string, topic?: string }) => Promise<void> }) {
  const words = useWords().roomSettings
  const [nextName, setNextName] = useState(name)
  const [nextTopic, setNextTopic] = useState(topic)
  const task = useTask()
  const isChanged = nextName.trim() !== name || nextTopic.trim() !== topic
  return (
    <form
      noValidate
      onSubmit={async (event) => {
        event.preventDefault()
        if (isChanged) await task.run(() => rename({ ...(nextName.trim() === name ? {} : { name: nextName.trim() }), ...(nextTopic.trim() === topic ? {} : { topic: nextTopic.trim() }) }))
      }}
    >
      <Field
        label={words.name} value={nextName} maxLength={ROOM_NAME_MAX_CHARS} autoComplete="off" error={task.error}
        onChange={(event) => { setNextName(event.target.value); task.clear() }}
      />
      <Field
        label={words.topic} value={nextTopic} maxLength={TOPIC_TYPED_MAX_CHARS} autoComplete="off" placeholder={words.topicHint}
        onChange={(event) => { setNextTopic(event.target.value); task.clear() }}
      />
      <Button kind="primary" type="submit" isBusy={task.isBusy} disabled={!isChanged}>{words.save}</Button>
    </form>
  )
}

function ReadMarks ({ room }: { room: Room }) {
  const words = useWords().roomSettings
  const sends = useSignal(room.messages.sendsReadMarks)
  const { tellsReads } = useSignal(room.messages.acknowledgements)
  const attempt = useAttempt()
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={sends} onChange={(event) => attempt(() => room.messages.setSendsReadMarks(event.target.checked))} />
        <span>{words.readMarks}</span>
      </label>
      {!tellsReads && <p className="muted">{words.readMarksOff(READ_MARKS_MAX_MEMBERS)}</p>}
    </>
  )
}

/** Leaving, while one is in; forgetting, once one is not. */
function WayOut ({ room }: { room: Room }) {
  const { roomSettings: words } = useWords()
  const { dialogs } = useUi()
  const { name, kind } = useSignal(room.summary)
  const members = useSignal(room.people.members)
  const leave = useSignal(room.settings.leave)
  const forget = useSignal(room.settings.forget)
  const [isAsking, setAsking] = useState(false)
  const next = kind === 'direct' ? null : nextAfterMe(members)
  if (leave === null && forget === null) return null
  return (
    <section className="way-out">
      {leave !== null && <p className="muted">{words.leaveText}</p>}
      <Button kind="danger" onClick={() => setAsking(true)}>{leave !== null ? words.leave : words.forget}</Button>
      {isAsking && leave === null && <ForgetDialog room={room} onClose={() => setAsking(false)} />}
      {isAsking && leave !== null && (
        <AskDialog title={words.leaveTitle(name)} confirm={words.leaveConfirm} onClose={() => setAsking(false)} onConfirm={async () => { await leave(); dialogs.close() }}>
          {next !== null && <p>{next.role === 'owner' ? words.leaveNext(next.name) : words.leaveHeir(next.name)}</p>}
          <p>{kind === 'direct' ? words.leaveAskDirect(name) : members.every((member) => member.isMe) ? words.leaveAlone : words.leaveAsk}</p>
        </AskDialog>
      )}
    </section>
  )
}
