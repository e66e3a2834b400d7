/**
 * Packs the built desktop app as `npm run dist` would, on a stub of Electron's program, and looks into what came out: everything the app
 * loads is in it, and nothing of ours that a person has no use for. Needs `npm run build -- desktop`, no network and no Electron.
 */
import { listPackage } from '@electron/asar'
import { build, Platform } from 'electron-builder'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './lib/run.ts'

const NEEDED = ['/package.json', '/out/main/index.js', '/out/preload/index.cjs', '/out/renderer/index.html']
/** Sources, tests, maps, settings of tools, other people's packages and data. */
const UNWANTED = /node_modules|\.tsx?$|\.map$|\.test\.|(^|\/)(apps|bootstrap|shared|scripts|docs|\.git|\.parley)\/|\.(yml|config\.[a-z]+)$|package-lock/
/** What the effects in calls are made of, by name without hash: nothing is loaded from elsewhere. */
const NEEDED_ASSETS = [/\/litert_\w+-[\w-]+\.wasm$/, /\/litert_\w+-[\w-]+\.js$/, /\/selfie_segmentation_\w+-[\w-]+\.tflite$/, /\/rnnoise_simd-[\w-]+\.wasm$/, /\/workletProcessor-[\w-]+\.js$/, /\/background-worker-[\w-]+\.js$/]
/**
 * The window's page and the two scripts. Above it something was packed that should not be: fonts and the client are some 3 MB, the effects in
 * calls 10 MB.
 */
const ASAR_MAX_BYTES = 16_000_000

const work = await mkdtemp(join(tmpdir(), 'parley-package-'))
let faults: string[]
try {
  faults = await check(await pack())
} finally {
  await rm(work, { recursive: true, force: true })
}
for (const fault of faults) console.error(fault)
// Said outright: electron-builder sets the exit code of the process for itself.
process.exit(faults.length === 0 ? 0 : 1)

async function pack (): Promise<string> {
  for (const file of NEEDED) if (!existsSync(join(root, file))) throw new Error(`${file} is missing: run \`npm run build -- desktop\` first`)
  await build({
    targets: Platform.LINUX.createTarget('dir'),
    projectDir: root,
    publish: 'never',
    config: {
      extends: join(root, 'electron-builder.yml'),
      electronDist: await makeStub(join(work, 'electron')),
      directories: { output: join(work, 'dist') },
      // Fuses are flipped inside the real program; a stub has none.
      electronFuses: null
    }
  })
  const [folder] = (await readdir(join(work, 'dist'))).filter((name) => name.includes('unpacked'))
  if (folder === undefined) throw new Error('electron-builder left no unpacked app')
  return join(work, 'dist', folder, 'resources/app.asar')
}

/** A folder that looks like Electron's distribution for Linux. */
async function makeStub (folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules/electron/package.json'), 'utf8')) as { version: string }
  await Promise.all(['locales', 'resources'].map((name) => mkdir(join(folder, name), { recursive: true })))
  await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  await writeFile(join(folder, 'LICENSES.chromium.html'), '<title>Licences</title>')
  await writeFile(join(folder, 'version'), version)
  await writeFile(join(folder, 'electron'), '#!/bin/sh\n')
  await chmod(join(folder, 'electron'), 0o755)
  return folder
}

/** What is wrong with the package, as sentences. */
async function check (archive: string): Promise<string[]> {
  const files = listPackage(archive, { isPack: false }).map((file) => file.replaceAll('\\', '/'))
  const missing = NEEDED.filter((file) => !files.includes(file))
  const unwanted = files.filter((file) => UNWANTED.test(file))
  const { byteLength } = await readFile(archive)
  console.log(`app.asar: ${files.length} entries, ${(byteLength / 1e6).toFixed(2)} MB`)
  return [
    ...missing.map((file) => `${file} is not in the package`),
    ...NEEDED_ASSETS.filter((asset) => !files.some((file) => asset.test(file))).map((asset) => `nothing in the package is called like ${String(asset)}`),
    ...unwanted.slice(0, 20).map((file) => `${file} does not belong into the package`),
    ...(byteLength > ASAR_MAX_BYTES ? [`the package has ${byteLength} bytes, more than ${ASAR_MAX_BYTES}`] : [])
  ]
}
