/**
 * Where benches play: a real node with its mail, one Chromium, people with a profile each; all as in the stories (apps/e2e).
 *
 * @example
 *   await using stage = await openStage()
 *   const alice = await stage.person('Alice')
 *   await alice.signIn()
 */
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import config from '../../../playwright.config.ts'
import { makeStale } from '../../../scripts/lib/builds.ts'
import { openMailbox } from '../../e2e/harness/mailbox.ts'
import { createNode, type NodeUnderTest } from '../../e2e/harness/node.ts'
import { createPerson, type Person } from '../../e2e/harness/person.ts'

export interface Stage extends AsyncDisposable {
  readonly node: NodeUnderTest
  readonly browser: Browser
  /** A fresh profile with one page, kept in the browser's memory. */
  context(): Promise<BrowserContext>
  /** A fresh profile on the disk, in a browser of its own. */
  profile(): Promise<BrowserContext>
  /** Somebody with a fresh profile, or one more page of a profile. */
  person(name: string, context?: BrowserContext): Promise<Person>
}

/** Loopback candidates of WebRTC need a granted capture permission; pages that a route answers count as foreign to the loopback network. */
const PERMISSIONS = ['microphone', 'camera', 'local-network-access']

export async function launchBrowser (): Promise<Browser> {
  return await chromium.launch(config.use?.launchOptions ?? {})
}

/** The page that `origin` answers with at `path`: ours, with this script, whoever else answers at `origin`. */
export async function openPage (context: BrowserContext, address: string, script = ''): Promise<Page> {
  await context.route(address, (route) => route.fulfill({
    contentType: 'text/html',
    body: `<!doctype html><title>bench</title><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`
  }))
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error('in the page:', error))
  await page.goto(address)
  return page
}

const CONTEXT = { permissions: PERMISSIONS, viewport: { width: 1280, height: 800 }, locale: 'en-GB' }

export const newContext = async (browser: Browser): Promise<BrowserContext> => await browser.newContext(CONTEXT)

/** @param options.nodeEnv more environment for the node */
export async function openStage ({ nodeEnv = {} }: { nodeEnv?: Record<string, string> } = {}): Promise<Stage> {
  await makeStale(['web', 'node'])
  const mailbox = await openMailbox()
  const node = await createNode(mailbox, { env: nodeEnv })
  await node.start()
  const browser = await launchBrowser()
  const profiles: { directory: string, context: BrowserContext }[] = []
  return {
    node,
    browser,
    context: async () => await newContext(browser),
    async profile () {
      const directory = await mkdtemp(join(tmpdir(), 'parley-profile-'))
      const context = await chromium.launchPersistentContext(directory, { ...config.use?.launchOptions, ...CONTEXT })
      profiles.push({ directory, context })
      return context
    },
    async person (name, context) {
      const page = await (context ?? await newContext(browser)).newPage()
      page.on('pageerror', (error) => console.error(`in ${name}'s page:`, error))
      return createPerson({ name, page, origin: node.origin, mailbox })
    },
    async [Symbol.asyncDispose] () {
      await browser.close()
      for (const { directory, context } of profiles) {
        await context.close()
        await rm(directory, { recursive: true })
      }
      await node.dispose()
      await mailbox.close()
    }
  }
}
