/**
 * In which order hands were raised, as this device learned of it. Nobody is asked when they raised theirs: who could say so could say that they
 * were first. Of hands that go up in the same moment, or were up before this device came, others may know another order. Pure.
 */
import type { DeviceKey } from '#shared/ids.ts'

/** @param up in the order in which those whose hands went up at once are to stand */
export function orderHands (before: readonly DeviceKey[], up: readonly DeviceKey[]): readonly DeviceKey[] {
  const still = before.filter((device) => up.includes(device))
  const next = [...still, ...up.filter((device) => !still.includes(device))]
  return next.length === before.length && next.every((device, at) => device === before[at]) ? before : next
}
