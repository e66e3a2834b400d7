import { expect, test, vi } from 'vitest'
import { claimByLock } from './claim-profile.ts'
import { describeBrowser } from './describe-browser.ts'

test('only one window has the profile; the next gets it when the first lets go', async () => {
  const first = await claimByLock('one', { steal: false, onLost: vi.fn() })
  expect(first).not.toBeNull()
  expect(await claimByLock('one', { steal: false, onLost: vi.fn() })).toBeNull()
  first?.()
  await vi.waitFor(async () => {
    const next = await claimByLock('one', { steal: false, onLost: vi.fn() })
    expect(next).not.toBeNull()
    next?.()
  })
})

test('a window that is used instead tells the other one, which then holds nothing', async () => {
  const onLost = vi.fn()
  await claimByLock('two', { steal: false, onLost })
  const second = await claimByLock('two', { steal: true, onLost: vi.fn() })
  expect(second).not.toBeNull()
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce())
  second?.()
})

test('profiles do not stand in each other\'s way', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => claimByLock(name, { steal: false, onLost: vi.fn() })))
  expect(a).not.toBeNull()
  expect(b).not.toBeNull()
  a?.()
  b?.()
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36', 'Chromium on Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on macOS'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari on iOS'],
  ['curl', 'Browser on an unknown system']
])('%s is %s', (agent, label) => {
  expect(describeBrowser(agent)).toBe(label)
})
