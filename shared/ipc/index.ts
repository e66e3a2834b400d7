/**
 * The one map of what the desktop's window may ask of the operating system and what it is told. Main checks the sender and the payload of
 * each call against it; the preload exposes exactly these names; the renderer builds its `Platform` from them.
 *
 *   const { nodeOrigin } = await window.parley.calls.boot(undefined)
 *   const stop = window.parley.events.link((link) => client.join(link))
 */
import * as z from 'zod/mini'
import { isNodeOrigin } from './node-origin.ts'
import type { CallName, EventName } from './channels.ts'

export * from './channels.ts'
export { isNodeOrigin } from './node-origin.ts'

/** A vault key is 32 bytes; keychains add a little. Nothing longer is a key. */
const SECRET_MAX_BYTES = 1024
/** What the notification areas of the three systems show before they cut. */
const TITLE_MAX_CHARS = 200
const BODY_MAX_CHARS = 1000

/** What the renderer must know before it can make a client. */
export interface Boot {
  /** Null on the first start, when nobody has chosen a node yet. */
  nodeOrigin: string | null
  /** How well the operating system keeps secrets; null where it cannot. */
  keychain: 'os' | 'basic-text' | null
  /** For the device list, e.g. "Parley on Linux". */
  deviceLabel: string
  version: string
}

/** Electron's ids of screens and windows, e.g. "window:123:0". */
const SOURCE_ID_MAX_CHARS = 200

/** What steers a call from outside the window, as Electron's accelerators. */
export const GLOBAL_KEYS = { mute: 'CommandOrControl+Shift+M', deafen: 'CommandOrControl+Shift+D' } as const
export type GlobalKeyName = keyof typeof GLOBAL_KEYS

export interface ScreensAsked {
  /** Names the question; the answer carries it. */
  request: number
  canHaveSound: boolean
  /** `thumbnail`: a data URL. */
  sources: { id: string, name: string, kind: 'screen' | 'window', thumbnail: string }[]
}

const secretSchema = z.instanceof(Uint8Array<ArrayBuffer>).check(z.refine((bytes) => bytes.length > 0 && bytes.length <= SECRET_MAX_BYTES))

/** What each call is given. `undefined`: nothing. */
export const requestSchemas = {
  boot: z.undefined(),
  /** Uses another node from now on: the window is loaded again with it. */
  setNode: z.object({ origin: z.string().check(z.refine(isNodeOrigin)) }),
  seal: secretSchema,
  open: secretSchema,
  /** A later notification with the same tag replaces the earlier one. */
  notify: z.object({
    tag: z.string().check(z.maxLength(TITLE_MAX_CHARS)),
    title: z.string().check(z.maxLength(TITLE_MAX_CHARS)),
    body: z.string().check(z.maxLength(BODY_MAX_CHARS))
  }),
  setBadge: z.number().check(z.int(), z.minimum(0), z.maximum(1_000_000)),
  /** From now on links are sent as events, first those that came before. */
  listenForLinks: z.undefined(),
  /** Answers `screensAsked`; `source` null: nothing after all. */
  chooseScreen: z.object({
    request: z.number().check(z.int(), z.minimum(1)),
    source: z.nullable(z.string().check(z.maxLength(SOURCE_ID_MAX_CHARS))),
    withSound: z.boolean()
  }),
  /** Takes the keys of `GLOBAL_KEYS` from the whole system, or lets go of them. */
  holdKeys: z.boolean()
} satisfies Record<CallName, z.ZodMiniType>

/** What each call answers. */
export interface Responses {
  boot: Boot
  setNode: undefined
  seal: Uint8Array
  open: Uint8Array
  notify: undefined
  setBadge: undefined
  listenForLinks: undefined
  chooseScreen: undefined
  /** Those that another program holds. */
  holdKeys: GlobalKeyName[]
}

/** What each event carries. */
export interface EventPayloads {
  /** An invite link the app was opened with, already checked to be one. */
  link: string
  /** The machine woke up or was unlocked. */
  wake: undefined
  /** The tag of the notification. */
  notificationClicked: string
  /** A screen is to be shared: `chooseScreen` says which. */
  screensAsked: ScreensAsked
  keyPressed: GlobalKeyName
}

export type ScreenChoice = z.infer<typeof requestSchemas['chooseScreen']>
export type Request<Name extends CallName> = z.infer<typeof requestSchemas[Name]>

/** What the preload puts into the page as `window.parley`. */
export interface Bridge {
  /** Each rejects when main refuses the payload or the operating system fails. */
  readonly calls: { readonly [Name in CallName]: (request: Request<Name>) => Promise<Responses[Name]> }
  /** Each returns unsubscribe. */
  readonly events: { readonly [Name in EventName]: (listener: (payload: EventPayloads[Name]) => void) => () => void }
}
