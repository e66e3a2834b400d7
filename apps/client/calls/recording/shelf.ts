/**
 * Recordings on this device's disk, in pieces: each a file of its own that is whole once it is written, so a crash costs the piece that was
 * being written and nothing before it. The pieces one after another are the recording.
 *
 * They lie in the origin private file system: a file that the person picked is only there when it is closed, and lost in a crash.
 * @see https://fs.spec.whatwg.org/#api-filesystemwritablefilestream
 */

import { HEAD_BYTES, withDuration } from './webm-duration.ts'

export interface RecordingAbout {
  roomName: string
  /** Unix ms. */
  startedAt: number
  mimeType: string
  /** Null while it is being recorded, and for ever after a crash. */
  endedAt: number | null
}

export interface ShelvedRecording extends RecordingAbout { id: string, bytes: number }

export interface RecordingWriter {
  readonly id: string
  /** In order. Rejects with a `QuotaExceededError` when the disk is full; what was written before stays. */
  append(piece: Blob): Promise<void>
  end(at: number): Promise<void>
}

export interface RecordingShelf {
  /** What is not being written, oldest first. */
  list(): Promise<ShelvedRecording[]>
  begin(about: Omit<RecordingAbout, 'endedAt'>): Promise<RecordingWriter>
  /** Says how long it is. Reads from the disk as it is read: a long recording need not fit into memory. */
  open(id: string): Promise<Blob>
  remove(id: string): Promise<void>
  erase(): Promise<void>
}

const ABOUT = 'about.json'
const PIECE = /^\d{6}\.part$/
const pieceName = (nth: number): string => `${String(nth).padStart(6, '0')}.part`

/** @param owner keeps the recordings of two people who use this browser apart */
export function createRecordingShelf (owner: string): RecordingShelf {
  const name = owner.slice(0, 16)
  /** Being written: not to be listed, and not to be taken for an empty one. */
  const open = new Set<string>()
  const everybody = async (): Promise<FileSystemDirectoryHandle> => await (await navigator.storage.getDirectory()).getDirectoryHandle('recordings', { create: true })
  const shelf = async (): Promise<FileSystemDirectoryHandle> => await (await everybody()).getDirectoryHandle(name, { create: true })
  const list = async (): Promise<ShelvedRecording[]> => {
    const found: ShelvedRecording[] = []
    for await (const handle of (await shelf()).values()) {
      if (!isDirectory(handle) || open.has(handle.name)) continue
      const bytes = (await piecesOf(handle)).reduce((sum, { size }) => sum + size, 0)
      // Nothing was said before it ended: there is nothing to keep.
      if (bytes === 0) await (await shelf()).removeEntry(handle.name, { recursive: true })
      else found.push({ id: handle.name, bytes, ...await readAbout(handle) })
    }
    return found.sort((a, b) => a.startedAt - b.startedAt)
  }
  return {
    list,
    async begin (about) {
      const id = `${about.startedAt}-${crypto.randomUUID()}`
      open.add(id)
      const folder = await (await shelf()).getDirectoryHandle(id, { create: true })
      const note = async (endedAt: number | null): Promise<void> => await write(folder, ABOUT, new Blob([JSON.stringify({ ...about, endedAt })]))
      await note(null)
      let count = 0
      return {
        id,
        append: async (piece) => await write(folder, pieceName(count++), piece),
        async end (at) {
          open.delete(id)
          await note(at)
        }
      }
    },
    async open (id) {
      const folder = await (await shelf()).getDirectoryHandle(id)
      const [pieces, { mimeType: type, startedAt, endedAt }] = await Promise.all([piecesOf(folder), readAbout(folder)])
      const recorded = new Blob(pieces, { type })
      // Where it was cut off, it goes as far as its last piece.
      const head = withDuration(await recorded.slice(0, HEAD_BYTES).bytes(), (endedAt ?? pieces.at(-1)?.lastModified ?? startedAt) - startedAt)
      return head === null ? recorded : new Blob([head, recorded.slice(HEAD_BYTES)], { type })
    },
    remove: async (id) => await (await shelf()).removeEntry(id, { recursive: true }),
    async erase () {
      await shelf()
      await (await everybody()).removeEntry(name, { recursive: true })
    }
  }
}

async function write (folder: FileSystemDirectoryHandle, name: string, content: Blob): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true })
  const stream = await file.createWritable()
  try {
    await stream.write(content)
    await stream.close()
  } catch (error) {
    await stream.abort().catch(() => undefined)
    throw error
  }
}

async function piecesOf (folder: FileSystemDirectoryHandle): Promise<File[]> {
  const pieces: File[] = []
  for await (const handle of folder.values()) if (isFile(handle) && PIECE.test(handle.name)) pieces.push(await handle.getFile())
  return pieces.sort((a, b) => a.name < b.name ? -1 : 1)
}

/** What a crash left unwritten or half written is told as well as it can be. */
async function readAbout (folder: FileSystemDirectoryHandle): Promise<RecordingAbout> {
  let known: Partial<RecordingAbout> = {}
  try {
    const value: unknown = JSON.parse(await (await (await folder.getFileHandle(ABOUT)).getFile()).text())
    if (typeof value === 'object' && value !== null) known = value
  } catch { /* the pieces are what counts */ }
  const { roomName, startedAt, mimeType, endedAt } = known
  return {
    roomName: typeof roomName === 'string' ? roomName : '',
    startedAt: typeof startedAt === 'number' ? startedAt : Number.parseInt(folder.name, 10) || 0,
    mimeType: typeof mimeType === 'string' ? mimeType : 'video/webm',
    endedAt: typeof endedAt === 'number' ? endedAt : null
  }
}

const isDirectory = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle => handle.kind === 'directory'
const isFile = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === 'file'
