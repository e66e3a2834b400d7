/**
 * The three builds and what each is made of.
 *   web      apps/web → out/web                 the client in a browser tab
 *   node     bootstrap → bootstrap/dist         one file that runs alone, with the web client beside it, compressed
 *   desktop  apps/desktop → out/{main,preload,renderer}
 */
import { build as bundle } from 'esbuild'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compressFolder } from './compress.ts'
import { root, run } from './run.ts'
import { readSources, rememberBuilt, whyStale } from './stale.ts'

export type BuildName = 'web' | 'node' | 'desktop'

interface Build {
  /** Files and folders it is made of. */
  sources: readonly string[]
  /** A file that exists when it is built. */
  output: string
  make: () => Promise<void>
}

const client = ['apps/ui', 'apps/client', 'shared', 'resources', 'tsconfig.base.json', 'package-lock.json', 'patches']

const builds: Record<BuildName, Build> = {
  web: {
    sources: ['apps/web', ...client],
    output: 'out/web/index.html',
    make: () => tool('vite', ['build', '--config', 'apps/web/vite.config.ts', '--logLevel', 'warn'])
  },
  node: {
    sources: ['bootstrap', 'shared', 'out/web', 'package-lock.json', 'patches', 'scripts/lib/builds.ts', 'scripts/lib/compress.ts'],
    output: 'bootstrap/dist/server.js',
    make: makeNode
  },
  desktop: {
    sources: ['apps/desktop', 'electron.vite.config.ts', ...client],
    output: 'out/main/index.js',
    make: () => tool('electron-vite', ['build', '--logLevel', 'warn'])
  }
}

/** In the order in which they need each other. */
export const buildNames = Object.keys(builds) as BuildName[]

export const isBuildName = (text: string): text is BuildName => Object.hasOwn(builds, text)

/** Builds whatever its sources say. @throws {Error} when the tool fails, which has printed why. */
export async function make (name: BuildName): Promise<void> {
  const startedAt = Date.now()
  const sources = readSources(builds[name].sources)
  await builds[name].make()
  rememberBuilt(name, sources)
  console.log(`build: ${name} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** Builds what is missing or older than its sources, and says why. */
export async function makeStale (names: readonly BuildName[]): Promise<void> {
  for (const name of names) {
    const why = whyStale(name, readSources(builds[name].sources), builds[name].output)
    if (why === null) continue
    console.log(`build: ${name}, because ${why}`)
    await make(name)
  }
}

async function tool (program: string, args: readonly string[]): Promise<void> {
  if (await run(program, args) !== 0) throw new Error(`${program} ${args.join(' ')} failed`)
}

async function makeNode (): Promise<void> {
  const dist = join(root, 'bootstrap/dist')
  rmSync(dist, { recursive: true, force: true })
  await bundle({
    absWorkingDir: root,
    entryPoints: ['bootstrap/server.ts'],
    outfile: 'bootstrap/dist/server.js',
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    // The same sources as Node itself would take: the ESM entry where a package has both.
    mainFields: ['module', 'main'],
    // CommonJS packages inside an ESM bundle still ask for require, __filename and __dirname.
    banner: {
      js: [
        'import { createRequire as __createRequire } from \'node:module\'',
        'const require = __createRequire(import.meta.url)',
        'const __filename = import.meta.filename',
        'const __dirname = import.meta.dirname'
      ].join('\n')
    },
    logLevel: 'warning'
  })
  cpSync(join(root, 'out/web'), join(dist, 'web'), { recursive: true })
  await compressFolder(join(dist, 'web'))
}
