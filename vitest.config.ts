import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{apps,bootstrap,shared,scripts}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**', 'apps/e2e/**'],
    // The default leaves a core to whoever works at the machine; two files at a time fill two cores.
    maxWorkers: 2,
    setupFiles: ['apps/client/testing/setup.ts'],
    // Two cores: a test that waits for a condition may wait this long before it counts as broken, never as slow.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
