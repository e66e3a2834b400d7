import { defineConfig } from '@playwright/test'
import { findChromium } from './scripts/lib/chromium.ts'

const executablePath = findChromium()

export default defineConfig({
  testDir: 'apps/e2e',
  outputDir: 'test-results',
  // Real parts on two cores: a story waits for conditions, and this is when it counts as stuck, never as slow.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // Each story brings its own node and people, and they all share the machine.
  workers: 1,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    actionTimeout: 20_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: [
        '--no-sandbox',
        '--use-fake-device-for-media-stream',
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
