import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterEach, expect, it } from 'vitest'
import { createPerson, startTestNode, type TestNode } from '../testing/node.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

/** A mail server that keeps what it takes and refuses whom it is told to. */
async function startMailServer (refused: string[] = [], { password }: { password?: string } = {}): Promise<{ url: string, mails: { to: string[], raw: string }[] }> {
  const mails: { to: string[], raw: string }[] = []
  const server = new SMTPServer({
    authOptional: password === undefined, allowInsecureAuth: true,
    onAuth: (given, _session, done) => given.password === password ? done(null, { user: given.username }) : done(new Error('wrong password')),
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => done(refused.includes(address) ? new Error(`no mailbox ${address}`) : undefined),
    onData (stream, session, done) {
      let raw = ''
      stream.on('data', (chunk: Buffer) => { raw += chunk.toString() })
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw })
        done()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ stop: () => new Promise((resolve) => server.close(resolve)) })
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, mails }
}

async function startNode (smtpUrl: string): Promise<TestNode> {
  const node = await startTestNode({ environment: { SMTP_URL: smtpUrl, MAIL_FROM: 'Parley <parley@mail.example>' } })
  open.push(node)
  return node
}

it('carries the code in subject, text and HTML, and signs Alice in', async () => {
  const { url, mails } = await startMailServer()
  const node = await startNode(url)
  const alice = await createPerson(node, 'Alice')
  await alice.api.requestCode(alice.email)
  const [mail] = mails
  expect(mail?.to).toEqual([alice.email])
  const code = /^Subject: (\d{6}) is your Parley code\r?$/m.exec(mail?.raw ?? '')?.[1] ?? ''
  expect(mail?.raw).toMatch(/^From: Parley <parley@mail\.example>\r?$/m)
  expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m)
  expect(mail?.raw).toContain(`Your Parley code: ${code}`)
  expect(mail?.raw).toContain('text/html')
  await expect(alice.api.verifyCode({ email: alice.email, code })).resolves.toMatchObject({ name: null })
})

it('shows no inbox where codes go by mail, and logs no code', async () => {
  const { url, mails } = await startMailServer()
  const node = await startNode(url)
  const alice = await createPerson(node, 'Alice')
  await alice.api.requestCode(alice.email)
  const code = /^Subject: (\d{6})/m.exec(mails[0]?.raw ?? '')?.[1] ?? 'none'
  expect((await node.app.inject('/dev/mail')).statusCode).toBe(404)
  expect((await alice.api.info()).devMail).toBe(false)
  expect(node.logged()).not.toContain(code)
})

it('tells that a mail was refused, without a cool-down and without the address in the log', async () => {
  const { url } = await startMailServer(['alice@example.org'])
  const node = await startNode(url)
  const alice = await createPerson(node, 'Alice')
  for (let time = 0; time < 2; time++) await expect(alice.api.requestCode(alice.email)).rejects.toMatchObject({ code: 'mail-failed' })
  expect(node.logged()).toContain('a code could not be mailed')
  expect(node.logged()).not.toContain(alice.email)
})

it('tells that the mail server is away', async () => {
  const node = await startNode('smtp://127.0.0.1:1')
  const alice = await createPerson(node, 'Alice')
  await expect(alice.api.requestCode(alice.email)).rejects.toMatchObject({ code: 'mail-failed' })
})

it.each([
  ['is away', 'smtp://127.0.0.1:1', /check host(?: and|,) port/, /ECONNREFUSED|ESOCKET/],
  ['does not know the password', null, /percent-encoded/, /EAUTH/],
  ['has a name that leads nowhere', 'smtp://mail.invalid:25', /check the host name/, /ENOTFOUND|EDNS|EAI_AGAIN/]
])('a mail server that %s is told of at boot, with what to do and the code of the failure', async (_what, url, advice, errorCode) => {
  const server = await startMailServer([], { password: 'p@ss:word' })
  const node = await startNode(url ?? server.url.replace('//', '//user:wrong@'))
  await node.services.mailer.tryOut()
  expect(node.logged()).toMatch(advice)
  expect(node.logged()).toMatch(new RegExp(`"errorCode":"(?:${errorCode.source})"`))
  expect((await node.app.inject('/healthz')).statusCode).toBe(200)
})

it('a password is percent-encoded in SMTP_URL, and a mail server that accepts it is told of as well', async () => {
  const server = await startMailServer([], { password: 'p@ss:word/?#%' })
  const node = await startNode(server.url.replace('//', `//user:${encodeURIComponent('p@ss:word/?#%')}@`))
  await node.services.mailer.tryOut()
  expect(node.logged()).toContain('the mail server accepts this node')
  expect(node.logged()).not.toContain('p@ss')
})

it('the code of a failed mail is in the log, and a sign-in code never is', async () => {
  const node = await startNode('smtp://127.0.0.1:1')
  const alice = await createPerson(node, 'Alice')
  await expect(alice.api.requestCode(alice.email)).rejects.toMatchObject({ code: 'mail-failed' })
  expect(node.logged()).toMatch(/"errorCode":"(?:ECONNREFUSED|ESOCKET)"/)
  node.services.log.error({ err: Object.assign(new Error('x'), { code: '123456' }), code: '123456' }, 'a careless line')
  expect(node.logged()).not.toContain('123456')
})

it('puts nothing into headers that an address could smuggle in', async () => {
  const { url, mails } = await startMailServer()
  const node = await startNode(url)
  const alice = await createPerson(node, 'Alice')
  await expect(alice.api.requestCode('alice@example.org\r\nBcc: mallory@example.org')).rejects.toMatchObject({ code: 'email-malformed' })
  expect(mails).toHaveLength(0)
})
