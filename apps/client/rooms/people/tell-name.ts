/** A person's new name, told to a room. */
import { effect, type ReadonlySignal } from '@preact/signals-core'
import type { Scope } from '../../state/scope.ts'
import type { ResolvedMember } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

/**
 * RULE: each device tells the room a new name once, when it learns of it: two devices of which one does not know yet that their person has
 * another name would go on correcting each other.
 */
export function keepNameTold ({ log, scope, me, myName, toldName, saveToldName }: {
  log: RoomLog
  scope: Scope
  me: ReadonlySignal<Pick<ResolvedMember, 'name'> | null>
  myName: ReadonlySignal<string>
  /** The last name that this device has told. */
  toldName: () => string | undefined
  saveToldName: (name: string) => Promise<void>
}): void {
  const tell = async (name: string, known: string): Promise<void> => {
    if (known !== name) await log.writeOperation({ type: 'profile', name })
    await saveToldName(name)
  }
  let telling: string | null = null
  scope.defer(effect(() => {
    const mine = me.value, name = myName.value
    if (mine === null || (telling ?? toldName()) === name) return
    telling = name
    scope.run(tell(name, mine.name).finally(() => { telling = null }))
  }))
}
