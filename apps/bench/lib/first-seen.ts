import type { BrowserContext, Page } from '@playwright/test'

/**
 * Notes in each page of a profile when elements are first there, by the page's own clock, without anything in the product: an observer that
 * is there before the page's first script. Milliseconds since the navigation started, at the frame that shows it.
 */
export async function watchFirstSeen (context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    // An empty page has no storage and nothing to see.
    if (!location.protocol.startsWith('http')) return
    const wanted = new Map<string, number | null>()
    const look = (): void => {
      for (const [selector, seenAt] of wanted) {
        if (seenAt !== null || document.querySelector(selector) === null) continue
        wanted.set(selector, Infinity)
        requestAnimationFrame(() => wanted.set(selector, performance.now()))
      }
    }
    Object.assign(globalThis, {
      benchFirstSeen (selector: string) {
        if (!wanted.has(selector)) wanted.set(selector, null)
        look()
        return wanted.get(selector)
      }
    })
    for (const selector of JSON.parse(localStorage.getItem('bench-first-seen') ?? '[]') as string[]) wanted.set(selector, null)
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-node', 'data-state', 'data-message-id'] })
  })
}

/** Names what later loads of this page shall watch from their start. */
export async function rememberWanted (page: Page, selectors: readonly string[]): Promise<void> {
  await page.evaluate((text) => localStorage.setItem('bench-first-seen', text), JSON.stringify(selectors))
}

/** Waits until it was seen in the current load of the page. @returns ms since the navigation started */
export async function firstSeenMs (page: Page, selector: string): Promise<number> {
  const handle = await page.waitForFunction((wanted) => {
    const seenAt = (globalThis as unknown as { benchFirstSeen(selector: string): number | null }).benchFirstSeen(wanted)
    return seenAt !== null && Number.isFinite(seenAt) ? { seenAt } : null
  }, selector, { timeout: 60_000 })
  const seen = await handle.jsonValue()
  if (seen === null) throw new Error(`${selector} was never seen`)
  return seen.seenAt
}
