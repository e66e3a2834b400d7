import { SourceMap, type SourceMapPayload } from 'node:module'

/** Every so many columns the map is asked: fine enough for shares of a hundredth. */
const STEP = 8

/** How much of a file, from 0 to 1, comes from each of its sources' packages or folders, by its source map. */
export function shareBySource (code: string, map: SourceMapPayload): Map<string, number> {
  const sourceMap = new SourceMap(map)
  const counts = new Map<string, number>()
  let total = 0
  code.split('\n').forEach((line, row) => {
    for (let column = 0; column < line.length; column += STEP) {
      const entry = sourceMap.findEntry(row, column)
      // Typed as always there; what the bundler adds has none.
      const source = 'originalSource' in entry ? entry.originalSource as string | undefined : undefined
      const owner = source === undefined ? 'bundler' : ownerOf(source)
      counts.set(owner, (counts.get(owner) ?? 0) + 1)
      total++
    }
  })
  return new Map([...counts].map(([owner, count]) => [owner, count / total]))
}

/** `node_modules/@libp2p/webrtc/dist/…` is `@libp2p/webrtc`, `apps/ui/features/…` is `apps/ui`, what is neither stands for itself. */
export function ownerOf (source: string): string {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]
  return inPackage ?? /(?:^|\/)((?:apps\/)?(?:client|ui|web|shared))\//.exec(source)?.[1] ?? source
}
