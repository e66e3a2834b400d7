/**
 * Lets the page draw and hear before a long piece of work goes on. A timer does too, but one that is set by another timer waits four milliseconds
 * for nothing, which is a tenth of the time that a long history takes; only where there is nothing else it is taken.
 */
export async function giveWay (): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } }
  if (scheduler?.yield === undefined) await new Promise((resolve) => { setTimeout(resolve) })
  else await scheduler.yield()
}
