import { beforeEach, describe, expect, test, vi, type Mock } from 'vitest'
import { CALL_NAMES, EVENT_NAMES, type Boot, type Bridge, type EventName } from '#shared/ipc/index.ts'
import { createDesktopPlatform } from './platform.ts'

const boot: Boot = { nodeOrigin: 'https://parley.example', keychain: 'os', deviceLabel: 'Parley on Linux', version: '1.0.0' }
let calls: Record<string, Mock<() => Promise<unknown>>> = {}
let listeners: Partial<Record<EventName, (payload: never) => void>> = {}
let bridge: Bridge

beforeEach(() => {
  listeners = {}
  calls = Object.fromEntries(CALL_NAMES.map((name) => [name, vi.fn(() => Promise.resolve(undefined))]))
  bridge = {
    calls,
    events: Object.fromEntries(EVENT_NAMES.map((name) => [name, (listener: (payload: never) => void) => {
      listeners[name] = listener
      return () => { Reflect.deleteProperty(listeners, name) }
    }]))
  } as unknown as Bridge
})

describe('the desktop as a platform', () => {
  test('listens before it asks for links, so that none falls in between', () => {
    const heard: string[] = []
    calls['listenForLinks']?.mockImplementation(() => {
      listeners.link?.('parley://join/x#v1.y' as never)
      return Promise.resolve(undefined)
    })
    const stop = createDesktopPlatform(bridge, boot).onLink((link) => { heard.push(link) })
    expect(heard).toEqual(['parley://join/x#v1.y'])
    stop()
    expect(listeners.link).toBeUndefined()
  })

  test('a click on a notification reaches the room it was about, once', () => {
    const onClick = vi.fn()
    const platform = createDesktopPlatform(bridge, boot)
    platform.notify({ tag: 'kitchen', title: 'Kitchen', body: 'x'.repeat(5000), onClick })
    expect(calls['notify']).toHaveBeenCalledExactlyOnceWith({ tag: 'kitchen', title: 'Kitchen', body: 'x'.repeat(1000) })
    listeners.notificationClicked?.('kitchen' as never)
    listeners.notificationClicked?.('kitchen' as never)
    expect(onClick).toHaveBeenCalledOnce()
  })

  test('tells how strong the keychain is, and has none where there is none', () => {
    expect(createDesktopPlatform(bridge, boot).keychain?.strength).toBe('os')
    expect(createDesktopPlatform(bridge, { ...boot, keychain: 'basic-text' }).keychain?.strength).toBe('basic-text')
    expect(createDesktopPlatform(bridge, { ...boot, keychain: null }).keychain).toBeNull()
  })

  test('a choice of a screen goes back with the question it answers', () => {
    createDesktopPlatform(bridge, boot).screens?.onRequest((request) => request.choose({ id: request.sources[0]?.id ?? '', withSound: true }))
    listeners.screensAsked?.({ request: 4, canHaveSound: true, sources: [{ id: 'screen:1:0', name: 'All', kind: 'screen', thumbnail: 'data:,' }] } as never)
    expect(calls['chooseScreen']).toHaveBeenCalledExactlyOnceWith({ request: 4, source: 'screen:1:0', withSound: true })
  })

  test('keys of the system are held while somebody listens, and those that are taken are known', async () => {
    calls['holdKeys']?.mockImplementation(() => Promise.resolve(['mute']))
    const { globalKeys } = createDesktopPlatform(bridge, boot)
    const pressed: string[] = []
    const release = globalKeys?.listen((key) => { pressed.push(key) })
    listeners.keyPressed?.('deafen' as never)
    expect(pressed).toEqual(['deafen'])
    await expect(globalKeys?.taken()).resolves.toEqual(['mute'])
    release?.()
    expect(listeners.keyPressed).toBeUndefined()
    expect(calls['holdKeys']).toHaveBeenLastCalledWith(false)
  })

  test('a system that refuses a badge stops nothing', () => {
    calls['setBadge']?.mockImplementation(() => Promise.reject(new Error('no')))
    expect(() => createDesktopPlatform(bridge, boot).setBadge(3)).not.toThrow()
  })
})
