/** Party rooms: rooms of their own that a room announces to its members. */
import { signal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { JoinState, Room } from '../api.ts'

export type Parties = Pick<Room, 'partyRooms' | 'createPartyRoom' | 'joinPartyRoom'>

export const createParties = (): Parties => ({
  partyRooms: signal([]),
  createPartyRoom: signal(null),
  joinPartyRoom: () => ({ state: signal<JoinState>({ status: 'failed', error: new ParleyError('not-allowed') }), cancel () {} })
})
