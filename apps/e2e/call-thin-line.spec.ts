/** A call over a line that becomes really thin and wide again, in network namespaces. */
import { test as base } from '@playwright/test'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, type Person } from './harness/index.ts'
import { isHeard } from './harness/hearing.ts'
import { whyNoNatLab } from './harness/nat-lab.ts'
import { createNatTown } from './harness/nat-town.ts'

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

base('when the line gets thin the picture shrinks and then pauses, the voice goes on, and the picture comes back by itself', async ({ launchOptions }, info) => {
  const reason = await whyNoNatLab()
  base.skip(reason !== null, `a thin line was not tried: ${reason ?? ''}`)
  await using town = await createNatTown({ launchOptions })
  const [{ person: alice, place: { path: inHome } }, { person: bob }] = [await town.moveIn('Alice', 'open'), await town.moveIn('Bob', 'open')]
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
  await expect.poll(width).toBeGreaterThan(0)
})
