/** Child processes for the scripts: run to the end, with the exit code as the answer. */
import { spawn, type SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, without a slash at the end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** Where the scripts remember what they built and counted. Survives nothing that erases node_modules, and need not. */
export const cache = `${root}/node_modules/.cache/parley`

/**
 * Runs a program with our terminal as its own. Tools of node_modules/.bin are found by name, since the doors put it first in PATH.
 * @returns The exit code; 1 when it could not be started or was ended by a signal.
 */
export function run (program: string, args: readonly string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((resolve) => {
    // On Windows the tools are .cmd files, which only a shell starts. None of our arguments needs quoting.
    const shell = process.platform === 'win32' && !program.endsWith('.exe')
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', shell, ...options })
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** Runs a program as `run` does, but keeps what it writes, so that several can run side by side. */
export async function runQuietly (program: string, args: readonly string[]): Promise<{ code: number, output: string }> {
  let output = ''
  const code = await new Promise<number>((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' && !program.endsWith('.exe') })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`
      resolve(1)
    })
    child.on('close', (status) => resolve(status ?? 1))
  })
  return { code, output }
}
