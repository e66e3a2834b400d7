/** What somebody finds who has taken over a node, after people have used it for all that it does: on its disk, and in the memory of its process. */
import { expect, it } from 'vitest'
import { openVault, type StoredVaultKey } from './crypto/index.ts'
import { openDatabase } from './store/index.ts'
import { asBytes, asText, findInFiles, findInMemory, type Needles } from './testing/find-bytes.ts'
import { startTestNode } from './testing/node.ts'
import { signIn, until, type Person } from './testing/people.ts'

const MESSAGES = 40
const marker = (what: string): string => `${what} ${crypto.randomUUID()}`

/** All secrets that a profile holds. */
async function secretsOf (person: Person): Promise<Needles> {
  const database = await openDatabase(person.profile)
  const store = database.withVault(await openVault(await database.loadKey('vault') as StoredVaultKey, null, () => Promise.resolve()))
  const profile = await store.loadProfile()
  const needles: Needles[] = profile?.rootEntropy == null ? [] : [asBytes(`the twelve words of ${person.name}`, profile.rootEntropy)]
  for (const { tag, inviteSecrets } of await store.rooms()) {
    for (const secret of Object.values(inviteSecrets)) needles.push(asBytes(`the link of ${person.name}`, secret))
    for (const { epochId, logSecret, messageSecret } of await store.epochs(tag)) {
      needles.push(asBytes(`log secret of ${epochId}`, logSecret), asBytes(`message secret of ${epochId}`, messageSecret ?? logSecret))
    }
  }
  database.close()
  return Object.assign({}, ...needles) as Needles
}

it.runIf(process.platform === 'linux')('nothing that was said, no name of a room, no link and no key', async () => {
  const node = await startTestNode()
  const [alice, bob] = [await signIn(`Alice ${crypto.randomUUID().slice(0, 8)}`, node), await signIn(`Bob ${crypto.randomUUID().slice(0, 8)}`, node)]
  const [name, topic, said, corrected] = [marker('Kitchen'), marker('cooking'), marker('hello'), marker('better')]
  const tag = await alice.client.createRoom({ name })
  const { link } = await alice.room(tag).entry.invite.value!()
  expect(await bob.join(link)).toMatchObject({ status: 'joined' })
  await alice.room(tag).settings.rename.value!({ topic })
  for (let n = 0; n < MESSAGES; n++) await [alice, bob][n % 2]!.say(tag, `${n} ${said}`)
  const message = await bob.sees(tag, `0 ${said}`)
  await alice.sees(tag, `${MESSAGES - 1} ${said}`)
  await alice.room(tag).messages.edit.value!(message.id, corrected)
  await bob.sees(tag, corrected)
  for (const person of [alice, bob]) await until(person.room(tag).messages.keptAtNode, (kept) => kept, 'kept at the node')
  await alice.leave()
  await bob.leave()
  // By what lies at the node: nobody else is there.
  const carol = await signIn(`Carol ${crypto.randomUUID().slice(0, 8)}`, node)
  expect(await carol.join(link)).toMatchObject({ status: 'joined' })
  await carol.sees(tag, corrected)
  await carol.leave()

  const secrets: Needles = Object.assign({}, ...await Promise.all([alice, bob, carol].map(secretsOf))) as Needles
  expect(Object.keys(secrets).length).toBeGreaterThan(20)
  const hidden = { ...asText('the name of the room', name), ...asText('its topic', topic), ...asText('what was said', said), ...asText('what was corrected', corrected), ...secrets }
  // What the node does know is found, so that not finding means something.
  const known = { ...asText('the tag of the room', tag), ...asText('an account\'s name', alice.name) }
  expect(await findInFiles(node.dataDir, { ...known, ...hidden })).toEqual(['an account\'s name', 'the tag of the room'])
  const inMemory = await findInMemory(node.pid(), { ...known, ...hidden })
  expect(inMemory.filter((found) => !(found in known))).toEqual([])
  expect(inMemory).toContain('the tag of the room')
  await node.remove()
}, 120_000)
