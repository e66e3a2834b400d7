/**
 * The stage of the stories: a real node, real mail, real Chromium, and people who each have a browser profile of their own.
 *
 *   test('Bob reads what Alice wrote', async ({ person }) => {
 *     const alice = await person('Alice')
 *     await alice.signIn()
 *     …
 *   })
 *
 * `person(name)` is a fresh profile that lives as long as the story. `persistent(name)` keeps its profile on disk and can be closed and
 * opened again, as when a computer restarts. What they can do is in person.ts; nothing here waits for time, only for conditions.
 */
import { test as base, chromium, type BrowserContext, type Page } from '@playwright/test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMailbox, type Mailbox } from './mailbox.ts'
import { createNode, type NodeUnderTest } from './node.ts'
import { createPerson, type Person } from './person.ts'

export { expect } from '@playwright/test'
export type { Person } from './person.ts'

/** Loopback candidates of WebRTC need a granted capture permission; no story is about being asked for it. */
const permissions = ['microphone', 'camera', 'clipboard-read', 'clipboard-write', 'notifications']

export interface PersistentProfile {
  /** Opens the browser on the profile, again after `close()`. */
  open(): Promise<Person>
  close(): Promise<void>
  /** Copies what is on the disk while the browser is closed; the result puts that back. */
  backUp(): Promise<() => Promise<void>>
}

interface Stage {
  node: NodeUnderTest
  person: (name: string) => Promise<Person>
  persistent: (name: string) => Promise<PersistentProfile>
}

export const test = base.extend<Stage, { mailbox: Mailbox }>({
  mailbox: [async ({ browserName: _ }, use) => {
    const mailbox = await openMailbox()
    await use(mailbox)
    await mailbox.close()
  }, { scope: 'worker' }],

  node: async ({ mailbox }, use, info) => {
    const node = await createNode(mailbox)
    await node.start()
    await use(node)
    if (info.status !== info.expectedStatus) await info.attach('node.log', { body: node.log(), contentType: 'text/plain' })
    await node.dispose()
  },

  person: async ({ node, browser }, use, info) => {
    const contexts: BrowserContext[] = []
    await use(async (name) => {
      const context = await browser.newContext({ permissions })
      contexts.push(context)
      const page = await context.newPage()
      const seen = listen(page)
      info.annotations.push({ type: 'person', description: name })
      consoles.set(page, { name, lines: seen })
      return createPerson({ name, page, origin: node.origin, mailbox: node.mailbox })
    })
    for (const page of contexts.flatMap((context) => context.pages())) {
      const seen = consoles.get(page)
      if (seen !== undefined && info.status !== info.expectedStatus) {
        await info.attach(`${seen.name}.console`, { body: seen.lines.join('\n'), contentType: 'text/plain' })
      }
    }
    await Promise.all(contexts.map((context) => context.close()))
  },

  persistent: async ({ node, launchOptions, viewport, locale }, use) => {
    const open = new Set<BrowserContext>()
    const folders: string[] = []
    await use(async (name) => {
      const folder = await mkdtemp(join(tmpdir(), 'parley-profile-'))
      folders.push(folder)
      let context: BrowserContext | null = null
      return {
        async open () {
          context = await chromium.launchPersistentContext(folder, { ...launchOptions, viewport, ...(locale === undefined ? {} : { locale }), permissions })
          open.add(context)
          const page = context.pages()[0] ?? await context.newPage()
          return createPerson({ name, page, origin: node.origin, mailbox: node.mailbox })
        },
        async close () {
          if (context === null) return
          open.delete(context)
          await context.close()
          context = null
        },
        async backUp () {
          const backup = await mkdtemp(join(tmpdir(), 'parley-backup-'))
          folders.push(backup)
          await cp(folder, backup, { recursive: true, force: true })
          return async () => {
            await rm(folder, { recursive: true, maxRetries: 3 })
            await cp(backup, folder, { recursive: true })
          }
        }
      }
    })
    await Promise.all([...open].map((context) => context.close()))
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })))
  }
})

const consoles = new WeakMap<Page, { name: string, lines: string[] }>()

/** What the page says and throws, for the report of a failed story. */
function listen (page: Page): string[] {
  const lines: string[] = []
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => lines.push(`uncaught: ${error.stack ?? error.message}`))
  return lines
}
