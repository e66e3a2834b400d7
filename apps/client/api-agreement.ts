/** What people see of devices that do not agree on a room. */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { NameMark } from './api-names.ts'

/**
 * A device has the same operations as this one, judges by the same rules, and says that something else comes of it. That is a fault in one of
 * the two, or the other says what is not so: it is a claim. The hashes (hex) tell the two results apart in a report.
 */
export interface Disagreement {
  device: DeviceKey
  user: UserKey
  name: string
  nameMark: NameMark | null
  /** It is another device of this person. */
  isMe: boolean
  /** When it was found, Unix ms. */
  at: number
  /** Version of the rules. */
  law: number
  /** How many operations both have, and their hash. */
  operations: number
  set: string
  mine: string
  theirs: string
  /** The notice about this device was put away. */
  isDismissed: boolean
}
