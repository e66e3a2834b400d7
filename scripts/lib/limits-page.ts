/** `docs/LIMITS.md`: the node's limits for people, made from the one table in the code. `node scripts/limits.ts` writes it. */
import { LIMITS } from '../../bootstrap/limits/index.ts'
import type { LimitEntry } from '../../bootstrap/limits/table.ts'

const INTRO = `# Limits of a node

For those who host a node, and for those who wonder why it refused something. Each limit counts for the subject in the second column. One at the limit of a
device, an account, a mailbox, an address or a connection is refused, and others are not; whoever shares an address shares its limits. Limits of the node are shared by all:
at those of connections the address that holds the most makes room, at the others newcomers wait. An address is an IPv4 address or an IPv6 /64; a /48 and a /32 have limits of
their own, 4 and 16 times as large. Refusals are counted in \`/metrics\` by the names in the first column.

This page is made from \`bootstrap/limits/table.ts\` by \`node scripts/limits.ts\`. What clients and node bound alike (lengths of messages, names, rooms) is in \`shared/limits.ts\`.

| limit | for each | what | how much | why |
|---|---|---|---|---|
`

/** The page as it should be. */
export function limitsPage (): string {
  const rows = Object.entries(LIMITS).map(([name, entry]: [string, LimitEntry]) =>
    `| \`${name}\` | ${entry.subject} | ${entry.what} | ${describe(entry)} | ${entry.why} |`)
  return `${INTRO}${rows.join('\n')}\n`
}

function describe (entry: LimitEntry): string {
  switch (entry.kind) {
    case 'rate': return `${quantity(entry.burst, entry.unit)} at once, then ${rate(entry.perSecond, entry.unit)}`
    case 'held': return `${number(entry.max)} at the same time`
    case 'size': return quantity(entry.max, entry.unit)
  }
}

/** The largest unit of time in which it is one or more. */
function rate (perSecond: number, unit?: string): string {
  const spans = [['second', 1], ['minute', 60], ['hour', 3600], ['day', 86_400]] as const
  const [span, seconds] = spans.find(([, length]) => perSecond * length >= 1) ?? spans[3]
  return `${quantity(perSecond * seconds, unit)} ${span === 'hour' ? 'an' : 'a'} ${span}`
}

const number = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en')

/** In the largest unit of which it is two or more, or one exactly. */
function duration (ms: number): string {
  const units = [['days', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1000]] as const
  const [name, length] = units.find(([, least]) => ms === least || (ms >= 2 * least && ms % least === 0)) ?? ['ms', 1] as const
  return `${number(ms / length)} ${name}`
}

function quantity (value: number, unit?: string): string {
  if (unit === 'ms') return duration(value)
  if (unit !== 'bytes') return unit === undefined ? number(value) : `${number(value)} ${unit}`
  const units = [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]] as const
  const [name, size] = units.find(([, least]) => value >= least) ?? ['bytes', 1] as const
  return `${number(value / size)} ${name}`
}
