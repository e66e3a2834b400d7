const encoder = new TextEncoder()

/** Bytes of `text` as UTF-8, which is what the limit of a message counts. */
export const byteLength = (text: string): number => encoder.encode(text).length
