/** People who each live behind a router of some kind, with a browser, a node and a TURN server: the NAT lab with inhabitants. */
import { chromium, type Browser, type LaunchOptions } from '@playwright/test'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from '../../../scripts/lib/chromium.ts'
import { openMailbox } from './mailbox.ts'
import { createNatLab, TURN_SECRET, type Home, type HomeInLab } from './nat-lab.ts'
import { createNode, type NodeUnderTest } from './node.ts'
import { createPerson, type Person } from './person.ts'

export interface Resident { home: Home, place: HomeInLab, person: Person, browser: Browser }

export interface NatTown extends AsyncDisposable {
  /** Somebody new in a home of their own, signed in. */
  moveIn(name: string, home: Home): Promise<Resident>
  readonly node: NodeUnderTest
}

/** @param initScript runs in each page before anything else @param env of the node */
export async function createNatTown ({ launchOptions, initScript, env = {} }: {
  launchOptions: LaunchOptions, initScript?: () => void, env?: Record<string, string>
}): Promise<NatTown> {
  // What was made is taken down again in reverse, also when the next thing could not be made.
  await using parts = new AsyncDisposableStack()
  const lab = parts.use(await createNatLab())
  const mailbox = await openMailbox(lab.hostAddress)
  parts.defer(async () => await mailbox.close())
  const node = await createNode(mailbox, {
    wrapper: lab.inPublic, host: lab.nodeAddress, port: 8080,
    env: { TURN_URLS: lab.turnUrls, TURN_SECRET, PUBLIC_URL: `http://${lab.nodeAddress}:8080`, ...env }
  })
  parts.defer(async () => await node.dispose())
  await node.start()
  const folder = await mkdtemp(join(tmpdir(), 'parley-town-'))
  parts.defer(async () => await rm(folder, { recursive: true, force: true }))
  const browsers: Browser[] = []
  let residents = 0
  parts.defer(async () => { await Promise.all(browsers.map(async (browser) => await browser.close())) })
  const standing = parts.move()
  return {
    node,
    async moveIn (name, home) {
      // Of their own, also when several move in at once: whoever ran another's would live in that one's home.
      const executablePath = join(folder, `chromium-${++residents}`)
      const place = await lab.addHome(home)
      await writeFile(executablePath, `#!/bin/sh\nexec ${place.path} ${findChromium() ?? ''} "$@"\n`)
      await chmod(executablePath, 0o755)
      const browser = await chromium.launch({
        ...launchOptions, executablePath,
        // The lab has no certificates; on the real internet the node stands behind https. And each home has a network: no path by loopback is looked for.
        args: [...(launchOptions.args ?? []).filter((arg) => !arg.includes('loopback')), `--unsafely-treat-insecure-origin-as-secure=${node.origin}`, '--disable-features=WebRtcHideLocalIpsWithMdns']
      })
      browsers.push(browser)
      const context = await browser.newContext({ permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'] })
      if (initScript !== undefined) await context.addInitScript(initScript)
      const email = `${name.toLowerCase().replaceAll(' ', '-')}@example.org`
      const person = createPerson({ name, email, page: await context.newPage(), origin: node.origin, mailbox })
      await person.open()
      await person.signIn()
      return { home, place, person, browser }
    },
    [Symbol.asyncDispose]: async () => await standing.disposeAsync()
  }
}
