import type { BrowserContext, Page } from '@playwright/test'
import { build } from 'esbuild'
import { join } from 'node:path'
import { root } from '../../../scripts/lib/run.ts'
import type { BenchPage } from '../pages/client-page.ts'
import { openPage, type Stage } from './stage.ts'

type Commands = { [Name in keyof BenchPage]: (...args: Parameters<BenchPage[Name]>) => ReturnType<BenchPage[Name]> }

/** A client without UI in a page of its own, and its `BenchPage` called from here. */
export interface ClientPage extends Commands { readonly page: Page }

const bundles = new Map<string, Promise<string>>()

async function bundleOf (entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, entry)],
    bundle: true, write: false, minify: true, format: 'esm', platform: 'browser', target: 'chrome137', logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' }
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild left no file')
  return file.text
}

async function bundled (entry: string): Promise<string> {
  const bundle = bundles.get(entry) ?? bundleOf(entry)
  bundles.set(entry, bundle)
  return await bundle
}

/** Opens the page at the node's origin in this profile and signs `name` in. */
export async function openClientPage (stage: Stage, name: string, context: BrowserContext): Promise<ClientPage> {
  const worker = await bundled('apps/client/background/worker.ts')
  await context.route(`${stage.node.origin}/bench-worker.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: worker }))
  const page = await openPage(context, `${stage.node.origin}/bench-page`, await bundled('apps/bench/pages/client-page.ts'))
  await page.waitForFunction(() => 'bench' in globalThis)
  const call = <Method extends keyof BenchPage>(method: Method) => async (...args: Parameters<BenchPage[Method]>) =>
    await page.evaluate(async ([called, given]) => {
      const { bench } = globalThis as unknown as { bench: Record<string, (...values: unknown[]) => Promise<unknown>> }
      return await bench[called]!(...given)
    }, [method, args] as [string, unknown[]]) as Awaited<ReturnType<BenchPage[Method]>>
  const commands = Object.fromEntries(([
    'requestCode', 'signIn', 'createRoom', 'createInvite', 'join', 'waitForDirect', 'send', 'fill', 'restart', 'openNewest', 'countShown', 'joinAndCatchUp', 'arrivals',
    'reopen', 'joinCall', 'leaveCall', 'callAgainAndAgain', 'restartPaths', 'leftovers'
  ] as const)
    .map((method) => [method, call(method)])) as unknown as Commands
  const email = `${name.toLowerCase()}@example.org`
  await commands.requestCode(email)
  await commands.signIn(email, await stage.node.mailbox.nextCode(email), name)
  return { page, ...commands }
}

export interface RoomOfPages {
  readonly people: readonly ClientPage[]
  /** An invite link into the room; empty while nobody has been opened. */
  link: () => string
  /** Opens one more page into the room, in a profile of its own. */
  open: (name: string) => Promise<ClientPage>
}

/** The first who is opened makes the room; whoever follows joins by its link. */
export function gatherPages (stage: Stage): RoomOfPages {
  const people: ClientPage[] = []
  let link = ''
  return {
    people,
    link: () => link,
    async open (name) {
      const person = await openClientPage(stage, name, await stage.context())
      if (people.length === 0) {
        await person.createRoom('Kitchen')
        link = await person.createInvite()
      } else await person.join(link)
      people.push(person)
      return person
    }
  }
}
