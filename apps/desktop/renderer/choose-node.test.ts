import { expect, test } from 'vitest'
import { toNodeOrigin } from './choose-node.tsx'

test.each([
  ['parley.example', 'https://parley.example'],
  [' https://Parley.Example/join ', 'https://parley.example'],
  ['parley.example:8443', 'https://parley.example:8443'],
  ['localhost:8080', 'http://localhost:8080'],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080']
])('%s is the node %s', (text, origin) => {
  expect(toNodeOrigin(text)).toBe(origin)
})

test.each(['', '   ', 'http://parley.example', 'ftp://parley.example', 'javascript:alert(1)', 'two words', 'file:///etc', '127.0.0.1.evil.example'])(
  '%s is no node that may be used', (text) => {
    expect(toNodeOrigin(text)).toBeNull()
  })
