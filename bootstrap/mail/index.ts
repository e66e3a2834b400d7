/**
 * How codes reach people: by SMTP, or, on a node that only this machine can reach, into an inbox in memory that `/dev/mail` shows.
 */
import { createTransport } from 'nodemailer'
import type { Logger } from 'pino'
import { ParleyError } from '#shared/errors.ts'
import { CODE_TTL_MS } from '#shared/limits.ts'

export interface Mailer {
  /** @throws {ParleyError} `mail-failed` */
  sendCode(to: string, code: string): Promise<void>
  /** The newest codes, newest first; null where codes go by mail. */
  readonly inbox: readonly DevMail[] | null
  /** Tries the mail server, and says in the log what to do when it refuses. Never rejects. */
  tryOut(): Promise<void>
  close(): void
}

export interface DevMail { to: string, code: string, sentAt: number }

/** Long enough for a slow mail server and below the patience of a person and the time limit of a client. */
const SMTP_TIMEOUT_MS = 8_000
/** Enough for a load test to read back what it asked for. */
const INBOX_MAX = 1_000

/** @param nodeName what the mail calls the node: its host name. */
export function createSmtpMailer (smtp: { url: string, from: string }, nodeName: () => string, log: Logger): Mailer {
  const transport = createTransport({
    url: smtp.url,
    connectionTimeout: SMTP_TIMEOUT_MS, greetingTimeout: SMTP_TIMEOUT_MS, socketTimeout: SMTP_TIMEOUT_MS,
    disableFileAccess: true, disableUrlAccess: true
  }, { from: smtp.from, headers: { 'Auto-Submitted': 'auto-generated' } })
  return {
    inbox: null,
    async sendCode (to, code) {
      try {
        await transport.sendMail({ to: { name: '', address: to }, ...writeCodeMail(code, nodeName()) })
      } catch (cause) {
        log.warn({ err: cause }, 'a code could not be mailed')
        throw new ParleyError('mail-failed', { cause })
      }
    },
    async tryOut () {
      try {
        await transport.verify()
        log.info('the mail server accepts this node')
      } catch (error) {
        log.warn({ err: error }, `the mail server cannot be used, so nobody can sign in by mail: ${adviceFor(error)}`)
      }
    },
    close: () => transport.close()
  }
}

/** What to do, by the codes of Node and nodemailer. */
const ADVICE: Readonly<Record<string, string | undefined>> = {
  EAUTH: 'check user and password in SMTP_URL; characters such as @ : / # ? % have to be percent-encoded there',
  ENOTFOUND: 'check the host name in SMTP_URL',
  EDNS: 'check the host name in SMTP_URL',
  ECONNREFUSED: 'check host and port in SMTP_URL, and that the server runs',
  ESOCKET: 'check host, port and scheme in SMTP_URL: smtps:// for 465, smtp:// for 587 and 25',
  ETLS: 'check its certificate; for one of your own, name the authority with NODE_EXTRA_CA_CERTS',
  ETIMEDOUT: 'check host and port in SMTP_URL, and whether a firewall is in between',
  ECONNECTION: 'check host and port in SMTP_URL, and that the server runs',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: name it with NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority of your own: name it with NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority of your own: name it with NODE_EXTRA_CA_CERTS'
}

function adviceFor (error: unknown): string {
  const { code, cause } = error as Error & { code?: string, cause?: { code?: string } }
  return ADVICE[cause?.code ?? ''] ?? ADVICE[code ?? ''] ?? 'check SMTP_URL'
}

/** For a node without SMTP, which config.ts allows on loopback only. */
export function createDevMailer (log: Logger, now: () => number): Mailer {
  const inbox: DevMail[] = []
  return {
    inbox,
    sendCode (to, code) {
      inbox.unshift({ to, code, sentAt: now() })
      if (inbox.length > INBOX_MAX) inbox.pop()
      log.info(`sign-in code ${code} (no SMTP is configured; see /dev/mail)`)
      return Promise.resolve()
    },
    tryOut: () => Promise.resolve(),
    close () {}
  }
}

function writeCodeMail (code: string, nodeName: string): { subject: string, text: string, html: string } {
  const minutes = CODE_TTL_MS / 60_000
  const spaced = `${code.slice(0, 3)} ${code.slice(3)}`
  const host = nodeName.replace(/[^A-Za-z0-9.:[\]-]/g, '')
  const lines = [
    `It signs in the device that asked for it at ${host}, and is good for ${minutes} minutes.`,
    'If you did not ask for it, ignore this mail and give the code to nobody: without it nobody gets in.'
  ]
  return {
    subject: `${code} is your Parley code`,
    text: `Your Parley code: ${code}\n\n${lines.join('\n')}\n`,
    html: `<!doctype html><html lang="en"><body style="margin:0;padding:32px 16px;background:#fbfaf8;color:#1f1d1a;font:15px/22px system-ui,sans-serif">
<div style="max-width:420px;margin:0 auto">
<p style="margin:0 0 8px">Your Parley code:</p>
<p style="margin:0 0 16px;font:600 32px/40px ui-monospace,monospace;letter-spacing:2px">${spaced}</p>
${lines.map((line) => `<p style="margin:0 0 8px;color:#6b665e">${line}</p>`).join('\n')}
</div></body></html>`
  }
}
