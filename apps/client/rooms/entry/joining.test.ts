/** A newcomer and a member whose versions do not understand each other: the two ends of a link without a world around them. */
import { signal } from '@preact/signals-core'
import { expect, it, vi } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { ProtocolMatch } from '#shared/protocol.ts'
import type { Device } from '../../identity/index.ts'
import type { Mesh, PeerLink } from '../../mesh/types.ts'
import { createJoining } from './joining.ts'

const [MEMBER, OTHER] = ['a'.repeat(64) as DeviceKey, 'b'.repeat(64) as DeviceKey]

/** A mesh in which members are there and do not let themselves be spoken to. */
function meshWith (versions: ReadonlyMap<DeviceKey, ProtocolMatch>): Mesh {
  const links = [...versions].map(([device, protocol]): [DeviceKey, PeerLink] => [device, { device, path: 'relayed', latencyMs: null, passport: null, protocol }])
  return {
    node: signal('online'), links: signal(new Map(links)),
    lookUp: () => Promise.resolve([...versions.keys()]),
    open: () => Promise.reject(new Error('the protocol is not spoken there')),
    drop: () => {}
  } as unknown as Mesh
}

function join (mesh: Mesh, offsetMs = 0) {
  const joining = createJoining({
    mesh,
    rooms: { get: () => null, logOf: () => Promise.reject(new Error('no log is needed')), add: () => Promise.resolve() },
    device: { key: 'c'.repeat(64) } as unknown as Device,
    myUser: 'user' as never, store: { loadJoins: () => Promise.resolve([]), saveJoins: () => Promise.resolve() },
    memberRecord: () => Promise.reject(new Error('nobody is asked')),
    now: Date.now, measureClock: () => Promise.resolve(offsetMs), api: () => null, waiting: signal<ReadonlySet<RoomTag>>(new Set()), onRefused: () => {}, onTrouble: () => {}
  })
  const attempt = joining.join({ roomTag: '0'.repeat(32) as RoomTag, secret: new Uint8Array(16), roomName: 'Kitchen', inviterName: 'Alice' })
  return { joining, attempt }
}

it.each([
  ['too old', [[MEMBER, 'peer-too-old']], 'member-too-old'],
  ['too new', [[MEMBER, 'peer-too-new']], 'client-too-old'],
  ['too old, and another who is not reachable', [[OTHER, 'meets'], [MEMBER, 'peer-too-old']], 'member-too-old']
] as const)('a newcomer whose only member is on a version that is %s is told so, and does not wait for ever', async (_what, versions, code) => {
  const { joining, attempt } = join(meshWith(new Map(versions)))
  await vi.waitFor(() => expect(attempt.state.value).toMatchObject({ status: 'failed', error: { code } }), 10_000)
  joining.stop()
})

it('a newcomer whose members are not reachable just now waits for them', async () => {
  const { joining, attempt } = join(meshWith(new Map([[MEMBER, 'meets']])))
  await vi.waitFor(() => expect(attempt.state.value).toEqual({ status: 'waiting-for-members' }), 10_000)
  attempt.cancel()
  joining.stop()
})

const DAY_MS = 24 * 3_600_000

it.each([
  ['is in step with this device', 0, { code: 'invite-expired' }],
  ['is three hours off', -3 * 3_600_000, { code: 'invite-expired' }],
  ['is 40 days ahead', -40 * DAY_MS, { code: 'clocks-differ', details: { differMs: 40 * DAY_MS } }],
  ['is two days behind', 2 * DAY_MS, { code: 'clocks-differ', details: { differMs: 2 * DAY_MS } }]
])('a link that has expired by the word of a node whose clock %s', async (_what, offsetMs, error) => {
  const mesh = { ...meshWith(new Map()), lookUp: () => Promise.reject(new ParleyError('invite-expired')) }
  const { joining, attempt } = join(mesh, offsetMs)
  await vi.waitFor(() => expect(attempt.state.value).toMatchObject({ status: 'failed', error }), 10_000)
  joining.stop()
})
