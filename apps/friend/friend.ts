/**
 * A friend: a member of a room that is a program. It is the product's own client running in Node (WebRTC by node-datachannel), so it
 * speaks to browsers as they speak to each other. Everything it stores is in memory: a friend that stops is forgotten by itself, and a
 * friend that starts again is a new person.
 *
 * Flow: sign in by a code → join by the link → greet → answer what others say, until `stop()`. Of many messages that come at once only the
 * newest three are answered: the client tells of no more (`message-received`), and nobody wants fifty answers.
 *
 * @example
 *   const friend = await startFriend({ link, onEvent: (line) => console.log(line) })
 *   await friend.say('Dinner at seven.')
 *   await friend.stop()
 */
// Has to come first: the client's store takes whatever IndexedDB it finds when it is loaded.
import 'fake-indexeddb/auto'
import { randomUUID } from 'node:crypto'
import { createClient, ParleyError, type AccountState, type Client, type JoinState, type Room } from '#client'
import { devMailSchema } from '#shared/http/index.ts'
import type { EnvelopeId, RoomTag } from '#shared/ids.ts'
import { parseInvite } from '#shared/invite.ts'
import { answerTo, createAnswerBudget, greetingOf } from './answers.ts'
import { createHeadlessPlatform } from './platform.ts'
import { until } from './until.ts'

export interface FriendOptions {
  /** Invite link in either form. The node it names is the one the friend signs in at. */
  link: string
  /** Default: a random address at example.org. */
  email?: string
  /** Default, and when it is taken: the name that the node suggests. */
  name?: string
  /** Greets and answers. Default true. */
  answers?: boolean
  /** Gets the sign-in code that was mailed; only asked where the node has no development inbox. */
  readCode?: (email: string) => Promise<string>
  /** Told in one sentence what happens. */
  onEvent?: (line: string) => void
  /** Gives up while it is starting. */
  signal?: AbortSignal
}

export interface Friend {
  readonly name: string
  readonly client: Client
  readonly room: Room
  /** Resolves when the message is stored here, which is before others have it. @throws {ParleyError} `not-allowed` or as `Room.send` (rejects) */
  say(text: string): Promise<EnvelopeId>
  /** Waits a moment for what it said to be kept at the node, then forgets everything and revokes its device. Idempotent, never rejects. */
  stop(): Promise<void>
}

const ACCOUNT_TIMEOUT_MS = 30_000
/** The node mails before it answers; this covers one that does it after. */
const CODE_TIMEOUT_MS = 5_000
const CODE_POLL_MS = 100
/** After this a friend leaves although the node is not there to keep what it said, or to be told that it leaves. */
const LEAVE_TIMEOUT_MS = 3_000

/** @throws {ParleyError} whatever sign-in or joining failed with; `aborted` when `signal` fired (rejects) */
export async function startFriend (options: FriendOptions): Promise<Friend> {
  const { link, email = `friend-${randomUUID().slice(0, 8)}@example.org`, onEvent = () => {} } = options
  const signal = options.signal ?? new AbortController().signal
  const { nodeOrigin } = parseInvite(link)
  const client = createClient({ platform: createHeadlessPlatform(), nodeOrigin, databaseName: `friend-${randomUUID()}` })
  try {
    await client.start()
    onEvent(`Signing in at ${nodeOrigin} as ${email}`)
    const name = await signIn(client, { ...options, email, nodeOrigin, signal })
    onEvent(`Signed in. My name is ${name}`)
    const tag = await join(client, link, { onEvent, signal })
    const room = client.room(tag)
    if (room === null) throw new ParleyError('unexpected', { message: 'joined a room that is not there' })
    return await createFriend({ client, room, name, onEvent, answers: options.answers ?? true })
  } catch (error) {
    await client.stop()
    throw error
  }
}

interface SignInOptions extends FriendOptions { email: string, nodeOrigin: string, signal: AbortSignal }

async function signIn (client: Client, { link, email, name, nodeOrigin, readCode, onEvent, signal }: SignInOptions): Promise<string> {
  const limit = { timeoutMs: ACCOUNT_TIMEOUT_MS, signal }
  let account: AccountState = await until(client.account, ({ status }) => status !== 'starting', limit)
  if (account.status === 'blocked') throw account.error
  if (account.status === 'signed-out') {
    const askedAt = Date.now()
    const { devMailUrl } = await client.signIn.requestCode(email)
    const code = devMailUrl === null ? await readCode?.(email) : await readDevMail(nodeOrigin, email, askedAt)
    if (code === undefined) throw new ParleyError('code-wrong', { message: `nobody can read the code that was mailed to ${email}` })
    await client.signIn.verifyCode(email, code, link)
    account = await until(client.account, ({ status }) => status === 'needs-name' || status === 'signed-in', limit)
  }
  if (account.status === 'needs-name') {
    await chooseName(client, name ?? account.suggestedName, onEvent)
    account = await until(client.account, ({ status }) => status === 'signed-in', limit)
  }
  if (account.status !== 'signed-in') throw new ParleyError('unexpected', { message: `signing in ended as ${account.status}` })
  return account.account.name
}

