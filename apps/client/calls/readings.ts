/** What is read off the lines again and again while a call runs: who speaks, how loud one is oneself, and how good each line is. */
import { effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import type { CallQuality } from '../api-calls.ts'
import type { Scope } from '../state/scope.ts'
import { createInputMeter, receivedLevel, SPEAKING_LEVEL, type LevelMeter } from './media/levels.ts'
import type { LocalMedia } from './media/local.ts'
import type { Peers } from './peers.ts'

const LEVEL_EVERY_MS = 150
const QUALITY_EVERY_MS = 2000

export interface Readings {
  /** Level of the own microphone, 0 to 1, also while muted. */
  readonly inputLevel: ReadonlySignal<number>
  readonly speaking: ReadonlySignal<ReadonlySet<DeviceKey>>
  readonly qualities: ReadonlySignal<ReadonlyMap<DeviceKey, CallQuality>>
}

export function createReadings ({ scope, self, local, peers, isOpen }: {
  scope: Scope
  self: DeviceKey
  local: LocalMedia
  peers: Pick<Peers, 'lines'>
  /** Whether others hear this device. */
  isOpen: ReadonlySignal<boolean>
}): Readings {
  const inputLevel = signal(0)
  const speaking = signal<ReadonlySet<DeviceKey>>(new Set())
  const qualities = signal<ReadonlyMap<DeviceKey, CallQuality>>(new Map())

  let meter: LevelMeter | null = null
  scope.defer(() => meter?.close())
  scope.defer(effect(() => {
    const { microphone } = local.tracks.value
    meter?.close()
    meter = microphone === null ? null : createInputMeter(microphone)
  }))
  const readLevels = (): void => {
    inputLevel.value = meter?.read() ?? 0
    const loud = [...peers.lines].filter(([, { connection }]) => receivedLevel(connection.pc, connection.remote.microphone) > SPEAKING_LEVEL).map(([device]) => device)
    if (isOpen.peek() && inputLevel.peek() > SPEAKING_LEVEL) loud.push(self)
    if (loud.length !== speaking.peek().size || loud.some((device) => !speaking.peek().has(device))) speaking.value = new Set(loud)
    scope.later(LEVEL_EVERY_MS, readLevels)
  }
  const readQualities = (): void => {
    scope.run(Promise.all([...peers.lines].map(async ([device, { quality }]) => [device, await quality.read()] as const)).then((read) => {
      qualities.value = new Map(read.flatMap(([device, quality]) => quality === null ? [] : [[device, quality]]))
    }))
    scope.later(QUALITY_EVERY_MS, readQualities)
  }
  readLevels()
  readQualities()
  return { inputLevel, speaking, qualities }
}
