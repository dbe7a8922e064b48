/** What can go wrong with a log, by what the caller must do about it. A `RangeError` means that the arguments are wrong: fix the code. */

/** The group's position is not the one that the commit started from: somebody else moved it. Discard state, reload, resume there. */
export class FencedError extends Error {
  override readonly name = "FencedError"
  readonly group: string
  readonly expected: number
  readonly actual: number

  constructor(group: string, stream: string, expected: number, actual: number) {
    super(
      `group ${group} is at offset ${actual} of ${stream}, not at ${expected}: discard the state and resume from ${actual}`,
    )
    this.group = group
    this.expected = expected
    this.actual = actual
  }
}

/**
 * The storage refused or a stored frame is damaged. Nothing of the call is visible, unless the machine lost power in it: read
 * `position` again before going on, and stop the partition if it happens twice. `cause` holds the engine's own error.
 */
export class StorageError extends Error {
  override readonly name = "StorageError"
}

/** The data directory cannot be used as asked (locked, of another format, of another shape). Stop and show the message to the operator. */
export class DataDirError extends Error {
  override readonly name = "DataDirError"
}
