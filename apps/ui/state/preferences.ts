import { signal, type ReadonlySignal } from '@preact/signals-core'
import { LANGUAGES, type LanguageChoice } from '../i18n/index.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export const DENSITIES = ['comfortable', 'compact'] as const
export const CALL_VIEWS = ['grid', 'spotlight'] as const
export type Theme = typeof THEMES[number]
export type Density = typeof DENSITIES[number]

/** How this device looks; says nothing about the person, so it outlives a sign-out. */
export interface Preferences {
  theme: Theme
  density: Density
  language: LanguageChoice
  /** Whether the members stand beside the conversation where there is room for them. */
  showMembers: boolean
  /** Until when the twelve words are not offered again, Unix ms. */
  recoveryOfferAfter: number
  /** Whether the explanation of notifications was answered with no. */
  wantsNoNotifications: boolean
  /** How the people of a call are shown. */
  callView: typeof CALL_VIEWS[number]
  /** How much of a room's height its call takes, in percent. */
  callHeight: number
}

export interface PreferenceStore {
  readonly current: ReadonlySignal<Preferences>
  change (patch: Partial<Preferences>): void
}

/** `public/theme.js` of each entry reads the same key before the first paint. */
export const PREFERENCES_KEY = 'parley.preferences'
const DEFAULTS: Preferences = {
  theme: 'system', density: 'comfortable', language: 'system', showMembers: true, recoveryOfferAfter: 0, wantsNoNotifications: false,
  callView: 'grid', callHeight: 48
}

/** Less shows no face, more no message. */
export const CALL_HEIGHT_MIN = 25, CALL_HEIGHT_MAX = 85

const oneOf = <T extends string> (values: readonly T[], value: unknown, otherwise: T): T =>
  values.find((one) => one === value) ?? otherwise

/** Reads what was stored, also by an older version or by hand: what is not understood is the default. */
export function parsePreferences (text: string | null): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>> = {}
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value === 'object' && value !== null) stored = value
  } catch { /* not ours */ }
  return {
    theme: oneOf(THEMES, stored.theme, DEFAULTS.theme),
    density: oneOf(DENSITIES, stored.density, DEFAULTS.density),
    language: oneOf([...LANGUAGES, 'system'], stored.language, DEFAULTS.language),
    showMembers: typeof stored.showMembers === 'boolean' ? stored.showMembers : DEFAULTS.showMembers,
    recoveryOfferAfter: typeof stored.recoveryOfferAfter === 'number' ? stored.recoveryOfferAfter : DEFAULTS.recoveryOfferAfter,
    wantsNoNotifications: stored.wantsNoNotifications === true,
    callView: oneOf(CALL_VIEWS, stored.callView, DEFAULTS.callView),
    callHeight: typeof stored.callHeight === 'number' ? Math.min(CALL_HEIGHT_MAX, Math.max(CALL_HEIGHT_MIN, stored.callHeight)) : DEFAULTS.callHeight
  }
}

export function createPreferences (): PreferenceStore {
  const current = signal(parsePreferences(readStored()))
  apply(current.value)
  return {
    current,
    change (patch) {
      current.value = { ...current.value, ...patch }
      apply(current.value)
      try {
        window.localStorage.setItem(PREFERENCES_KEY, JSON.stringify(current.value))
      } catch { /* storage is denied: the choice lasts until the window closes */ }
    }
  }
}

function readStored (): string | null {
  try {
    return window.localStorage.getItem(PREFERENCES_KEY)
  } catch {
    return null
  }
}

function apply ({ theme, density }: Preferences): void {
  const { dataset } = document.documentElement
  if (theme === 'system') delete dataset['theme']
  else dataset['theme'] = theme
  dataset['density'] = density
}
