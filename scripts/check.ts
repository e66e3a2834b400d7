/** `npm run check`: everything that needs no browser, in under a minute. Runs all steps, then says which failed. */
import { spawn } from 'node:child_process'

const steps = ['types', 'lint', 'cycles', 'dead', 'unit']

const run = (step: string): Promise<{ step: string, ok: boolean, seconds: number }> =>
  new Promise((resolve) => {
    const startedAt = Date.now()
    const child = spawn('npm', ['run', '--silent', step], { stdio: 'inherit', shell: process.platform === 'win32' })
    child.on('close', (code) => resolve({ step, ok: code === 0, seconds: (Date.now() - startedAt) / 1000 }))
  })

const results = []
for (const step of steps) results.push(await run(step))
console.log(results.map(({ step, ok, seconds }) => `${ok ? 'ok    ' : 'FAILED'} ${step} ${seconds.toFixed(1)} s`).join('\n'))
process.exit(results.every((result) => result.ok) ? 0 : 1)
