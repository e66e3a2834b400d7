/** The desktop app as a program: what only a real Electron shows. Runs wherever its binary is; elsewhere the unit tests of main stand alone. */
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from './harness/index.ts'
import { createPerson, type Person } from './harness/person.ts'

const root = join(import.meta.dirname, '../..')
const program = join(root, 'node_modules/electron/dist', {
  win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron'
}[process.platform as string] ?? 'electron')
const isRequired = process.env['PARLEY_REQUIRE_ELECTRON'] === '1'

test.skip(!existsSync(program) && !isRequired, 'Electron\'s binary is not installed here: `node node_modules/electron/install.js` fetches it.')

let profile = ''
let running: ElectronApplication | null = null

test.skip(process.getuid?.() === 0, 'The desktop app needs its sandbox, and Chromium has none for root: run these stories as another user.')

test.beforeEach(async () => { profile = await mkdtemp(join(tmpdir(), 'parley-desktop-')) })
test.afterEach(async () => {
  await running?.close()
  running = null
  await rm(profile, { recursive: true, force: true, maxRetries: 3 })
})

async function launch (env: Record<string, string>, args: readonly string[] = []): Promise<Page> {
  running = await _electron.launch({
    executablePath: program,
    args: [root, ...args],
    env: { ...process.env as Record<string, string>, PARLEY_PROFILE: profile, ...env }
  })
  return running.firstWindow()
}

const asPerson = (name: string, page: Page, node: { origin: string, mailbox: Parameters<typeof createPerson>[0]['mailbox'] }): Person =>
  createPerson({ name, page, origin: 'parley-app://app', mailbox: node.mailbox })

test('Alice on the desktop and Bob in a browser talk, and the desktop remembers after a restart', async ({ node, person }) => {
  let alice = asPerson('Alice', await launch({ PARLEY_NODE: node.origin }), node)
  await alice.signIn()
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  const bob = await person('Bob')
  await bob.open()
  await bob.signIn()
  await bob.openInvite(link)
  await bob.say('From the browser.')
  await alice.expectMessage('From the browser.')

  await running?.close()
  alice = asPerson('Alice', await launch({ PARLEY_NODE: node.origin }), node)
  await alice.enterRoom('Kitchen')
  await alice.expectMessage('From the browser.')
})

test('an invite link opens the app and asks whether to join', async ({ node, person }) => {
  const bob = await person('Bob')
  await bob.open()
  await bob.signIn()
  await bob.createRoom('Garden')
  const link = new URL(await bob.copyInvite())

  const alice = asPerson('Alice', await launch({ PARLEY_NODE: node.origin }, [`parley://join/http/${link.host}${link.hash}`]), node)
  await alice.signIn()
  await alice.page.getByRole('button', { name: 'Join', exact: true }).click()
  await alice.expectMember('Bob')
})

test('the page has the bridge and nothing else of Electron or Node', async ({ node }) => {
  const page = await launch({ PARLEY_NODE: node.origin })
  const seen = await page.evaluate(() => ({
    origin: location.origin,
    isSecure: isSecureContext,
    names: Object.keys(window.parley.calls).sort(),
    leaks: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in window)
  }))
  expect(seen).toMatchObject({ origin: 'parley-app://app', isSecure: true, leaks: [] })
  expect(seen.names).toEqual(['boot', 'listenForLinks', 'notify', 'open', 'seal', 'setBadge', 'setNode'])
  await expect(page.evaluate(() => window.parley.calls.setBadge(-1))).rejects.toThrow('malformed payload')
})

test('the first start asks for a node, and goes on with the one it was given', async ({ node }) => {
  const page = await launch({})
  await page.getByLabel('Node address').fill('http://elsewhere.example')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('alert')).toContainText('not the address of a node')
  await page.getByLabel('Node address').fill(node.origin)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeVisible()
})
