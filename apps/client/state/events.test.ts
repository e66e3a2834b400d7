import { expect, test } from 'vitest'
import { createEvents } from './events.ts'

interface Doorbell { 'rang': { times: number }, 'answered': { by: string } }

test('whoever listens is told what happened, in the order they began to listen', () => {
  const events = createEvents<Doorbell>()
  const heard: string[] = []
  events.on('rang', ({ times }) => heard.push(`Alice ${times}`))
  events.on('rang', ({ times }) => heard.push(`Bob ${times}`))
  events.on('answered', ({ by }) => heard.push(`answered by ${by}`))
  events.emit('rang', { times: 2 })
  expect(heard).toEqual(['Alice 2', 'Bob 2'])
})

test('nobody has to listen, and nobody is told what was before', () => {
  const events = createEvents<Doorbell>()
  events.emit('rang', { times: 1 })
  const heard: number[] = []
  events.on('rang', ({ times }) => heard.push(times))
  expect(heard).toEqual([])
})

test('whoever stops listening is not told any more, and may stop twice', () => {
  const events = createEvents<Doorbell>()
  const heard: string[] = []
  const stop = events.on('rang', () => heard.push('Alice'))
  events.on('rang', () => heard.push('Bob'))
  stop()
  stop()
  events.emit('rang', { times: 1 })
  expect(heard).toEqual(['Bob'])
})

test('listeners that come and go while they are told do not disturb the others', () => {
  const events = createEvents<Doorbell>()
  const heard: string[] = []
  const stop = events.on('rang', () => {
    heard.push('Alice')
    stop()
    events.on('rang', () => heard.push('Carol'))
  })
  events.on('rang', () => heard.push('Bob'))
  events.emit('rang', { times: 1 })
  expect(heard).toEqual(['Alice', 'Bob'])
  events.emit('rang', { times: 2 })
  expect(heard).toEqual(['Alice', 'Bob', 'Bob', 'Carol'])
})

test('whoever fails while told does not keep the others from being told, and is not passed over in silence', async () => {
  const events = createEvents<Doorbell>()
  const heard: string[] = []
  const uncaught: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => uncaught.push(error))
  events.on('rang', () => { throw new Error('Alice stumbles') })
  events.on('rang', () => heard.push('Bob'))
  events.emit('rang', { times: 1 })
  expect(heard).toEqual(['Bob'])
  await expect.poll(() => uncaught.map(String)).toEqual(['Error: Alice stumbles'])
  for (const other of others) process.on('uncaughtException', other)
})
