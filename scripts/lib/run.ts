/** Child processes for the scripts: run to the end, with the exit code as the answer. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, without a slash at the end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** Where the scripts remember what they built and counted. Survives nothing that erases node_modules, and need not. */
export const cache = `${root}/node_modules/.cache/parley`

/** Starts a program, found in node_modules/.bin by its name, since the doors put that first in PATH. */
function start (program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  // On Windows the tools are .cmd files, which only a shell starts. None of our arguments needs quoting.
  return spawn(program, args, { cwd: root, shell: process.platform === 'win32' && !program.endsWith('.exe'), ...options })
}

/** Resolves with the exit code; 1 when the program could not be started, which is printed, or was ended by a signal. */
const codeOf = (child: ChildProcess, print: (text: string) => void): Promise<number> => new Promise((resolve) => {
  child.on('error', (error) => {
    print(`${child.spawnfile}: ${error.message}`)
    resolve(1)
  })
  child.on('close', (code) => resolve(code ?? 1))
})

/**
 * Runs a program with our terminal as its own.
 * @returns the exit code; 1 when it could not be started or was ended by a signal.
 */
export const run = async (program: string, args: readonly string[], options: SpawnOptions = {}): Promise<number> =>
  await codeOf(start(program, args, { stdio: 'inherit', ...options }), console.error)

/** Runs a program as `run` does, but keeps what it writes, so that several can run side by side. */
export async function runQuietly (program: string, args: readonly string[]): Promise<{ code: number, output: string }> {
  let output = ''
  const child = start(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { output += text })
  const code = await codeOf(child, (text) => { output += `${text}\n` })
  return { code, output }
}
