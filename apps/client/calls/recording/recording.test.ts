import { expect, test } from 'vitest'
import { nameFor } from './index.ts'

const AT = Date.UTC(2026, 10, 25, 14, 5)

test.each([
  ['Kitchen', 'Kitchen 2026-11-25 14.05'],
  ['', '2026-11-25 14.05'],
  ['../../etc/passwd', 'etc passwd 2026-11-25 14.05'],
  ['a:b*c?"<>|\\d\n\u0007', 'a b c d 2026-11-25 14.05'],
  ['...', '2026-11-25 14.05'],
  ['x'.repeat(200), `${'x'.repeat(60)} 2026-11-25 14.05`]
])('a recording of the room %j is a file that every system takes: %s', (room, name) => {
  expect(nameFor(room, AT)).toBe(name)
})
