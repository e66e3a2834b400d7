/** Calls between homes behind every kind of router, with a real TURN server, in network namespaces. */
import { chromium, test as base, type Browser } from '@playwright/test'
import { chmod, writeFile } from 'node:fs/promises'
import { findChromium } from '../../scripts/lib/chromium.ts'
import { expect } from './harness/index.ts'
import { openMailbox } from './harness/mailbox.ts'
import { createNatLab, HOMES, TURN_SECRET, whyNoNatLab, type Home } from './harness/nat-lab.ts'
import { createNode } from './harness/node.ts'
import { createPerson, type Person } from './harness/person.ts'

/** Which path a call takes between two homes: direct wherever a packet can find its way in. */
const expectedPath = (one: Home, other: Home): 'direct' | 'relayed' => {
  const both = [one, other]
  if (both.includes('no-udp')) return 'relayed'
  return both.includes('symmetric') && !both.includes('open') ? 'relayed' : 'direct'
}

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })

base('a call finds its way between homes of every kind, direct where there is a way, else through TURN', async ({ launchOptions }, info) => {
  const reason = await whyNoNatLab()
  base.skip(reason !== null, `calls behind NAT were not tried: ${reason ?? ''}`)
  base.setTimeout(600_000)
  await using lab = await createNatLab()
  const mailbox = await openMailbox(lab.hostAddress)
  const node = await createNode(mailbox, {
    wrapper: lab.inPublic, host: lab.nodeAddress, port: 8080,
    env: { TURN_URLS: lab.turnUrls, TURN_SECRET, PUBLIC_URL: `http://${lab.nodeAddress}:8080` }
  })
  await node.start()
  const browsers: Browser[] = []

  const moveIn = async (name: string, home: Home): Promise<Person> => {
    const inHome = await lab.addHome(home)
    const executablePath = info.outputPath(`chromium-${name}`)
    await writeFile(executablePath, `#!/bin/sh\nexec ${inHome} ${findChromium() ?? ''} "$@"\n`)
    await chmod(executablePath, 0o755)
    const browser = await chromium.launch({
      ...launchOptions, executablePath,
      // The lab has no certificates; on the real internet the node stands behind https.
      args: [...launchOptions.args ?? [], `--unsafely-treat-insecure-origin-as-secure=${node.origin}`, '--disable-features=WebRtcHideLocalIpsWithMdns']
    })
    browsers.push(browser)
    const context = await browser.newContext({ permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'] })
    const person = createPerson({ name, email: `${name.toLowerCase().replaceAll(' ', '-')}@example.org`, page: await context.newPage(), origin: node.origin, mailbox })
    await person.open()
    await person.signIn()
    return person
  }

  try {
    const here = new Map<Home, Person>(), there = new Map<Home, Person>()
    for (const home of HOMES) {
      here.set(home, await moveIn(`Here ${home}`, home))
      there.set(home, await moveIn(`There ${home}`, home))
    }
    const first = here.get('open')
    if (first === undefined) throw new Error('nobody lives there')
    await first.createRoom('Kitchen')
    const link = await first.copyInvite()
    for (const person of [...here.values(), ...there.values()]) if (person !== first) await person.openInvite(link)

    for (const [nth, one] of HOMES.entries()) {
      for (const other of HOMES.slice(nth)) {
        // Two who both reach only TCP do not meet yet: docs/PROTOCOL.md says so.
        if (one === 'no-udp' && other === 'no-udp') continue
        const [caller, callee] = [here.get(one), there.get(other)]
        if (caller === undefined || callee === undefined) continue
        await base.step(`${one} and ${other}: ${expectedPath(one, other)}`, async () => {
          await button(caller, 'Start call').click()
          await button(callee, 'Join call').click()
          await expect(tile(caller, callee.name)).toHaveAttribute('data-media', 'connected', { timeout: 40_000 })
          await expect(tile(callee, caller.name)).toHaveAttribute('data-media', 'connected', { timeout: 40_000 })
          await expect(tile(caller, callee.name).locator('[data-path]')).toHaveAttribute('data-path', expectedPath(one, other))
          await button(callee, 'Leave call').click()
          await button(caller, 'Leave call').click()
          for (const person of [caller, callee]) await expect(button(person, 'Start call')).toBeVisible()
        })
      }
    }
  } finally {
    await Promise.all(browsers.map(async (browser) => await browser.close()))
    await node.dispose()
    await mailbox.close()
  }
})
