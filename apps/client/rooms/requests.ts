/** Who waits to be let in: asked for by links that need approval, or left at the node while nobody was there. */
import { signal } from '@preact/signals-core'
import type { Room } from '../api.ts'

export type Requests = Pick<Room, 'requests'>

export const createRequests = (): Requests => ({ requests: signal([]) })
