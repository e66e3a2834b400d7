import { transform } from 'esbuild'
import type { SourceMapPayload } from 'node:module'
import { expect, test } from 'vitest'
import { ownerOf, shareBySource } from './source-bytes.ts'

test('a source belongs to its innermost package, or to its folder', () => {
  expect(ownerOf('../../../node_modules/@libp2p/webrtc/dist/src/index.js')).toBe('@libp2p/webrtc')
  expect(ownerOf('../../node_modules/a/node_modules/react/index.js')).toBe('react')
  expect(ownerOf('../../../apps/ui/features/shell.tsx')).toBe('apps/ui')
  expect(ownerOf('../../../shared/invite.ts')).toBe('shared')
})

test('what a file consists of adds up to all of it', async () => {
  const source = 'export const greet = (name: string): string => `Hello ${name}, the soup is ready`'
  const { code, map } = await transform(source, { loader: 'ts', sourcemap: 'external', sourcefile: 'apps/ui/greet.ts', minify: true })
  const shares = shareBySource(code.trim(), JSON.parse(map) as SourceMapPayload)
  expect([...shares.keys()]).toContain('apps/ui')
  expect([...shares.values()].reduce((total, share) => total + share, 0)).toBeCloseTo(1)
})
