import type { EphemeralKind } from './kind.ts'

/** To one device: tell me what you hold and have read of what my person wrote here. */
export interface Ask { type: 'ask' }

export const ask: EphemeralKind<Ask> = { type: 'ask', number: 3, fields: () => [], read: () => ({ type: 'ask' }) }
