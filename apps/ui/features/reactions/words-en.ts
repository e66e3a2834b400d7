/** English words of reactions. */
export const reactionsEn = {
  react: 'React',
  other: 'Any emoji',
  otherHint: 'Type or paste one emoji',
  add: 'Add',
  more: (n: number) => n === 1 ? '1 more' : `${n} more`,
  reactWith: (emoji: string) => `React with ${emoji}`
}
