import { useState } from 'react'
import type { Room, RoomPolicy } from '#client'
import { Choice, Field, Segments } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage } from '../../state/app-context.ts'
import { useMayChangeAll } from './access-tab.tsx'
import { daysOf, eraseOf, erasesMore, KEPT_DEFAULT, MONTH_MS, parseKept, WEEK_MS, type Erase } from './policy.ts'
import { Fact, PolicyForm, ReadOnly } from './policy-form.tsx'

type History = RoomPolicy['history']

export function HistoryTab ({ room }: { room: Room }) {
  const { words, number } = useLanguage()
  const w = words.roomSettings
  const policy = useSignal(room.settings.policy)
  const isAdmin = useMayChangeAll(room)
  const [history, setHistory] = useState<History>(policy.history)
  const [erase, setErase] = useState<Erase>(eraseOf(policy))
  const [kept, setKept] = useState(String(policy.retentionCount ?? KEPT_DEFAULT))
  const histories: { value: History, label: string }[] = [{ value: 'everything', label: w.everything }, { value: 'since-joining', label: w.sinceJoining }]
  const other = policy.retentionMs === null ? null : w.eraseDays(daysOf(policy.retentionMs))
  const erases: { value: Erase, label: string }[] = [
    { value: 'never', label: w.eraseNever }, { value: 'week', label: w.eraseWeek }, { value: 'month', label: w.eraseMonth }, { value: 'count', label: w.eraseCount },
    ...(eraseOf(policy) === 'other' && other !== null ? [{ value: 'other' as const, label: other }] : [])
  ]

  if (!isAdmin) {
    const erased = eraseOf(policy) === 'count' ? `${w.eraseCount} ${number(policy.retentionCount ?? 0)}` : erases.find((one) => one.value === eraseOf(policy))?.label ?? ''
    return (
      <>
        <dl className="facts-list">
          <Fact label={w.newcomers} value={histories.find((one) => one.value === policy.history)?.label ?? ''} />
          <Fact label={w.erase} value={erased} />
        </dl>
        <p className="policy-note">{w.eraseNote}</p>
        <ReadOnly>{w.readOnlyAdmin}</ReadOnly>
      </>
    )
  }

  const retention = retentionOf(erase, kept, policy)
  const isNew = retention !== null && (retention.retentionMs !== policy.retentionMs || retention.retentionCount !== policy.retentionCount)
  const change = retention === null ? null : { ...(history === policy.history ? {} : { history }), ...(isNew ? retention : {}) }
  return (
    <PolicyForm room={room} change={change} mustAsk={retention !== null && erasesMore(policy, retention)}>
      <Segments<History> label={w.newcomers} value={history} options={histories} onChange={setHistory} />
      <p className="policy-note">{w.newcomersNote}</p>
      <Choice<Erase> label={w.erase} value={erase} options={erases} onChange={setErase} />
      {erase === 'count' && (
        <Field
          label={w.count} inputMode="numeric" autoComplete="off" value={kept} onChange={(event) => setKept(event.target.value)}
          hint={parseKept(kept) === null ? w.countWrong : ''}
        />
      )}
      <p className="policy-note">{w.eraseNote}</p>
    </PolicyForm>
  )
}

/** Null while the number that was typed cannot be kept. */
function retentionOf (erase: Erase, kept: string, policy: RoomPolicy): Pick<RoomPolicy, 'retentionMs' | 'retentionCount'> | null {
  switch (erase) {
    case 'never': return { retentionMs: null, retentionCount: null }
    case 'week': return { retentionMs: WEEK_MS, retentionCount: null }
    case 'month': return { retentionMs: MONTH_MS, retentionCount: null }
    case 'other': return { retentionMs: policy.retentionMs, retentionCount: policy.retentionCount }
    case 'count': {
      const count = parseKept(kept)
      return count === null ? null : { retentionMs: null, retentionCount: count }
    }
  }
}
