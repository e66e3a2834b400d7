import type { MessageKind } from './kind.ts'
import { checkWords, readWords } from './words.ts'

export interface Text { type: 'text', text: string }

export const text: MessageKind<Text> = {
  type: 'text',
  number: 0,
  role: 'shown',
  fields: (content) => [checkWords(content.text)],
  read: ([words]) => ({ type: 'text', text: readWords(words) })
}
