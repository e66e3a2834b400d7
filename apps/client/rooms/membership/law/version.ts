/**
 * The version of the rules by which the operations of a room are judged and described. Raise it with every change that lets the same
 * operations come out differently: devices compare what they decided only where this number is the same. `agreement.test.ts` notices.
 */
export const LAW_VERSION = 1
