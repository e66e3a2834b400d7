/** What has happened in a call between two looks at it: for those who hear it rather than see it. Pure. */
import type { Participant } from '#client'

export interface CallNews { type: 'joined' | 'left' | 'hand' | 'screen', name: string }

/** What concerns others; oneself one knows. Two devices of a person are two who come and go. */
export function newsBetween (before: readonly Participant[], after: readonly Participant[]): CallNews[] {
  const earlier = new Map(before.map((one) => [one.device, one]))
  const here = new Set(after.map(({ device }) => device))
  const others = after.filter(({ isMe }) => !isMe)
  const about = (type: CallNews['type'], people: readonly Participant[]): CallNews[] => people.map(({ name }) => ({ type, name }))
  return [
    ...about('joined', others.filter(({ device }) => !earlier.has(device))),
    ...about('left', before.filter(({ device, isMe }) => !isMe && !here.has(device))),
    ...about('hand', others.filter(({ device, hand }) => hand && earlier.get(device)?.hand === false)),
    ...about('screen', others.filter(({ device, screen }) => screen && earlier.get(device)?.screen === false))
  ]
}
