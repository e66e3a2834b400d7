/** Tabs of the settings of a room. */
import type { ReactNode } from 'react'
import type { Room } from '#client'
import type { Messages } from '../i18n/index.ts'
import { createRegistry, type Registered } from './registry.ts'

export interface RegisteredRoomSettingsTab extends Registered {
  readonly label: (words: Messages) => string
  readonly draw: (room: Room) => ReactNode
  /** Whether it is there in conversations of two, which have no door and nobody above the other. */
  isForDirect: boolean
}

export const roomSettingsTabs = createRegistry<RegisteredRoomSettingsTab>()
