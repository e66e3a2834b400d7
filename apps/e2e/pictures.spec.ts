/** `npm run pictures`: takes the pictures of the README anew, of the app as it was last built. The machine needs a font with emoji. */
import { join } from 'node:path'
import { expect, test } from './harness/index.ts'
import { furnish, talk } from './harness/scenes.ts'

const folder = join(import.meta.dirname, '../../docs/images')

test.skip(process.env['npm_lifecycle_event'] !== 'pictures', 'Pictures are taken on demand: `npm run pictures`.')

test('the pictures of the README', async ({ person }) => {
  const scene = await furnish(person)
  await talk(scene)
  const { mara, priya } = scene
  // Away from all that lights up under it.
  await mara.page.mouse.move(640, 790)
  for (const theme of ['light', 'dark'] as const) {
    await mara.page.emulateMedia({ colorScheme: theme })
    await priya.page.getByRole('textbox', { name: 'Message' }).pressSequentially('On my way')
    await expect(mara.page.getByText('Priya is typing…')).toBeVisible()
    await mara.page.screenshot({ path: join(folder, `room-${theme}.png`), animations: 'disabled' })
    await priya.page.getByRole('textbox', { name: 'Message' }).fill('')
  }
})
