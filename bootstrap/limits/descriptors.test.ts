/** The limit as the system has it, in processes that were started with one. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { fitDescriptors, readDescriptorLimit } from './descriptors.ts'
import { LIMITS } from './table.ts'

it.skipIf(process.platform === 'win32').each([300, 1024, 2048])('a process that may have %i descriptors knows it', async (limit) => {
  const script = `import { readDescriptorLimit } from ${JSON.stringify(join(import.meta.dirname, 'descriptors.ts'))}; console.log(readDescriptorLimit())`
  const { stdout } = await promisify(execFile)('sh', ['-c', `ulimit -n ${limit}; exec "$0" --input-type=module -e "$1"`, process.execPath, script])
  expect(Number(stdout)).toBe(limit)
})

it.each([64, 300, 1024, 2048, 9000])('with %i descriptors, connections and WebSockets leave some for the node, and each has a share', (limit) => {
  const changes = fitDescriptors(limit)
  const max = (name: 'node-connections' | 'node-sockets' | 'node-pending-sockets'): number => changes[name]?.max ?? LIMITS[name].max
  expect(max('node-connections') + max('node-sockets')).toBeLessThanOrEqual(limit - Math.min(200, limit / 5))
  expect(max('node-connections')).toBeGreaterThan(limit / 5)
  expect(max('node-pending-sockets')).toBeLessThanOrEqual(max('node-sockets') / 4)
})

it.each([65_536, 1_000_000, Infinity])('with %d descriptors, nothing is changed', (limit) => {
  expect(fitDescriptors(limit)).toEqual({})
  expect(readDescriptorLimit()).toBeGreaterThan(0)
})
