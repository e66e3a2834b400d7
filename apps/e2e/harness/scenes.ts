/** A room full of life: three people, several rooms, a conversation. For pictures, and for looking at the app with something in it. */
import { expect } from '@playwright/test'
import type { Person } from './person.ts'

export interface Scene { mara: Person, jonas: Person, priya: Person }

/** Mara, Jonas and Priya in "Allotment 12", linked directly; Mara has other rooms too. */
export async function furnish (person: (name: string) => Promise<Person>): Promise<Scene> {
  const [mara, jonas, priya] = [await person('Mara'), await person('Jonas'), await person('Priya')]
  for (const someone of [mara, jonas, priya]) {
    await someone.open()
    await someone.signIn()
  }
  await priya.createRoom('Book club')
  await priya.say('Chapter nine by Thursday?')
  await mara.openInvite(await priya.copyInvite())
  await mara.expectMessage('Chapter nine by Thursday?')
  await mara.createRoom('Mum and Dad')
  await mara.say('Landed safely, call you tonight.')
  await mara.createRoom('Allotment 12')
  const link = await mara.copyInvite()
  for (const someone of [jonas, priya]) await someone.openInvite(link)
  for (const someone of [jonas, priya]) await mara.expectMember(someone.name, 'direct')
  await jonas.expectMember('Priya', 'direct')
  return { mara, jonas, priya }
}

/** A conversation of ten messages; when it ends, Mara has an unread one in another room. */
export async function talk ({ mara, jonas, priya }: Scene): Promise<void> {
  const lines: readonly (readonly [Person, string])[] = [
    [mara, 'Morning! The tomatoes by the south wall are ripe, all of them at once.'],
    [jonas, 'How many are we talking about?'],
    [mara, 'Two crates. Maybe three 🍅'],
    [priya, 'Then we make sauce on Saturday. I have the big pot, and my neighbour lends us the mill.\nJars are with Jonas, aren’t they?'],
    [jonas, 'Forty, washed.'],
    [jonas, 'This is the one my grandmother swore by: https://example.org/passata'],
    [priya, 'Two hours on a low flame, then. She knew.'],
    [mara, 'Who waters on Friday? I am away until the evening.'],
    [jonas, 'I can, before work.'],
    [mara, 'Thank you! Key is under the third pot, as always 🌿']
  ]
  for (const [author, text] of lines) {
    await author.say(text)
    for (const reader of [mara, jonas, priya]) await reader.expectMessage(text.split('\n')[0] ?? text)
  }
  await mara.expectMessage('Key is under', { state: 'delivered' })
  await priya.enterRoom('Book club')
  await priya.say('The ending! I have opinions.')
  await priya.enterRoom('Allotment 12')
  await expect(mara.roomLink('Book club')).toContainText('I have opinions')
}
