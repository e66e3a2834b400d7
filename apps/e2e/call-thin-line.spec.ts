/** A call over a line that becomes really thin and wide again, in network namespaces. */
import { chromium, test as base, type Browser } from '@playwright/test'
import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { findChromium } from '../../scripts/lib/chromium.ts'
import { expect } from './harness/index.ts'
import { openMailbox } from './harness/mailbox.ts'
import { createNatLab, whyNoNatLab } from './harness/nat-lab.ts'
import { createNode } from './harness/node.ts'
import { createPerson, type Person } from './harness/person.ts'

const exec = promisify(execFile)

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })

/** 96 kbit/s: a voice fits, a picture beside it does not. What is above it is dropped, as by a cheap router. */
const THIN = `
table ip thin {
  chain out {
    type filter hook output priority 0
    meta l4proto udp limit rate over 12 kbytes/second burst 6 kbytes drop
  }
}`

/** Whether the one who is played is heard within two seconds: the fake microphone beeps once a second. */
async function isHeard (person: Person, name: string): Promise<boolean> {
  return await person.page.locator(`audio[data-voice="${name}"]`).evaluate(async (element: HTMLAudioElement) => {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(element.srcObject as MediaStream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let loudest = 0
    for (let i = 0; i < 80 && loudest < 0.05; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 25) })
      analyser.getFloatTimeDomainData(samples)
      loudest = Math.max(loudest, ...samples.map(Math.abs))
    }
    await context.close()
    return loudest >= 0.05
  })
}

base('when the line gets thin the picture shrinks and then pauses, the voice goes on, and the picture comes back by itself', async ({ launchOptions }, info) => {
  const reason = await whyNoNatLab()
  base.skip(reason !== null, `a thin line was not tried: ${reason ?? ''}`)
  base.setTimeout(240_000)
  await using lab = await createNatLab()
  const mailbox = await openMailbox(lab.hostAddress)
  const node = await createNode(mailbox, { wrapper: lab.inPublic, host: lab.nodeAddress, port: 8080, env: { PUBLIC_URL: `http://${lab.nodeAddress}:8080` } })
  await node.start()
  const browsers: Browser[] = []
  const moveIn = async (name: string): Promise<{ person: Person, inHome: string }> => {
    const { path: inHome } = await lab.addHome('open')
    const executablePath = info.outputPath(`chromium-${name}`)
    await writeFile(executablePath, `#!/bin/sh\nexec ${inHome} ${findChromium() ?? ''} "$@"\n`)
    await chmod(executablePath, 0o755)
    const browser = await chromium.launch({
      ...launchOptions, executablePath,
      args: [...launchOptions.args ?? [], `--unsafely-treat-insecure-origin-as-secure=${node.origin}`, '--disable-features=WebRtcHideLocalIpsWithMdns']
    })
    browsers.push(browser)
    const context = await browser.newContext({ permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'] })
    const person = createPerson({ name, page: await context.newPage(), origin: node.origin, mailbox })
    await person.open()
    await person.signIn()
    return { person, inHome }
  }
  try {
    const [{ person: alice, inHome }, { person: bob }] = [await moveIn('Alice'), await moveIn('Bob')]
    await alice.createRoom('Kitchen')
    await bob.openInvite(await alice.copyInvite())
    await button(alice, 'Start call').click()
    await button(bob, 'Join call').click()
    await button(alice, 'Start video').click()
    const picture = tile(bob, 'Alice').locator('video')
    const width = async (): Promise<number> => await picture.evaluate((video: HTMLVideoElement) => video.videoWidth, undefined, { timeout: 5000 }).catch(() => 0)
    await expect.poll(width).toBeGreaterThan(320)
    const before = await width()

    const rules = info.outputPath('thin.nft')
    await writeFile(rules, THIN)
    await exec(inHome, ['nft', '-f', rules])
    const paused = alice.page.getByText('Your video is paused for Bob')
    const widths = new Set<number>()
    await expect.poll(async () => {
      widths.add(await width())
      return await paused.isVisible()
    }, { timeout: 60_000, intervals: [200] }).toBe(true)
    widths.delete(0)
    expect(Math.min(...widths), 'it shrank before it was paused').toBeLessThan(before)
    await expect(picture).toHaveCount(0)
    await expect.poll(async () => await isHeard(bob, 'Alice')).toBe(true)

    await exec(inHome, ['nft', 'delete', 'table', 'ip', 'thin'])
    await expect(paused).toBeHidden({ timeout: 90_000 })
    await expect.poll(width, { timeout: 30_000 }).toBeGreaterThan(0)
  } finally {
    await Promise.all(browsers.map(async (browser) => await browser.close()))
    await node.dispose()
    await mailbox.close()
  }
})
