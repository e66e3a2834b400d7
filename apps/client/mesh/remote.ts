import type { DeviceKey } from '#shared/ids.ts'

/** Who is at the other end: a device, or the node (relay, rendezvous, mailbox). */
export type Remote = DeviceKey | 'node'
