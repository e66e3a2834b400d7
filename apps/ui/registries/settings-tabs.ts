/** Tabs of the settings of this person and device. */
import type { ReactNode } from 'react'
import type { Account } from '#client'
import type { Messages } from '../i18n/index.ts'
import type { SettingsTab } from '../state/dialogs.ts'
import { createRegistry, type Registered } from './registry.ts'

export interface RegisteredSettingsTab extends Registered {
  readonly id: SettingsTab
  readonly label: (words: Messages) => string
  readonly draw: (account: Account) => ReactNode
}

export const settingsTabs = createRegistry<RegisteredSettingsTab>()
