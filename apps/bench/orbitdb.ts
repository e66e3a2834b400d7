/**
 * The same work by `@orbitdb/core`, the nearest thing to compare with that one can install: a log of signed messages on its way to a peer that has
 * nothing. Both ends of either run in one process of Node, linked in memory; both check the signature of every message. Its thousand packages, libp2p
 * of their own among them, stay out of the product: they are installed on first use into `node_modules/.cache`.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isSigned } from '#shared/wire/sync/check-run.ts'
import { buildRoom, syncNewcomer } from '#shared/wire/sync/testing/build-room.ts'
import { root, run } from '../../scripts/lib/run.ts'
import { percentiles } from './lib/percentiles.ts'
import type { Bench, Result } from './lib/report.ts'

const SIZES = [1_000, 10_000]
const RUNS = 5
/** Of text; sealed it is what `buildRoom` makes by default. */
const BYTES = 144
/** OrbitDB may take so many times as long and more. */
const RATIO_GOAL = 20
const FOLDER = join(root, 'node_modules/.cache/bench-orbitdb')

export const orbitdb: Bench = {
  name: 'orbitdb',
  summary: `${SIZES.join(' and ')} messages to a newcomer, by sync with every signature checked and by @orbitdb/core`,
  async run () {
    await install()
    const results: Result[] = []
    for (const messages of SIZES) {
      const ours = await measureSync(messages), theirs = await measureOrbitdb(messages)
      const metric = `orbitdb-${messages / 1000}k`
      results.push(
        { metric, unit: 'ms', value: Math.round(theirs), reference: { name: `sync-verified-${messages / 1000}k`, value: Math.round(ours) }, ratio: Math.round(theirs / ours * 10) / 10 },
        { metric: `${metric}-ratio`, unit: 'times', value: Math.round(theirs / ours * 10) / 10, ...(messages === 10_000 && { goal: RATIO_GOAL }) }
      )
    }
    return results
  }
}

async function install (): Promise<void> {
  if (existsSync(join(FOLDER, 'node_modules/@orbitdb/core/package.json'))) return
  await mkdir(FOLDER, { recursive: true })
  for (const file of ['package.json', 'package-lock.json', 'measure.mjs']) await cp(join(root, 'apps/bench/orbitdb', file), join(FOLDER, file))
  if (await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER }) !== 0) throw new Error('@orbitdb/core could not be installed')
}

/** Median ms: a session that checks the heads of chains, and then every signature. */
async function measureSync (messages: number): Promise<number> {
  const { entries } = await buildRoom({ messages, bytes: BYTES })
  const times: number[] = []
  for (let n = 0; n < RUNS; n++) {
    const { ms, newcomer } = await syncNewcomer(entries)
    const startedAt = performance.now()
    const signed = await Promise.all(newcomer.appended.map(async (entry) => await isSigned(entry, entry.device)))
    if (signed.length !== messages || signed.includes(false)) throw new Error('not every message has arrived')
    times.push(ms + performance.now() - startedAt)
  }
  return percentiles(times).p50
}

async function measureOrbitdb (messages: number): Promise<number> {
  await cp(join(root, 'apps/bench/orbitdb/measure.mjs'), join(FOLDER, 'measure.mjs'))
  const { stdout } = await promisify(execFile)(process.execPath, ['measure.mjs', String(messages), String(BYTES)], { cwd: FOLDER })
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { ms: number }).ms
}
