import { expect, test } from 'vitest'
import { failureDetails } from './failure-details.ts'

const when = { at: Date.UTC(2026, 10, 30), agent: 'Browser/1' }

test('the details say which part, when, in which browser, and where', () => {
  const error = Object.assign(new RangeError('Invalid time value'), { stack: 'RangeError: Invalid time value\n    at Stamp (https://chat.example/assets/room-1.js:3:4)' })
  expect(failureDetails('room', { error, componentStack: '\n    at Stamp' }, when)).toBe(
    'Parley, room, 2026-11-30T00:00:00.000Z\nBrowser/1\n\nRangeError: Invalid time value\n    at Stamp (https://chat.example/assets/room-1.js:3:4)\n\n    at Stamp')
})

test('the details name no room and no link', () => {
  const error = Object.assign(new Error('at https://chat.example/join/abc#secret and https://chat.example/room/0123'), { stack: 'here' })
  const details = failureDetails('app', { error, componentStack: '' }, when)
  for (const secret of ['abc', 'secret', '0123']) expect(details).not.toContain(secret)
  expect(details).toContain('https://chat.example/…')
})

test('the details are there whatever was thrown, and are bounded', () => {
  for (const error of ['a word', null, undefined, 7, {}]) expect(failureDetails('call', { error, componentStack: '' }, when)).toContain('Parley, call')
  expect(failureDetails('call', { error: new Error('x'.repeat(1e6)), componentStack: 'y'.repeat(1e6) }, when).length).toBeLessThan(10_000)
})
