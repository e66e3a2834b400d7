import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ERROR_CODES, ParleyError, type ErrorCode } from '#shared/errors.ts'
import { toProblem } from './errors.ts'

const rows = readFileSync(new URL('../docs/ERRORS.md', import.meta.url), 'utf8').split('\n')
  .filter((line) => line.startsWith('| `')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
const codes = Object.keys(ERROR_CODES) as ErrorCode[]

it('has a row in docs/ERRORS.md for every code, and no other', () => {
  expect(rows.map(([code]) => code?.replaceAll('`', '')).sort()).toEqual([...codes].sort())
  for (const row of rows) expect(row.every((cell) => cell !== ''), row[0]).toBe(true)
})

it('answers each code of the node with the status that its row says', () => {
  const documented = rows.filter((row) => /^\d{3}$/.test(row[1] ?? ''))
  expect(documented.length).toBeGreaterThan(14)
  for (const [code = '', status] of documented) {
    expect(toProblem(new ParleyError(code.replaceAll('`', '') as ErrorCode)).status, code).toBe(Number(status))
  }
})

it('puts only the details on the wire that are meant for it', () => {
  const problem = toProblem(new ParleyError('code-wrong', { details: { attemptsLeft: 3, email: 'alice@example.org' }, cause: new Error('inside') }))
  expect(problem).toEqual({ type: 'urn:parley:error:code-wrong', title: 'This code is wrong.', status: 400, code: 'code-wrong', attemptsLeft: 3 })
})

it.each([new Error('inside'), 'text', null, undefined, { statusCode: 503 }])('makes node-error of %s', (thrown) => {
  expect(toProblem(thrown)).toEqual({ type: 'urn:parley:error:node-error', title: 'Something went wrong in the node.', status: 500, code: 'node-error' })
})
