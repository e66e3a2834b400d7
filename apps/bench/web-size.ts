/**
 * What a browser has to fetch before the web client can be used: the build is opened in Chromium, and a node is asked for everything it
 * asks for, as a browser would; what counts is what is sent. What is loaded later on demand is listed apart.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import type { SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import { FIRST_LOAD_GOAL_KB, isFont, listFirstLoad, measureSent, toFile, webFolder as folder } from '../e2e/harness/first-load.ts'
import { openStage, type Stage } from './lib/stage.ts'
import { shareBySource } from './lib/source-bytes.ts'
import type { Bench, Result } from './lib/report.ts'

const SHOWN = 12

export const webSize: Bench = {
  name: 'web-size',
  summary: 'what the first load of the web client fetches, as a node sends it',
  async run () {
    await using stage = await openStage()
    const files = await listFirstLoad(stage.browser)
    const toRoom = await listToRoom(stage)
    const later = globSync('**/*.{js,css}', { cwd: folder }).filter((file) => !files.includes(file))
    const sent = await measureSent(stage.node.origin, [...files, ...toRoom, ...later])
    const sizeOf = (file: string): number => sent.get(file) ?? 0
    const sum = (wanted: readonly string[]): number => wanted.reduce((total, file) => total + sizeOf(file), 0)
    const withoutFonts = (wanted: readonly string[]): string[] => wanted.filter((file) => !isFont(file))
    const kb = (bytes: number): number => Number((bytes / 1000).toFixed(1))
    console.table(Object.fromEntries(toRoom.map((file) => [file, {
      'until': files.includes(file) ? 'sign-in' : 'room', 'kB on disk': kb(readFileSync(join(folder, file)).length), 'kB sent': kb(sizeOf(file))
    }])))
    const owners = kbByOwner(toRoom, sizeOf)
    console.table(Object.fromEntries(owners.slice(0, SHOWN).map(([owner, bytes]) => [owner, { 'kB sent, about': kb(bytes) }])))
    const result = (metric: string, bytes: number): Result => ({ metric, unit: 'kB', value: kb(bytes) })
    const byType = (type: string): number => sum(files.filter((file) => file.endsWith(type)))
    return [
      { ...result('web-size', sum(withoutFonts(files))), goal: FIRST_LOAD_GOAL_KB },
      result('web-size-to-room', sum(withoutFonts(toRoom))),
      result('web-size-js', byType('.js')), result('web-size-css', byType('.css')), result('web-size-html', byType('.html')),
      result('web-size-fonts', sum(files.filter(isFont))), result('web-size-later', sum(later)),
      ...owners.slice(0, SHOWN).map(([owner, bytes]) => result(`web-size-of-${owner.replace(/[^a-z0-9]+/gi, '-').replace(/^-/, '')}`, bytes))
    ]
  }
}

/** Files that the pages of somebody ask for from the empty browser until they are in a room of their own and its dialogs are at hand. */
async function listToRoom (stage: Stage): Promise<string[]> {
  const context = await stage.context()
  const alice = await stage.person('Alice', context)
  const asked = new Set<string>()
  // The page's own: the service worker fetches everything there is, behind it.
  alice.page.on('request', (request) => {
    const file = toFile(request.url())
    if (file !== null) asked.add(file)
  })
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  await alice.page.waitForLoadState('networkidle')
  return [...asked]
}

/** Bytes by package or folder, the greatest first: each script's bytes as they are sent, shared by how much of its text comes from whom. */
function kbByOwner (files: readonly string[], sizeOf: (file: string) => number): [owner: string, bytes: number][] {
  const totals = new Map<string, number>()
  for (const file of files.filter((name) => name.endsWith('.js') && existsSync(join(folder, `${name}.map`)))) {
    const map = JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')) as SourceMapPayload
    for (const [owner, share] of shareBySource(readFileSync(join(folder, file), 'utf8'), map)) {
      totals.set(owner, (totals.get(owner) ?? 0) + share * sizeOf(file))
    }
  }
  return [...totals].sort(([, a], [, b]) => b - a)
}
