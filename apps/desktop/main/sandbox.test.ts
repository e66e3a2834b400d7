import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { app, dialog } from '../testing/electron.ts'
import { requireSandbox } from './sandbox.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

beforeEach(() => {
  app.switches.clear()
  app.languages = ['en-GB']
  app.exit.mockClear()
  dialog.showErrorBox.mockClear()
})

describe('the sandbox', () => {
  test('an app with its sandbox starts without a word', () => {
    expect(requireSandbox()).toBe(true)
    expect(dialog.showErrorBox).not.toHaveBeenCalled()
  })

  test('an app that is started without its sandbox says what to do and ends', () => {
    app.switches.add('no-sandbox')
    expect(requireSandbox()).toBe(false)
    expect(dialog.showErrorBox).toHaveBeenCalledWith('Parley needs its sandbox', expect.stringContaining('.deb'))
    expect(app.exit).toHaveBeenCalledWith(1)
  })

  test('it says so in German on a German system', () => {
    app.switches.add('no-sandbox')
    app.languages = ['de-AT', 'en']
    requireSandbox()
    expect(dialog.showErrorBox).toHaveBeenCalledWith('Parley braucht seine Sandbox', expect.stringContaining('.deb-Paket'))
  })

  test('the launcher of the AppImage does not ask for a start without it', () => {
    const settings = readFileSync(join(import.meta.dirname, '../../../electron-builder.yml'), 'utf8')
    expect(settings).toMatch(/^linux:(?:\n {2}.*)*\n {2}executableArgs: \[\]/m)
  })
})
