import { useCallback, useEffect, useState } from 'react'
import { ShieldCheck, Wrench } from 'lucide-react'
import type { StorageUse } from '#client'
import type { ParleyError } from '#shared/errors.ts'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useLanguage, usePlatform, useWords } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'
import { formatBytes } from './format-bytes.ts'

/** What this device keeps, whether the browser will keep it, and a way to mend it. */
export function StorageTab () {
  const words = useWords().self.storage
  const client = useClient()
  const [use, setUse] = useState<StorageUse | null>(null)
  const [error, setError] = useState<ParleyError | null>(null)
  const measure = useCallback(async () => {
    await client.storageUse().then(setUse, (cause: unknown) => { setError(toParleyError(cause)) })
  }, [client])
  useEffect(() => { measure().catch(() => {}) }, [measure])
  if (error !== null) return <ErrorText error={error} />
  if (use === null) return <p role="status" className="muted">{words.measuring}</p>
  return (
    <>
      <Quota use={use} />
      <Persistence isPersisted={use.isPersisted} onChanged={measure} />
      <h3 className="section-title">{words.rooms}</h3>
      {use.rooms.length === 0 ? <p className="muted">{words.none}</p> : <RoomSizes rooms={use.rooms} />}
      <Repair onDone={measure} />
    </>
  )
}

function Quota ({ use }: { use: StorageUse }) {
  const { words: all, code } = useLanguage()
  const words = all.self.storage
  const bytes = (n: number): string => formatBytes(n, { code, units: all.self.units })
  if (use.usedBytes === null) return <p className="muted">{words.unknown}</p>
  if (use.quotaBytes === null) return <p>{words.usedOnly(bytes(use.usedBytes))}</p>
  const text = words.used(bytes(use.usedBytes), bytes(use.quotaBytes))
  return (
    <div className="quota">
      <p>{text}</p>
      <meter min={0} max={use.quotaBytes} high={use.quotaBytes * 0.9} value={use.usedBytes} aria-label={text} />
    </div>
  )
}

function Persistence ({ isPersisted, onChanged }: { isPersisted: boolean, onChanged: () => Promise<unknown> }) {
  const words = useWords().self.storage
  const platform = usePlatform()
  const task = useTask()
  const [wasRefused, setRefused] = useState(false)
  const keep = (): Promise<boolean> => task.run(async () => {
    setRefused(!await platform.persistStorage())
    await onChanged()
  })
  if (isPersisted) return <p className="settings-state settings-good"><ShieldCheck size={18} aria-hidden />{words.persisted}</p>
  return (
    <section>
      <p className="muted">{words.notPersisted}</p>
      <Button isBusy={task.isBusy} onClick={keep}>{words.keep}</Button>
      <p role="status" className="settings-note">{wasRefused && words.keepRefused}</p>
    </section>
  )
}

function RoomSizes ({ rooms }: { rooms: StorageUse['rooms'] }) {
  const { words: all, code } = useLanguage()
  const words = all.self.storage
  return (
    <table className="room-sizes">
      <thead><tr><th scope="col">{words.room}</th><th scope="col">{words.messages}</th><th scope="col">{words.size}</th></tr></thead>
      <tbody>
        {rooms.map((room) => (
          <tr key={room.tag}>
            <th scope="row">{room.name}</th>
            <td className="number">{room.messages.toLocaleString(code)}</td>
            <td className="number">{formatBytes(room.bytes, { code, units: all.self.units })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Repair ({ onDone }: { onDone: () => Promise<unknown> }) {
  const words = useWords().self.storage
  const client = useClient()
  const task = useTask()
  const [progress, setProgress] = useState({ done: 0, total: 0 })
  const [result, setResult] = useState<{ checked: number, damaged: number } | null>(null)
  const check = (): Promise<boolean> => task.run(async () => {
    setResult(null)
    const rooms = (client.rooms.value ?? []).flatMap(({ tag }) => client.room(tag) ?? [])
    let [checked, damaged] = [0, 0]
    for (const [index, room] of rooms.entries()) {
      setProgress({ done: index + 1, total: rooms.length })
      const found = await room.settings.repair()
      checked += found.checked
      damaged += found.damaged
    }
    setResult({ checked, damaged })
    await onDone()
  })
  return (
    <section className="repair">
      <p className="muted">{words.checkText}</p>
      <Button icon={<Wrench size={16} aria-hidden />} isBusy={task.isBusy} onClick={check}>{words.check}</Button>
      <p role="status" className="settings-note">
        {task.isBusy && words.checking(progress.done, progress.total)}
        {!task.isBusy && result !== null && (result.damaged === 0 ? words.healthy(result.checked) : words.damaged(result.checked, result.damaged))}
      </p>
      {task.error !== null && <ErrorText error={task.error} />}
    </section>
  )
}
