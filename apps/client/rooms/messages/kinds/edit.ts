import { fromHex, type EnvelopeId } from '#shared/ids.ts'
import type { MessageKind, Related } from './kind.ts'
import { readId } from './read-id.ts'
import { checkWords, readWords } from './words.ts'

/** Gives a message other words. */
export interface Edit { type: 'edit', target: EnvelopeId, text: string }

export const edit: MessageKind<Edit> = {
  type: 'edit',
  number: 2,
  role: 'relation',
  fields: ({ target, text }) => [fromHex(target), checkWords(text)],
  read: ([target, words]) => ({ type: 'edit', target: readId(target), text: readWords(words) }),
  targets: ({ target }) => [target],
  /** RULE: only the author of a message changes its words; of several edits the one with the greatest (lamport, id) stands. */
  fold (message, related) {
    const newest = related.filter(({ author }) => author === message.author).reduce<Related<Edit> | null>((best, one) => best === null || isAfter(one, best) ? one : best, null)
    return newest === null ? message : { ...message, text: newest.content.text, editedAt: newest.sentAt }
  }
}

const isAfter = (one: Related<Edit>, other: Related<Edit>): boolean => one.lamport > other.lamport || (one.lamport === other.lamport && one.id > other.id)
