/**
 * A file of lines that is only ever appended to, and that never shows half a line for longer than it takes to write one:
 * what a crash or a full disk left of a line is cut off before the next is written. It was not flushed, so it comes again.
 */
import { constants } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { dirname } from "node:path"

const BACK = 64 << 10
const LINE_END = 10

/** Where the last whole line ends. */
const wholeLength = async (file: FileHandle, size: number): Promise<number> => {
  const buffer = Buffer.alloc(BACK)
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - BACK)
    const { bytesRead } = await file.read(buffer, 0, end - from, from)
    if (bytesRead < end - from) throw new Error("the file became shorter while it was read")
    const at = buffer.subarray(0, bytesRead).lastIndexOf(LINE_END)
    if (at >= 0) return from + at + 1
    end = from
  }
  return 0
}

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(dirname(path), "r")
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT

/** A file of ours: its owner's alone, and a symbolic link in its place is not followed (ELOOP). */
export const OURS = { flags: constants.O_NOFOLLOW, mode: 0o600 } as const
/** A file that somebody named for others to read: as the umask says, through links too. */
export const THEIRS = { flags: 0, mode: 0o666 } as const

/** Concurrency: calls may come at once; they are carried out one after the other. */
export class LineFile {
  readonly path: string
  readonly #whose: typeof OURS | typeof THEIRS
  #file: FileHandle | null = null
  /** The end of the file may hold half a line. */
  #isTorn = true
  #queue: Promise<unknown> = Promise.resolve()
  #flushing: Promise<void> | null = null

  constructor(path: string, whose: typeof OURS | typeof THEIRS) {
    this.path = path
    this.#whose = whose
  }

  get isOpen(): boolean {
    return this.#file !== null
  }

  /** Makes the file where there is none. @throws what the file system says */
  open(): Promise<void> {
    return this.#alone(async () => {
      this.#file ??= await open(this.path, APPEND | this.#whose.flags, this.#whose.mode)
      await syncDirectory(this.path)
      await this.#repair(this.#file)
    })
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#alone(async () => {
      const file = this.#opened()
      if (this.#isTorn) await this.#repair(file)
      this.#isTorn = true
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done)
        done += bytesWritten
      }
      this.#isTorn = false
    })
  }

  /** Durable when it resolves. Whoever asks while another's turn has not begun shares it. */
  flush(): Promise<void> {
    this.#flushing ??= this.#alone(async () => {
      this.#flushing = null
      await this.#opened().datasync()
    })
    return this.#flushing
  }

  close(): Promise<void> {
    return this.#alone(async () => {
      const file = this.#file
      this.#file = null
      await file?.close()
    })
  }

  async #repair(file: FileHandle): Promise<void> {
    const { size } = await file.stat()
    const whole = await wholeLength(file, size)
    if (whole < size) await file.truncate(whole)
    this.#isTorn = false
  }

  #opened(): FileHandle {
    if (this.#file === null) throw new Error(`${this.path} is not open`)
    return this.#file
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }
}
