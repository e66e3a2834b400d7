/** What a room does by itself while it is open: checks what it has stored, lets go of what had its time, here and at the node, tells a new encryption key, mends epochs, lifts mutes. */
import { effect, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import { toHex, type DevTag, type UserKey } from '#shared/ids.ts'
import { CERTIFICATE_RENEW_AFTER_MS } from '#shared/limits.ts'
import type { Device } from '../identity/index.ts'
import type { InvitationsApi } from '../node-api/index.ts'
import { dependOn } from '../state/depend-on.ts'
import { createMutex } from '../state/mutex.ts'
import type { Scope } from '../state/scope.ts'
import type { EntryRow, EraseJob } from '../store/index.ts'
import { liftMutes } from './people/lift-mutes.ts'
import { mendEpochs } from './log/epochs/mend-epochs.ts'
import type { Renewal } from './membership/operations.ts'
import { memberOf, type ResolvedDevice } from './membership/resolve.ts'
import type { RoomDevices } from './people/revocations.ts'
import type { RoomLog } from './log/room-log.ts'

/** A moment after the start, when the first page is on the screen. */
const CHECK_AFTER_MS = 2000
/** The newest of all logs at the start: many pages of messages, in a fraction of a second. Everything is checked by `repair`. */
const CHECKED_AT_START = 2000
const SWEEP_EVERY_MS = 3_600_000
/** Messages come in bursts: what is beyond the number goes once. */
const SWEEP_DELAY_MS = 1000
/** When the start is over: nobody waits for a new key, and the old one opens everything meanwhile. */
const TELL_KEY_DELAY_MS = 3000

export interface Upkeep {
  start(): void
  /** Checks everything that is stored; what is damaged is fetched again. */
  repair(): Promise<{ checked: number, damaged: number }>
  /** Has the mailbox let go of these bodies, now or when the node is reached. Resolves when that is sure to be done. */
  eraseAtNode(rows: readonly Pick<EntryRow, 'devTag' | 'seq'>[]): Promise<void>
  /** The node was reached, or knows the room now. */
  visit(): void
}

export function createUpkeep ({ log, device, certified, myUser, now, scope, api, isReachable, isConnected, isFresh, jobs, saveJobs, compare }: {
  log: RoomLog
  device: Pick<Device, 'key' | 'encryption'>
  /** The newest certificate of this device. */
  certified: RoomDevices['certified']
  myUser: UserKey
  /** Unix ms, as messages are dated. */
  now: () => number
  scope: Scope
  /** Null without a passport. */
  api: () => Pick<InvitationsApi, 'eraseBodies'> | null
  isReachable: ReadonlySignal<boolean>
  /** Whether the node or anybody else is in reach. */
  isConnected: ReadonlySignal<boolean>
  /** Whether actions on others may be written now. */
  isFresh: ReadonlySignal<boolean>
  jobs: () => readonly EraseJob[]
  saveJobs: (jobs: EraseJob[]) => Promise<void>
  /** Compares with everybody in reach. */
  compare: () => void
}): Upkeep {
  const locked = createMutex()

  const check = async (limit?: number): Promise<{ checked: number, damaged: number }> => {
    const result = await log.check(limit)
    if (result.damaged > 0) compare()
    return result
  }

  /** RULE: each device has the mailbox let go of what it wrote itself, so that not everybody asks for everything. */
  const sweep = async (): Promise<void> => {
    const ended = await log.sweep()
    await eraseAtNode(ended.filter(({ devTag }) => devTag === log.devTag))
  }

  const bring = async (): Promise<void> => {
    for (const job of jobs()) {
      const node = isReachable.peek() ? api() : null
      if (node === null) return
      try {
        await node.eraseBodies(job.devTag as DevTag, job.seqs)
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error
        // A room that the node does not carry has nothing there, and a node that is gone or busy is asked again.
        if (!['not-found', 'not-allowed', 'request-invalid'].includes(error.code)) return
      }
      await saveJobs(jobs().filter((other) => other !== job))
    }
  }
  const visit = (): void => { if (isReachable.peek() && jobs().length > 0) scope.run(locked(bring)) }

  const eraseAtNode = async (rows: readonly Pick<EntryRow, 'devTag' | 'seq'>[]): Promise<void> => {
    if (rows.length === 0) return
    const added = [...Map.groupBy(rows, ({ devTag }) => devTag)].map(([devTag, of]) => ({ devTag, seqs: of.map(({ seq }) => seq) }))
    await saveJobs([...jobs(), ...added])
    visit()
  }

  const isKeyTold = (): boolean => {
    const known = memberOf(log.membership.value, device.key)?.devices.get(device.key)
    return known === undefined || (toHex(known.encryptionKey) === toHex(device.encryption.newest.value) && !isToTellOf(known, certified.value))
  }
  /** RULE: each room is told of this device's newest encryption key and certificate; whoever writes next makes an epoch for it (`forSending`), nobody else has to. */
  const tellKey = async (): Promise<void> => {
    if (isKeyTold()) return
    const renewed = certified.peek()
    await log.writeOperation({ type: 'enckey', encryptionKey: device.encryption.newest.peek(), ...renewed !== null && { renewed } }).catch((error: unknown) => {
      // Nobody has asked for it: a full disk, say, is told of when somebody writes. It is tried again.
      if (!(error instanceof ParleyError)) throw error
    })
  }
  let isKeyDue = false
  const tellKeySoon = (): void => {
    if (isKeyTold() || isKeyDue) return
    isKeyDue = true
    scope.later(TELL_KEY_DELAY_MS, () => {
      isKeyDue = false
      scope.run(locked(tellKey))
    })
  }

  let isSweepDue = false
  const sweepSoon = (): void => {
    if (isSweepDue) return
    isSweepDue = true
    scope.later(SWEEP_DELAY_MS, () => {
      isSweepDue = false
      scope.run(sweep())
    })
  }
  const sweepAgain = (): void => {
    sweepSoon()
    tellKeySoon()
    scope.later(SWEEP_EVERY_MS, sweepAgain)
  }

  return {
    start () {
      scope.later(CHECK_AFTER_MS, () => scope.run(check(CHECKED_AT_START)))
      sweepAgain()
      scope.defer(effect(tellKeySoon))
      liftMutes({ log, scope, device: device.key, myUser, now, isConnected, isFresh })
      mendEpochs({ log, scope, device: device.key, now, isConnected })
      let known = ''
      scope.defer(effect(() => {
        const { retentionMs, retentionCount } = log.membership.value.policy
        if (known !== (known = `${retentionMs}/${retentionCount}`)) sweepSoon()
      }))
      scope.defer(log.events.on('appended', () => { if (log.membership.peek().policy.retentionCount !== null) sweepSoon() }))
      scope.defer(effect(() => {
        dependOn(isReachable)
        visit()
      }))
    },
    repair: async () => await check(),
    eraseAtNode,
    visit
  }
}

/** Whether the room knows of no certificate, or of one that is older by a month: one a month, as with the keys. */
function isToTellOf ({ certified, renewed }: ResolvedDevice, mine: Renewal | null): boolean {
  const known = renewed?.issuedAt ?? certified.issuedAt
  return mine !== null && (known === null || mine.issuedAt - known >= CERTIFICATE_RENEW_AFTER_MS)
}
