import { afterEach, beforeEach, expect, it } from 'vitest'
import { decodeJwt } from 'jose'
import { createPerson, startTestNode, type TestNode } from '../testing/node.ts'

let node: TestNode
beforeEach(async () => { node = await startTestNode() })
afterEach(async () => { await node.stop() })

it('reserves a name on acceptance and answers a passport that carries it', async () => {
  const alice = await createPerson(node, 'Alice')
  const { passport, suggestedName = '' } = await alice.signIn()
  expect(decodeJwt(passport)['name']).toBeUndefined()
  const named = await alice.api.chooseName(passport, suggestedName)
  expect(named.name).toBe(suggestedName)
  expect(decodeJwt(named.passport)['name']).toBe(suggestedName)
  expect(await alice.api.displayName(named.passport)).toEqual({ name: suggestedName })
  expect(await alice.api.suggestName(named.passport)).not.toBe(suggestedName)
})

it('gives a name to one person only, however it is written, and frees it when it is changed', async () => {
  const alice = await createPerson(node, 'Alice')
  const bob = await createPerson(node, 'Bob')
  const [hers, his] = [await alice.signIn(), await bob.signIn()]
  await alice.api.chooseName(hers.passport, 'Straße 42')
  for (const name of ['Straße 42', 'STRASSE 42', 'straße ４２', ' Strasse 42 ']) {
    await expect(bob.api.chooseName(his.passport, name)).rejects.toMatchObject({ code: 'name-taken' })
  }
  await bob.api.chooseName(his.passport, 'Bob')
  await expect(bob.api.chooseName(his.passport, 'straße 42')).rejects.toMatchObject({ code: 'name-taken' })
  expect((await bob.api.displayName(his.passport)).name).toBe('Bob')

  await alice.api.chooseName(hers.passport, 'Alice')
  await expect(bob.api.chooseName(his.passport, 'strasse 42')).resolves.toMatchObject({ name: 'strasse 42' })
  // Bob's own name in another spelling is no conflict.
  await expect(bob.api.chooseName(his.passport, 'Strasse 42')).resolves.toMatchObject({ name: 'Strasse 42' })
})

it('lets exactly one of two people win who choose the same name at once', async () => {
  const alice = await createPerson(node, 'Alice')
  const bob = await createPerson(node, 'Bob')
  const [hers, his] = [await alice.signIn(), await bob.signIn()]
  const results = await Promise.allSettled([alice.api.chooseName(hers.passport, 'Amber Otter 42'), bob.api.chooseName(his.passport, 'amber otter 42')])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

it.each([
  ['x', 'too-short'], ['A'.repeat(33), 'too-long'], ['two  spaces', 'punctuation'], ['-dash', 'punctuation'], ['line\nbreak', 'invisible'], ['zero\u200bwidth', 'invisible'],
  ['ㅤㅤ', 'invisible'], ['right\u202eleft', 'invisible'], ['z\u0300\u0301\u0302\u0303\u0304algo', 'marks'], ['<b>', 'character'], ['Аlice', 'mixed-scripts']
])('refuses %j as a name, and says that it is %s', async (name, fault) => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  await expect(alice.api.chooseName(passport, name)).rejects.toMatchObject({ code: 'name-malformed', details: { fault } })
})

it.each([
  'Amber Otter 42', 'José', 'Ναυσικά', 'हिन्दी', 'สมชาย', '李小龙', '李', "O'Neill", 'O’Brien', 'J. R. Smith', 'Anna-Lena_7', 'Nguyễn Văn A', 'محمد'
])('takes %s as a name', async (name) => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  await expect(alice.api.chooseName(passport, ` ${name}`)).resolves.toMatchObject({ name: name.normalize('NFC') })
})

it('gives nobody a name that looks like one that somebody has, until that is free again', async () => {
  const alice = await createPerson(node, 'Alice')
  const mallory = await createPerson(node, 'Mallory')
  const [hers, theirs] = [await alice.signIn(), await mallory.signIn()]
  await alice.api.chooseName(hers.passport, 'Ельвира')
  await mallory.api.chooseName(theirs.passport, 'Mallory')
  await alice.api.chooseName(hers.passport, 'Alice Cooper')
  for (const name of ['АӀісе Cooper', 'AIice C00per', 'Alice-Cooper', 'Alice Cooper.', 'ａｌｉｃｅ cooper', 'Alice Соореr']) {
    const refused = await mallory.api.chooseName(theirs.passport, name).catch((error: unknown) => error)
    expect(refused, name).toMatchObject({ code: expect.stringMatching(/^name-(taken|malformed)$/) as unknown })
  }
  // Whole words of Cyrillic are good names, and are compared by what they look like.
  await expect(mallory.api.chooseName(theirs.passport, 'Соорег')).resolves.toMatchObject({ name: 'Соорег' })
  await expect(alice.api.chooseName(hers.passport, 'Cooper')).rejects.toMatchObject({ code: 'name-taken' })
  expect((await alice.api.displayName(hers.passport)).name).toBe('Alice Cooper')
  await mallory.api.chooseName(theirs.passport, 'Mallory')
  await expect(alice.api.chooseName(hers.passport, 'Cooper')).resolves.toMatchObject({ name: 'Cooper' })
})
