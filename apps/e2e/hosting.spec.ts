/** What docs/HOSTING.md tells people to write works as it stands there: the proxies in front of a node, and the unit that starts it. */
import { chromium } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from './harness/index.ts'
import { createNode, findFreePort } from './harness/node.ts'
import { createPerson, type Person } from './harness/person.ts'
import { hasProxy, startProxy, systemdUnit, type ProxyName } from './harness/proxies.ts'

const ORIGIN = 'https://chat.example'

for (const name of ['nginx', 'caddy'] satisfies ProxyName[]) {
  test(`two people talk through ${name} as the hosting page sets it up`, async ({ mailbox, launchOptions }) => {
    test.skip(!hasProxy(name), `${name} is not installed here: apt-get install ${name}`)
    const [port, nodePort] = [await findFreePort(), await findFreePort()]
    const node = await createNode(mailbox, { port: nodePort, env: { PUBLIC_URL: ORIGIN } })
    await node.start()
    const proxy = await startProxy(name, { port, nodePort })
    const browser = await chromium.launch({
      ...launchOptions,
      args: [...launchOptions.args ?? [], '--ignore-certificate-errors', `--host-resolver-rules=MAP chat.example:443 127.0.0.1:${port}`]
    })
    try {
      const person = async (who: string): Promise<Person> => {
        const context = await browser.newContext({ permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'] })
        return createPerson({ name: who, page: await context.newPage(), origin: ORIGIN, mailbox })
      }
      const [alice, bob] = [await person('Alice'), await person('Bob')]
      for (const one of [alice, bob]) {
        await one.open()
        await one.signIn()
      }
      await alice.createRoom('Kitchen')
      const link = await alice.copyInvite()
      expect(link).toContain(`${ORIGIN}/join#`)
      await bob.openInvite(link)
      await alice.expectMember('Bob', 'direct')
      await alice.say('through the proxy')
      await bob.expectMessage('through the proxy')
      await bob.say('and back')
      await alice.expectMessage('and back')
      await expect(alice.message('through the proxy')).toHaveAttribute('data-state', 'read')
    } finally {
      await browser.close()
      await proxy.stop()
      await node.dispose()
    }
  })
}

test('the unit of the hosting page keeps the node away from what it has no use for', async () => {
  test.skip(!existsSync('/usr/bin/systemd-analyze'), 'systemd-analyze is not installed here')
  const folder = await mkdtemp(join(tmpdir(), 'parley-unit-'))
  try {
    const file = join(folder, 'parley.service')
    await writeFile(file, await systemdUnit())
    // The scale of systemd goes to 10; below 2 it says OK. In tenths.
    const out = execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', file], { encoding: 'utf8' })
    expect(out).toContain('Overall exposure level')
  } finally {
    await rm(folder, { recursive: true })
  }
})
