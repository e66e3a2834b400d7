/** What a page holds, read or erased from outside: for stories about all of a room rather than about one message. */
import type { Page } from '@playwright/test'

/** A list draws only the rows that fit; this is higher than any story's conversation. */
const TALL = { width: 1000, height: 12_000 }

/** Every message of the open room, oldest first. */
export async function readAll (page: Page): Promise<{ id: string, text: string }[]> {
  await page.setViewportSize(TALL)
  return await page.getByRole('log', { name: 'Messages' }).getByRole('article').evaluateAll((articles) => articles.map((article) => ({
    id: article.getAttribute('data-message-id') ?? '',
    text: article.querySelector('.message-text')?.textContent ?? ''
  })))
}

/** As when the browser's site data is cleared: databases, caches, service worker, all of it. The page is left on an empty one. */
export async function eraseStorage (page: Page, origin: string): Promise<void> {
  await page.goto('about:blank')
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await devtools.detach()
}
