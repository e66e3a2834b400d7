import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { until } from './until.ts'

test('a value that is there already is taken at once', async () => {
  expect(await until(signal(3), (n) => n > 2, { timeoutMs: 1000 })).toBe(3)
})

test('a value that comes later is waited for', async () => {
  const count = signal(0)
  const found = until(count, (n) => n > 2, { timeoutMs: 1000 })
  for (const n of [1, 2, 3, 4]) count.value = n
  expect(await found).toBe(3)
})

test('waiting ends when its time is over, and when it is called off', async () => {
  await expect(until(signal(0), (n) => n > 2, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' })
  const controller = new AbortController()
  const waiting = until(signal(0), (n) => n > 2, { signal: controller.signal })
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
  await expect(until(signal(5), (n) => n > 2, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
})