async function chooseName (client: Client, name: string, onEvent: FriendOptions['onEvent']): Promise<void> {
  try {
    await client.signIn.chooseName(name)
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'name-taken') throw error
    const other = await client.signIn.suggestName()
    onEvent?.(`The name ${name} is taken, so I take ${other}`)
    await client.signIn.chooseName(other)
  }
}

/** The code that a node without SMTP shows on its own machine. */
async function readDevMail (nodeOrigin: string, email: string, since: number): Promise<string> {
  const url = new URL('/dev/mail', nodeOrigin)
  url.searchParams.set('to', email)
  const deadline = Date.now() + CODE_TIMEOUT_MS
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(CODE_TIMEOUT_MS) })
    const mails = answer.ok ? devMailSchema.parse(await answer.json()) : []
    // One machine, one clock: an older code would be one that was replaced.
    const newest = mails.filter(({ sentAt }) => sentAt >= since - 1000).sort((a, b) => b.sentAt - a.sentAt)[0]
    if (newest !== undefined) return newest.code
    if (Date.now() > deadline) throw new ParleyError('mail-failed', { message: `no code for ${email} arrived at ${url.href}` })
    await new Promise((resolve) => setTimeout(resolve, CODE_POLL_MS))
  }
}

async function join (client: Client, link: string, { onEvent, signal }: { onEvent: (line: string) => void, signal: AbortSignal }): Promise<RoomTag> {
  const { roomName, inviterName } = client.readInvite(link)
  const attempt = client.join(link)
  let told = ''
  const dispose = attempt.state.subscribe((state) => {
    const line = sentenceOf(state, roomName, inviterName)
    if (line !== told) onEvent(line)
    told = line
  })
  try {
    const end = await until(attempt.state, ({ status }) => status === 'joined' || status === 'failed', { signal })
    if (end.status === 'failed') throw end.error
    if (end.status !== 'joined') throw new ParleyError('unexpected')
    return end.roomTag
  } catch (error) {
    attempt.cancel()
    throw error
  } finally {
    dispose()
  }
}

function sentenceOf (state: JoinState, roomName: string, inviterName: string): string {
  switch (state.status) {
    case 'connecting': return `Connecting, to join ${roomName} on the invitation of ${inviterName}`
    case 'waiting-for-members': return `Nobody of ${roomName} who could let me in is online. Waiting`
    case 'waiting-for-approval': return `A moderator of ${roomName} has to say yes. Waiting`
    case 'joining': return `${state.memberName} is letting me in`
    case 'joined': return `I am in ${roomName}`
    case 'failed': return `I cannot join ${roomName}: ${state.error.message}`
  }
}

interface Parts { client: Client, room: Room, name: string, answers: boolean, onEvent: (line: string) => void }

async function createFriend ({ client, room, name, answers, onEvent }: Parts): Promise<Friend> {
  const mayAnswer = createAnswerBudget()
  const say = async (text: string): Promise<EnvelopeId> => {
    const send = room.messages.send.value
    if (send === null) throw new ParleyError('not-allowed', { message: 'I may not write here (any more)' })
    return await send(text)
  }
  const answer = async (text: string, authorName: string): Promise<void> => {
    await room.messages.markRead()
    const reply = answers ? answerTo(text, authorName) : null
    if (reply === null || !mayAnswer()) return
    await say(reply)
    onEvent(`${name}: ${reply}`)
  }
  const offs = [
    // Only news comes as an event: what was said before the friend came in is history and is not answered.
    client.events.on('message-received', ({ roomTag, text, authorName }) => {
      if (roomTag !== room.tag) return
      onEvent(`${authorName}: ${text}`)
      answer(text, authorName).catch((error: unknown) => onEvent(`I could not answer: ${String(error)}`))
    }),
    client.events.on('trouble', ({ error }) => onEvent(`Trouble: ${error.message}`)),
    watchConnection(client, onEvent)
  ]

  let stopping: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    for (const off of offs) off()
    await until(room.messages.keptAtNode, Boolean, { timeoutMs: LEAVE_TIMEOUT_MS }).catch(() => false)
    await Promise.race([client.signOut().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LEAVE_TIMEOUT_MS).unref())])
    await client.stop().catch(() => undefined)
  }

  if (answers) await say(greetingOf(name))
  return { name, client, room, say, stop: () => stopping ??= stop() }
}

function watchConnection (client: Client, onEvent: (line: string) => void): () => void {
  let told = ''
  return client.connection.subscribe(({ node, direct, relayed }) => {
    const line = `Node ${node}; ${direct} linked directly, ${relayed} through the node`
    if (line !== told) onEvent(line)
    told = line
  })
}
