import { expect, test, vi } from 'vitest'
import { createHeadlessPlatform } from './platform.ts'

test('a profile has one owner at a time', async () => {
  const platform = createHeadlessPlatform()
  const release = await platform.claimProfile('alice', { steal: false, onLost: () => {} })
  expect(await platform.claimProfile('alice', { steal: false, onLost: () => {} })).toBeNull()
  release?.()
  expect(await platform.claimProfile('alice', { steal: false, onLost: () => {} })).not.toBeNull()
})

test('whoever takes a profile over keeps it when the one before lets go', async () => {
  const platform = createHeadlessPlatform()
  const onLost = vi.fn()
  const first = await platform.claimProfile('bob', { steal: false, onLost })
  const second = await platform.claimProfile('bob', { steal: true, onLost: () => {} })
  expect(onLost).toHaveBeenCalledOnce()
  first?.()
  expect(await platform.claimProfile('bob', { steal: false, onLost: () => {} })).toBeNull()
  second?.()
})
