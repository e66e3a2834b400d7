/** Hiding an address in calls at a node that has no TURN server: nothing of it is told, and what that costs is said. */
import { expect, test, type Person } from './harness/index.ts'
import { isHeard } from './harness/hearing.ts'
import { hideAddressFrom } from './harness/own-devices.ts'

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })
const noRelay = (person: Person) => person.page.getByText('this node has no server that could carry the call for you')

/** Notes each candidate that others tell this page in calls, and how many sections their newest description has. */
function noteCandidates (): void {
  const told: string[] = []
  Object.assign(globalThis, {
    told,
    RTCPeerConnection: class extends RTCPeerConnection {
      override async addIceCandidate (candidate?: RTCIceCandidateInit | null): Promise<void> {
        if (this.getTransceivers().length > 0) told.push(candidate?.candidate ?? '')
        await super.addIceCandidate(candidate)
      }

      override async setRemoteDescription (description: RTCSessionDescriptionInit): Promise<void> {
        if (description.sdp?.includes('m=audio') === true) {
          told.push(...description.sdp.match(/a=candidate.*/g) ?? [])
          Object.assign(globalThis, { sections: description.sdp.match(/^m=/gm)?.length })
        }
        await super.setRemoteDescription(description)
      }
    }
  })
}

test('whoever hides where no TURN server is falls silent at once and is told why; nobody learns an address, and the call goes on when they hide no more', async ({ person }) => {
  const [alice, bob] = [await person('Alice'), await person('Bob')]
  await alice.page.addInitScript(noteCandidates)
  const told = async (): Promise<string[]> => await alice.page.evaluate(() => (globalThis as unknown as { told: string[] }).told.splice(0).filter((one) => one !== ''))
  for (const one of [alice, bob]) await one.signIn()
  await alice.createRoom('Kitchen')
  await bob.openInvite(await alice.copyInvite())
  await button(alice, 'Start call').click()
  await button(bob, 'Join call').click()
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
  await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)
  // The second description comes by itself: what is told from now on is told by whoever hides.
  await expect.poll(async () => await alice.page.evaluate(() => (globalThis as unknown as { sections: number }).sections)).toBe(4)
  expect((await told()).join()).toContain(' typ host')

  await hideAddressFrom(bob, 'Everybody')
  await expect(noRelay(bob)).toBeVisible()
  await expect(tile(alice, 'Bob')).not.toHaveAttribute('data-media', 'connected')
  await expect(tile(bob, 'Alice')).not.toHaveAttribute('data-media', 'connected')
  expect(await told()).toEqual([])

  await hideAddressFrom(bob, 'Nobody')
  await expect(noRelay(bob)).toBeHidden()
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
  await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)

  await button(bob, 'Leave call').click()
  await hideAddressFrom(bob, 'Everybody')
  await told()
  await button(bob, 'Join call').click()
  await expect(noRelay(bob)).toBeVisible()
  await expect(tile(bob, 'Alice')).toHaveCount(0)
  expect(await told()).toEqual([])
})
