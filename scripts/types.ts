/** Type-checks each environment with its own tsconfig, two at a time. */
import { spawn } from 'node:child_process'

const projects = ['shared', 'apps/client', 'apps/ui', 'apps/desktop', 'bootstrap', '.']

const check = (project: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('tsc', ['-p', project], { stdio: 'inherit', shell: process.platform === 'win32' })
    child.on('close', (code) => {
      if (code !== 0) console.error(`types: ${project} failed`)
      resolve(code === 0)
    })
  })

let ok = true
for (let i = 0; i < projects.length; i += 2) {
  const results = await Promise.all(projects.slice(i, i + 2).map(check))
  ok &&= results.every(Boolean)
}
process.exit(ok ? 0 : 1)
