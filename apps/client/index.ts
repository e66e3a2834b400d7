/**
 * The door of the client. Everything outside `apps/client` imports from here and nowhere deeper.
 */
export { createClient } from './client.ts'
export type * from './api.ts'
export type { EffectFiles, GlobalKey, GlobalKeys, Keychain, Platform, ScreenRequest, ScreenSource, ScreenSources } from './platform.ts'
export { ParleyError } from '#shared/errors.ts'
