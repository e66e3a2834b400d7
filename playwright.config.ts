import { defineConfig } from '@playwright/test'
import { findChromium } from './scripts/lib/chromium.ts'

const executablePath = findChromium()
const CALLS = /(call|voice)[^/]*\.spec\.ts$/
const ADVERSARY = /adversary\/[^/]*\.spec\.ts$/

export default defineConfig({
  testDir: 'apps/e2e',
  outputDir: 'test-results',
  // Real parts on two cores: a story waits for conditions, and this is when it counts as stuck, never as slow.
  timeout: 300_000,
  expect: { timeout: 45_000 },
  // Each story brings its own node and people. `npm test` tells two chats at a time, but calls one by one: they fill both cores with pictures.
  workers: 1,
  projects: [
    { name: 'rooms', testIgnore: [CALLS, ADVERSARY] },
    { name: 'calls', testMatch: CALLS, testIgnore: ADVERSARY },
    { name: 'adversary', testMatch: ADVERSARY }
  ],
  forbidOnly: process.env['CI'] !== undefined,
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    actionTimeout: 45_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: [
        '--no-sandbox',
        // Frames of thirty a second would keep two cores busy that have several people to run.
        '--use-fake-device-for-media-stream=fps=10',
        '--use-fake-ui-for-media-stream',
        '--disable-background-timer-throttling',
        '--disable-renderer-backgrounding',
        '--disable-backgrounding-occluded-windows',
        // Without it WebRTC finds no candidates on a machine that has only the loopback interface.
        '--allow-loopback-in-peer-connection'
      ]
    }
  }
})
