/** A real SMTP server on loopback that keeps what it is sent, so that stories read sign-in codes as a person does: from a mail. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export interface Mailbox {
  /** For SMTP_URL. */
  readonly url: string
  /** The code of the next mail to this address that was not read yet. @throws {Error} when none arrives in time. */
  nextCode(to: string): Promise<string>
  close(): Promise<void>
}

const MAIL_TIME_LIMIT_MS = 20_000

/** @param host the address it listens on */
export async function openMailbox (host = '127.0.0.1'): Promise<Mailbox> {
  const unread = new Map<string, string[]>()
  const waiting = new Map<string, (code: string) => void>()

  const deliver = (to: string, code: string): void => {
    const reader = waiting.get(to)
    waiting.delete(to)
    if (reader !== undefined) reader(code)
    else unread.set(to, [...unread.get(to) ?? [], code])
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData (stream, session, done) {
      text(stream).then((mail) => {
        const code = findCode(mail)
        for (const { address } of session.envelope.rcptTo) if (code !== null) deliver(address.toLowerCase(), code)
        done()
      }, done)
    }
  })
  server.listen(0, host)
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo

  return {
    url: `smtp://${host}:${port}`,
    nextCode (to) {
      const address = to.toLowerCase()
      const [code, ...rest] = unread.get(address) ?? []
      unread.set(address, rest)
      if (code !== undefined) return Promise.resolve(code)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(address)
          reject(new Error(`no mail with a code reached ${address}`))
        }, MAIL_TIME_LIMIT_MS)
        waiting.set(address, (next) => { clearTimeout(timer); resolve(next) })
      })
    },
    close: () => new Promise((resolve) => server.close(() => resolve()))
  }
}

/** Six digits that stand alone in the text, past the headers and the boundaries of a multipart mail, which hold digits too. */
function findCode (mail: string): string | null {
  const body = mail.slice(mail.search(/\r?\n\r?\n/)).split(/\r?\n/).filter((line) => !/^(--|content-)/i.test(line)).join('\n')
  return /(?<![\w#])\d{6}(?!\w)/.exec(body)?.[0] ?? null
}
