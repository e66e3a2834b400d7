/**
 * What a friend says. Everything it says begins with a mark, so that people see what they talk to, and friends know each other: none
 * answers another, or two of them in a room would never stop.
 */
export const FRIEND_MARK = '🤖'

/** Another program that answers without a mark is stopped by this: so many answers, then one more each `REFILL_MS`. */
const ANSWERS_MAX = 20
const REFILL_MS = 3_000
const QUOTE_MAX_CHARS = 200

export const isFromFriend = (text: string): boolean => text.startsWith(FRIEND_MARK)

export const greetingOf = (name: string): string => `${FRIEND_MARK} Hello, I am ${name}, a program. Say something, and I will answer.`

/** What a friend says to a message, or null when it says nothing. Pure. */
export function answerTo (text: string, authorName: string): string | null {
  if (isFromFriend(text)) return null
  const said = text.trim()
  if (/^ping\b/i.test(said)) return `${FRIEND_MARK} pong`
  if (/\b(hi|hello|hey|hallo)\b/i.test(said)) return `${FRIEND_MARK} Hello ${authorName}!`
  if (said.endsWith('?')) return `${FRIEND_MARK} I do not know, ${authorName}. I only repeat what I hear.`
  const quote = said.length > QUOTE_MAX_CHARS ? `${said.slice(0, QUOTE_MAX_CHARS).toWellFormed().replace(/\uFFFD$/, '')}…` : said
  return `${FRIEND_MARK} ${authorName} said: ${quote}`
}

/** Answers whether one more answer is within bounds now. */
export function createAnswerBudget (now: () => number = Date.now): () => boolean {
  let left = ANSWERS_MAX
  let refilledAt = now()
  return () => {
    const refill = Math.floor((now() - refilledAt) / REFILL_MS)
    refilledAt += refill * REFILL_MS
    left = Math.min(ANSWERS_MAX, left + refill)
    if (left === 0) return false
    left--
    return true
  }
}
