/**
 * To whom frames of somebody else are passed on. Their author sends them to everybody they are linked with and to the node, and the node to
 * everybody in the topic: while it is there, passing on is only for an author who does not reach it, and it goes to the node.
 */

/** As gossipsub calls them: how many neighbours a topic should have, at least, at most, and of those that this device has dialled. */
export interface Neighbours { D: number, Dlo: number, Dhi: number, Dout: number }

export const NEIGHBOURS = {
  /** One, the node: whoever was there before it makes room (`appSpecificScore`). */
  byNode: { D: 1, Dlo: 1, Dhi: 1, Dout: 0 },
  /** In a room of more than eight not everybody is linked with everybody. With gossipsub's 6 to 12 a room of eight gets each frame eight times. */
  amongUs: { D: 4, Dlo: 3, Dhi: 5, Dout: 1 }
} as const satisfies Record<string, Neighbours>

/** Until then the node has brought the frame itself, if its author reached it: whoever has sent it meanwhile is not sent it. */
export const PASS_ON_TO_NODE_MS = 300
