import type { reactionsEn } from './words-en.ts'

export const reactionsDe: typeof reactionsEn = {
  react: 'Reagieren',
  other: 'Beliebiges Emoji',
  otherHint: 'Ein Emoji tippen oder einfügen',
  add: 'Hinzufügen',
  more: (n) => `${n} weitere`,
  reactWith: (emoji) => `Mit ${emoji} reagieren`
}
