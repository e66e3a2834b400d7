import { createContext, use } from 'react'
import type { Client, Platform, Room } from '#client'
import type { Language, Messages } from '../i18n/index.ts'
import { createDialogs, type Dialogs } from './dialogs.ts'
import { createJoining, type Joining } from './joining.ts'
import { createNavigation, type Navigation } from './navigation.ts'
import { createNotices, type Notices } from './notices.ts'
import { createPreferences, type PreferenceStore } from './preferences.ts'

/** What belongs to the window rather than to the conversation. One per mounted app. */
export interface Ui {
  navigation: Navigation
  dialogs: Dialogs
  notices: Notices
  preferences: PreferenceStore
  joining: Joining
}

export const createUi = (): Ui => ({
  navigation: createNavigation(),
  dialogs: createDialogs(),
  notices: createNotices(),
  preferences: createPreferences(),
  joining: createJoining()
})

export const UiContext = createContext<Ui | null>(null)
export const LanguageContext = createContext<Language | null>(null)
export const ClientContext = createContext<{ client: Client, platform: Platform } | null>(null)

/** The room whose conversation is drawn. */
export const RoomContext = createContext<Room | null>(null)

function must<T> (value: T | null): T {
  if (value === null) throw new Error('rendered outside of <App>')
  return value
}

export const useUi = (): Ui => must(use(UiContext))
export const useLanguage = (): Language => must(use(LanguageContext))
export const useWords = (): Messages => must(use(LanguageContext)).words
export const useClient = (): Client => must(use(ClientContext)).client
export const usePlatform = (): Platform => must(use(ClientContext)).platform
export const useRoom = (): Room => must(use(RoomContext))
