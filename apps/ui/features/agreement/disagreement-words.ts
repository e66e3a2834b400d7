/** Pure words about devices that see another room: whom the notice names, and what is copied for whoever looks into it. */
import type { Disagreement } from '#client'
import { isoTime, type Messages } from '../../i18n/index.ts'

/** A notice is one line, however many devices claim something. */
const NAMED_MAX = 3

/** The people of these devices, each once, the first few by name. */
export function whoDisagrees (disagreements: readonly Pick<Disagreement, 'user' | 'name' | 'isMe'>[], code: string, { agreement: w }: Messages): { text: string, count: number } {
  const names = [...new Map(disagreements.map(({ user, name, isMe }) => [user, isMe ? w.otherDevice : name])).values()]
  const named = names.length > NAMED_MAX + 1 ? [...names.slice(0, NAMED_MAX), w.others(names.length - NAMED_MAX)] : names
  return { text: new Intl.ListFormat(code).format(named), count: names.length }
}

/** The notice above the conversation; null while there is nothing to say, or all of it was put away. */
export function noticeOf (disagreements: readonly Disagreement[], code: string, words: Messages): string | null {
  const shown = disagreements.filter(({ isDismissed }) => !isDismissed)
  if (shown.length === 0) return null
  const { text, count } = whoDisagrees(shown, code, words)
  return count === 1 ? words.agreement.notice(text) : words.agreement.noticeMany(text)
}

/** The same in every language: it is read by those who look into it. */
export function evidenceOf (disagreements: readonly Disagreement[], room: string): string {
  return [
    `room ${room}`,
    ...disagreements.map(({ name, device, at, law, operations, set, mine, theirs }) => [
      '', `${isoTime(at)}, law ${law}`, `${operations} operations: ${set}`, `here: ${mine}`, `${name}: ${theirs}`, `device ${device}`
    ].join('\n'))
  ].join('\n')
}
