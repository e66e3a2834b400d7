import { expect, test } from 'vitest'
import { answerTo, createAnswerBudget, greetingOf, isFromFriend } from './answers.ts'

test('a friend answers Alice with what she said', () => {
  expect(answerTo('The soup is ready.', 'Alice')).toContain('Alice said: The soup is ready.')
  expect(answerTo('ping', 'Alice')).toContain('pong')
  expect(answerTo('Is there coffee?', 'Alice')).toContain('Alice')
})

test('a friend never answers a friend', () => {
  const said = [greetingOf('Bob'), ...['ping', 'hello', 'why?', 'so'].map((text) => answerTo(text, 'Alice'))]
  for (const text of said) {
    expect(isFromFriend(text ?? '')).toBe(true)
    expect(answerTo(text ?? '', 'Bob')).toBeNull()
  }
})

test('a long message is quoted in part, and no character is cut in two', () => {
  const answer = answerTo(`a${'🙂'.repeat(1000)}`, 'Alice') ?? ''
  expect(answer.length).toBeLessThan(500)
  expect(answer.isWellFormed()).toBe(true)
})

test('a program that always answers back is not answered for ever', () => {
  let now = 0
  const mayAnswer = createAnswerBudget(() => now)
  const answered = Array.from({ length: 100 }, mayAnswer).filter(Boolean).length
  expect(answered).toBe(20)
  now += 6_000
  expect([mayAnswer(), mayAnswer(), mayAnswer()]).toEqual([true, true, false])
})
