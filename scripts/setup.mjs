/**
 * Makes a checkout ready to work and does nothing when it is: dependencies as the lockfile names them, the pinned Node, our patches,
 * Electron's binary. Plain JavaScript of the standard library, since it runs first, on whatever Node (20 or newer) the machine has.
 * Everything after it runs under the pinned Node and may be TypeScript.
 *
 *   node scripts/setup.mjs                        only this
 *   await handOver('scripts/app.ts', args)        what `npm start` and `npm test` do: set up, then go on under the pinned Node
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const isWindows = process.platform === 'win32'
const modules = join(root, 'node_modules')
const pinnedNode = join(modules, 'node', 'bin', isWindows ? 'node.exe' : 'node')
const stampFile = join(modules, '.parley-setup.json')
/** Electron is a nice thing to have for `npm start`; nobody should wait longer for it than for everything else. */
const ELECTRON_TIME_LIMIT_MS = 120_000

/** @returns {Promise<void>} Rejects with a sentence that says which step failed. */
export async function setup () {
  const stamp = readJson(stampFile) ?? {}
  const key = fingerprint()
  if (stamp.key !== key || !existsSync(pinnedNode)) {
    if (!isInstalledAsLocked()) await install()
    await installPinnedNode()
    await applyPatches()
    writeStamp({ ...stamp, key })
  }
  await tryElectron({ ...stamp, key })
}

/**
 * Sets up, then runs a script under the pinned Node with its tools first in PATH, and ends with its exit code. Signals are passed on.
 * @param {string} script Path from the root of the checkout.
 * @param {string[]} args
 */
export async function handOver (script, args) {
  try {
    await setup()
  } catch (error) {
    console.error(`\nParley could not be set up: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  }
  const child = spawn(nodeToUse(), [join(root, script), ...args], { cwd: root, stdio: 'inherit', env: toolEnv() })
  // Ctrl-C in a terminal reaches the child by itself; what is sent to this process alone does not.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('close', (code) => process.exit(code ?? 1))
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(() => child.kill('SIGTERM'))
}

/** Whoever stops npm stops npm's shell with it, but not what that shell runs: without this the node would go on and hold its port. */
function whenOrphaned (act) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, 250)
  timer.unref()
}

/** What the installed tree must agree with: when this is unchanged, there is nothing to do. */
function fingerprint () {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  hash.update(readFileSync(join(root, 'package-lock.json')))
  const patches = join(root, 'patches')
  for (const file of existsSync(patches) ? readdirSync(patches).sort() : []) hash.update(file).update(readFileSync(join(patches, file)))
  return hash.digest('hex')
}

/** npm notes what it installed in a lockfile of its own: when that agrees with ours, a fresh `npm ci` would only repeat it. */
function isInstalledAsLocked () {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {}
  const installed = readJson(join(modules, '.package-lock.json'))?.packages
  if (installed === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return found.version === entry.version
  })
}

async function install () {
  console.log('setup: installing dependencies as package-lock.json names them')
  // Windows cannot delete a program that runs: under the pinned Node the tree is updated instead of replaced.
  const inPlace = isWindows && process.execPath.startsWith(modules)
  const code = await npm(inPlace ? ['install', '--no-save'] : ['ci'])
  if (code !== 0) throw new Error('npm could not install the dependencies (above is why). Is the package registry reachable?')
}

async function installPinnedNode () {
  const { version } = readJson(join(modules, 'node', 'package.json')) ?? {}
  if (await printsVersion(pinnedNode, version)) return
  console.log(`setup: installing the pinned Node ${version}`)
  const code = await npm(['rebuild', 'node', '--ignore-scripts=false'])
  if (code === 0 && await printsVersion(pinnedNode, version)) return
  if (Number(process.versions.node.split('.')[0]) < 24) throw new Error(`Node ${version} could not be installed, and this one (${process.version}) is too old.`)
  console.warn(`setup: Node ${version} could not be installed; going on with ${process.version}`)
}

const printsVersion = async (program, version) => existsSync(program) && (await output(program, ['--version'])).trim() === `v${version}`

async function applyPatches () {
  if (!existsSync(join(root, 'patches'))) return
  console.log('setup: applying patches/')
  const patchPackage = [join(modules, 'patch-package', 'index.js'), '--error-on-fail']
  if (await run(nodeToUse(), patchPackage) === 0) return
  // An older version of a patch is still in the tree: only a clean tree takes the new one.
  await install()
  await installPinnedNode()
  if (await run(nodeToUse(), patchPackage) !== 0) throw new Error('a patch in patches/ does not fit the installed version.')
}

async function tryElectron (stamp) {
  const { version } = readJson(join(modules, 'electron', 'package.json')) ?? {}
  const today = new Date().toISOString().slice(0, 10)
  if (version === undefined || existsSync(join(modules, 'electron', 'path.txt')) || process.env.ELECTRON_SKIP_BINARY_DOWNLOAD) return
  if (stamp.electronFailed === `${version} ${today}`) return
  console.log(`setup: fetching Electron ${version}`)
  const code = await run(nodeToUse(), [join(modules, 'electron', 'install.js')], { stdio: 'ignore', timeout: ELECTRON_TIME_LIMIT_MS })
  if (code === 0) return
  console.log('setup: Electron could not be fetched; the app opens in the browser instead (next try tomorrow)')
  writeStamp({ ...stamp, electronFailed: `${version} ${today}` })
}

const nodeToUse = () => existsSync(pinnedNode) ? pinnedNode : process.execPath

function toolEnv () {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  const first = [dirname(nodeToUse()), join(modules, '.bin')]
  return { ...process.env, [name]: [...first, process.env[name]].join(delimiter) }
}

/**
 * The npm that started us, run by this very Node; else whatever `npm` is in PATH. It prints errors, not warnings: packages that want a
 * newer Node than this one get it in the next step.
 */
function npm (args) {
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error']
  const own = process.env.npm_execpath
  if (own !== undefined && own.endsWith('.js')) return run(process.execPath, [own, ...quiet])
  return run('npm', quiet, { shell: isWindows })
}

/** @returns {Promise<number>} The exit code; 1 when the program could not be started or took too long. */
function run (program, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: toolEnv(), ...options })
    child.on('error', () => done(1))
    child.on('close', (code) => done(code ?? 1))
  })
}

function output (program, args) {
  return new Promise((done) => {
    let text = ''
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.on('data', (chunk) => { text += chunk })
    child.on('error', () => done(''))
    child.on('close', () => done(text))
  })
}

function readJson (file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function writeStamp (stamp) {
  mkdirSync(modules, { recursive: true })
  writeFileSync(stampFile, JSON.stringify(stamp))
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await setup()
