import { beforeAll, describe, expect, it } from 'vitest'
import type { ActionChange, AuthorityAction, PendingAction } from '#client'
import type { InviteId, UserKey } from '#shared/ids.ts'
import { languageOf, loadLanguage, type Language } from '../../i18n/index.ts'
import { UNTIL_LIFTED_AT } from '../members/mute.ts'
import { askedFor, stateOf } from './pending-words.ts'

let en: Language, de: Language
beforeAll(async () => {
  await loadLanguage('de')
  en = languageOf('en', ['en-GB'])
  de = languageOf('de', ['de-DE'])
})

const NOW = new Date(2026, 10, 30, 14).getTime()
const bob = 'b'.repeat(64) as UserKey
const called = (text: string): NonNullable<PendingAction['name']> => ({ text, mark: null })
const asked = (action: AuthorityAction, language = en): string =>
  askedFor({ action, name: action.type === 'policy' ? null : called('Bob') }, language, NOW)
const told = (changes: ActionChange[], state: PendingAction['state'] = 'ready', language = en): string =>
  stateOf({ name: called('Bob'), state, changes }, language)

describe('an action that waits', () => {
  it.each<[AuthorityAction, string, string]>([
    [{ type: 'ban', user: bob, also: [] }, 'Ban Bob?', 'Bob sperren?'],
    [{ type: 'kick', user: bob, also: [bob, bob] }, 'Remove Bob and 2 others?', 'Bob und 2 weitere entfernen?'],
    [{ type: 'mute', user: bob, until: NOW + 3_600_000 }, 'Mute Bob until 15:00?', 'Bob stummschalten, bis 15:00?'],
    [{ type: 'mute', user: bob, until: UNTIL_LIFTED_AT }, 'Mute Bob?', 'Bob stummschalten?'],
    [{ type: 'mute', user: bob, until: null }, 'Unmute Bob?', 'Stummschaltung von Bob aufheben?'],
    [{ type: 'role', user: bob, role: 'admin' }, 'Make Bob an admin?', 'Bob die Rolle „Leitung“ geben?'],
    [{ type: 'role', user: bob, role: 'moderator' }, 'Make Bob a moderator?', 'Bob die Rolle „Moderation“ geben?'],
    [{ type: 'policy', change: { slowModeMs: 3_600_000, invites: 'moderators' } },
      'Set “Slow mode” to “1 hour” and “Who may make invite links” to “Moderators and up”?',
      '„Langsamer Modus“ auf „1 Stunde“ und „Wer Einladungslinks erstellen darf“ auf „Moderation und höher“ stellen?'],
    [{ type: 'policy', change: { retentionMs: null, retentionCount: null } },
      'Set “Erase messages” to “Never”?', '„Nachrichten löschen“ auf „Nie“ stellen?'],
    [{ type: 'revoke-invite', inviteId: '' as InviteId, user: bob },
      'Revoke a link from Bob?', 'Einen Link von Bob widerrufen?']
  ])('is asked as it was meant: %j', (action, english, german) => {
    expect([asked(action), asked(action, de)]).toEqual([english, german])
  })

  it('says that it waits, or that nothing has changed, and never both', () => {
    expect([told([], 'waiting'), told([])]).toEqual([en.words.pending.waiting, en.words.pending.unchanged])
  })

  it('names who has done what meanwhile', () => {
    const changes: ActionChange[] = [
      { type: 'gone', by: called('Carol'), isBan: false }, { type: 'came-in', people: [called('Dora'), called('Emil')] }
    ]
    expect(told(changes))
      .toBe('Since you asked for this, Carol has removed Bob and Dora and Emil have come in by links from Bob.')
    expect(told(changes, 'ready', de))
      .toBe('Inzwischen hat Carol Bob entfernt und sind Dora und Emil über Links von Bob dazugekommen.')
    expect(told([{ type: 'came-in', people: ['A', 'B', 'C', 'D'].map(called) }]))
      .toBe('Since you asked for this, 4 people have come in by links from Bob.')
    expect(told([{ type: 'gone', by: null, isBan: false }], 'over', de)).toBe('Inzwischen hat Bob den Raum verlassen.')
  })
})
