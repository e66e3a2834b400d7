/**
 * How long a message takes from one Chromium page to another: handed to the client of one until the client of the other tells of it, which
 * is after it was sealed, signed, stored, sent over a direct link, checked, opened and stored again. Compared with the least that two pages
 * can be linked by, in the same run.
 */
import { openClientPage, type ClientPage } from './lib/client-page.ts'
import { withoutClockOffset } from './lib/percentiles.ts'
import { launchBrowser, openStage, type Stage } from './lib/stage.ts'
import { measureDataChannel, measureWsBroadcast, type Traffic } from './lib/raw-links.ts'
import { resultOf, type Bench } from './lib/report.ts'

const TRAFFIC: Traffic = { count: 300, bytes: 200, everyMs: 20 }

export const gossipDelivery: Bench = {
  name: 'gossip-delivery',
  summary: `one message of ${TRAFFIC.bytes} B each ${TRAFFIC.everyMs} ms between two pages, ${TRAFFIC.count} each way`,
  async run () {
    const { channel, socket } = await measureReferences()
    await using stage = await openStage()
    const { delivered, stored, sent } = await measureClients(stage)
    return [
      resultOf('gossip-delivery', delivered, { reference: { name: 'raw-data-channel', samples: channel } }),
      resultOf('gossip-delivery-to-ws', delivered, { reference: { name: 'ws-broadcast', samples: socket } }),
      resultOf('message-stored', stored),
      { metric: 'gossip-delivered', unit: '%', value: 100 * delivered.length / sent },
      resultOf('raw-data-channel', channel),
      resultOf('ws-broadcast', socket)
    ]
  }
}

/** Also what can be run alone: nothing of Parley is in it. */
export async function measureReferences (): Promise<{ channel: number[], socket: number[] }> {
  const browser = await launchBrowser()
  try {
    return { channel: await measureDataChannel(browser, TRAFFIC), socket: await measureWsBroadcast(browser, TRAFFIC) }
  } finally {
    await browser.close()
  }
}

async function measureClients (stage: Stage): Promise<{ delivered: number[], stored: number[], sent: number }> {
  const alice = await openClientPage(stage, 'Alice', await stage.context())
  const bob = await openClientPage(stage, 'Bob', await stage.context())
  await alice.createRoom('Kitchen')
  await bob.join(await alice.createInvite())
  await Promise.all([alice.waitForDirect(1), bob.waitForDirect(1)])
  // The first messages pay for what is made once: streams, compiled code, the first transaction.
  await measureOneWay(alice, bob, 'warm', 20, 0)
  await measureOneWay(bob, alice, 'warm', 20, 0)
  const there = await measureOneWay(alice, bob, 'timed', TRAFFIC.count, 20)
  const back = await measureOneWay(bob, alice, 'timed', TRAFFIC.count, 20)
  return {
    delivered: withoutClockOffset(there.delivered, back.delivered),
    stored: [...there.stored, ...back.stored],
    sent: 2 * TRAFFIC.count
  }
}

/** @param before how many messages `to` has got already */
async function measureOneWay (
  from: ClientPage, to: ClientPage, label: string, count: number, before: number
): Promise<{ delivered: number[], stored: number[] }> {
  const texts = Array.from({ length: count }, (_, n) => `${label} ${n} `.padEnd(TRAFFIC.bytes - 1, 'x') + '.')
  const { handed, stored } = await from.send(texts, TRAFFIC.everyMs)
  const arrived = await to.arrivals(before + count)
  return {
    delivered: texts.flatMap((text) => arrived[text] === undefined ? [] : [arrived[text] - handed[text]!]),
    stored: texts.map((text) => stored[text]! - handed[text]!)
  }
}
