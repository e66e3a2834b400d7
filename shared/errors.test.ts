import { expect, test } from 'vitest'
import { ERROR_CODES, isErrorCode, ParleyError } from './errors.ts'

test('an error carries its code, its category, its cause and what its words may mention', () => {
  const cause = new Error('disk')
  const error = new ParleyError('message-too-long', { cause, details: { maxBytes: 10 } })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'ParleyError', code: 'message-too-long', category: 'input', message: 'message-too-long', cause, details: { maxBytes: 10 } })
  expect(new ParleyError('timeout', { message: 'no answer in 5 s' })).toMatchObject({ message: 'no answer in 5 s', category: 'network', details: {} })
})

test('only codes of the list are codes, whatever a node answers', () => {
  for (const code of Object.keys(ERROR_CODES)) expect(isErrorCode(code)).toBe(true)
  for (const other of ['', 'toString', '__proto__', 'constructor', 'CODE-WRONG', null, undefined, 7, {}]) expect(isErrorCode(other)).toBe(false)
})
