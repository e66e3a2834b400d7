/**
 * Whether other devices make the same of the room as this one. Each tells others, now and then, the hash of its operations and the hash of what
 * they come to (`membership/agreement.ts`). Where the first are equal and the second are not, the exchange is repeated once; where the next word
 * of that device still differs, both people are told, and the evidence is kept.
 *
 * RULE: it is a claim, and nothing follows from it but a notice. A member can claim any hash; what that costs others is one exchange a minute and
 * one line in the room, which they can put away.
 *
 * Flow: membership changes → a moment of rest → `tell` a few; `hear` → `weigh` → `repeat` → heard again → `record`.
 */
import { effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import type { PresenceContent } from '../../protocols/presence/index.ts'
import { dependOn } from '../../state/depend-on.ts'
import type { Scope } from '../../state/scope.ts'
import type { DisagreementRecord, RoomRecord } from '../../store/index.ts'
import type { SentPresence } from './exchange.ts'
import { LAW_VERSION } from '../membership/law/version.ts'
import { memberOf } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Operations come in bursts, of which one hash is made; spread up to twice as long, so that not all tell at once. */
export const REST_MS = 15_000
/** How many are told of a change: everyone in a small room, and in a large one enough that a device alone with its result is soon heard. */
const TOLD_AT_ONCE = 4
/** Then one more at a time, until all in reach were told. Frames are lost, so that those who disagree are told each time. */
export const BEAT_MS = 60_000
/** Who was told the same this long ago is told again. */
const AGAIN_MS = 600_000
/** One exchange with a device for what it claims, however often it claims something else. */
export const REPEAT_EVERY_MS = 60_000
/** Of a large room that falls apart, these say enough. */
const DISAGREEMENTS_MAX = 20

export type Claim = Extract<PresenceContent, { type: 'agreement' }>

export interface Agreements {
  readonly disagreements: ReadonlySignal<ReadonlyMap<DeviceKey, DisagreementRecord>>
  /** Devices that judge by another law than this one, by its version. */
  readonly laws: ReadonlySignal<ReadonlyMap<DeviceKey, number>>
  hear(from: DeviceKey, claim: Claim): void
  start(): void
}

interface Doubt {
  /** Only what is heard after this many words of the device counts; null while the exchange is repeated. */
  after: number | null
}

export function createAgreements ({ log, scope, device, reachable, sendTo, repeatExchange, record: room, saveRecord }: {
  log: RoomLog
  scope: Scope
  device: DeviceKey
  /** Devices that could be sent something now. */
  reachable: () => readonly DeviceKey[]
  sendTo: (devices: readonly DeviceKey[], content: SentPresence) => void
  repeatExchange: (device: DeviceKey) => Promise<unknown>
  record: ReadonlySignal<RoomRecord>
  saveRecord: (change: Pick<RoomRecord, 'disagreements'>) => Promise<void>
}): Agreements {
  // What was found under the rules of another version says nothing about these.
  const stored = (room.peek().disagreements ?? []).filter(({ law }) => law === LAW_VERSION)
  const disagreements = signal<ReadonlyMap<DeviceKey, DisagreementRecord>>(new Map(stored.map((one) => [one.device, one])))
  const laws = signal<ReadonlyMap<DeviceKey, number>>(new Map())
  const heard = new Map<DeviceKey, { claim: Claim, words: number }>()
  const told = new Map<DeviceKey, { set: string, result: string, at: number }>()
  const doubts = new Map<DeviceKey, Doubt>()
  const repeatedAt = new Map<DeviceKey, number>()
  const mine = (): Claim => {
    const { law, set, result } = log.operations.agreement.peek()
    return { type: 'agreement', law, set, result }
  }
  const others = (): DeviceKey[] => reachable().filter((key) => key !== device && memberOf(log.membership.peek(), key) !== null)

  const tell = (devices: readonly DeviceKey[]): void => {
    if (devices.length === 0) return
    const claim = mine()
    for (const key of devices) told.set(key, { ...claim, at: Date.now() })
    sendTo(devices, claim)
  }
  const isDue = (key: DeviceKey): boolean => {
    const { set, result } = mine(), before = told.get(key)
    return before?.set !== set || before.result !== result || Date.now() - before.at > AGAIN_MS
  }
  const tellSome = (count: number): void => {
    const all = others()
    const disputed = all.filter((key) => disagreements.peek().has(key)).slice(0, TOLD_AT_ONCE)
    const due = all.filter((key) => !disputed.includes(key) && isDue(key))
    const chosen = Array.from({ length: Math.min(count, due.length) }, () => due.splice(Math.floor(Math.random() * due.length), 1)).flat()
    tell([...disputed, ...chosen])
  }

  const change = (next: ReadonlyMap<DeviceKey, DisagreementRecord>): void => {
    disagreements.value = next
    scope.run(saveRecord({ disagreements: [...next.values()] }))
  }
  const settle = (key: DeviceKey): void => {
    doubts.delete(key)
    if (disagreements.peek().has(key)) change(new Map([...disagreements.peek()].filter(([other]) => other !== key)))
  }
  const record = (key: DeviceKey, { set, result }: Claim): void => {
    const user = memberOf(log.membership.peek(), key)?.user
    if (user === undefined || disagreements.peek().size >= DISAGREEMENTS_MAX) return
    const { law, result: own, operations } = log.operations.agreement.peek()
    change(new Map(disagreements.peek()).set(key, { device: key, user, at: Date.now(), law, operations, set, mine: own, theirs: result }))
    // Its person is to know as well: this is the word that it waits for.
    tell([key])
  }

  const repeat = async (key: DeviceKey): Promise<void> => {
    if (Date.now() - (repeatedAt.get(key) ?? -Infinity) < REPEAT_EVERY_MS) return
    repeatedAt.set(key, Date.now())
    const doubt: Doubt = { after: null }
    doubts.set(key, doubt)
    try {
      await repeatExchange(key)
      doubt.after = heard.get(key)?.words ?? 0
      tell([key])
    } catch {
      // Unreachable: whatever it is heard to say later is weighed from the start.
      if (doubts.get(key) === doubt) doubts.delete(key)
    }
  }

  const weigh = (key: DeviceKey): void => {
    const theirs = heard.get(key)
    if (theirs === undefined) return
    const { claim, words } = theirs, own = mine()
    if (claim.law !== own.law) {
      settle(key)
    } else if (claim.set === own.set) {
      // RULE: only what two devices made of the same operations by the same law is compared.
      if (claim.result === own.result) settle(key)
      else if (!disagreements.peek().has(key)) doubtful(key, claim, words)
    }
  }
  const doubtful = (key: DeviceKey, claim: Claim, words: number): void => {
    const doubt = doubts.get(key)
    if (doubt === undefined) scope.run(repeat(key))
    else if (doubt.after !== null && words > doubt.after) record(key, claim)
  }

  /** Weighs what was heard against what is known by now, and forgets who is gone. */
  const weighAll = (): void => {
    for (const key of new Set([...heard.keys(), ...disagreements.peek().keys()])) {
      if (memberOf(log.membership.peek(), key) !== null) {
        weigh(key)
        continue
      }
      settle(key)
      for (const map of [heard, told, repeatedAt]) map.delete(key)
      if (laws.peek().has(key)) laws.value = new Map([...laws.peek()].filter(([other]) => other !== key))
    }
  }

  let isResting = false
  const soon = (): void => {
    if (isResting) return
    isResting = true
    scope.later(REST_MS * (1 + Math.random()), () => {
      isResting = false
      weighAll()
      tellSome(TOLD_AT_ONCE)
    })
  }
  const beat = (): void => {
    scope.later(BEAT_MS * (0.75 + Math.random() / 2), () => {
      weighAll()
      tellSome(1)
      beat()
    })
  }

  return {
    disagreements,
    laws,
    hear (from, claim) {
      heard.set(from, { claim, words: (heard.get(from)?.words ?? 0) + 1 })
      if (claim.law !== mine().law) laws.value = new Map(laws.peek()).set(from, claim.law)
      else if (laws.peek().has(from)) laws.value = new Map([...laws.peek()].filter(([key]) => key !== from))
      weigh(from)
    },
    start () {
      beat()
      scope.defer(effect(() => {
        dependOn(log.membership)
        soon()
      }))
    }
  }
}
