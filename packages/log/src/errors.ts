/** What can go wrong with a log, by what the caller must do about it. A `RangeError` means that the arguments are wrong: fix the code. */

/** The group's position is not the one that the commit started from: somebody else moved it. Discard state, reload, resume there. */
export class FencedError extends Error {
  readonly _tag = "FencedError"
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

/** Another process took the partition for the group. Discard the state; `take` it again only where the group confirms it is yours. */
export class TakenOverError extends Error {
  readonly _tag = "TakenOverError"
  override readonly name = "TakenOverError"
  readonly group: string
  readonly partition: number

  constructor(group: string, stream: string, partition: number, cause?: unknown) {
    super(`another process took partition ${partition} of ${stream} for group ${group}: discard the state`, { cause })
    this.group = group
    this.partition = partition
  }
}

/** The servers behind the log do not answer, or too few of them. Nothing is wrong with the call: go on trying, and say so. */
export class UnavailableError extends Error {
  readonly _tag = "UnavailableError"
  override readonly name = "UnavailableError"
}

/**
 * Records that were not read yet are gone (retention, or somebody deleted them), or the stream ends before what was read (it was
 * deleted, cut or replaced). Halt and raise an alarm: going on would skip records in silence.
 */
export class LostRecordsError extends Error {
  readonly _tag = "LostRecordsError"
  override readonly name = "LostRecordsError"

  /**
   * @param next the next offset to read
   * @param kept the first offset that is still there, where it lies above `next`; or where the stream ends, below `next`
   */
  constructor(stream: string, partition: number, next: number, kept: { start: number } | { end: number }) {
    super(
      "start" in kept
        ? `${stream}/${partition}: the records from offset ${next} to ${kept.start - 1} are gone before they were read. Nothing was skipped; restore them from a backup, or move the group on purpose`
        : `${stream}/${partition}: the stream ends at ${kept.end}, before offset ${next} that the group has read up to: the topic was deleted, truncated or replaced. Nothing was skipped; restore the topic from a backup, or begin a new log`,
    )
  }
}

/**
 * A record is stamped with a time that has not come yet by this machine's clock. Halt, raise an alarm, and look again once in a
 * while: whatever is judged under such a time has expired, lapsed and fallen silent for good.
 */
export class AheadOfClockError extends Error {
  readonly _tag = "AheadOfClockError"
  override readonly name = "AheadOfClockError"
}

/** The log is not set up as asked: topics missing or of another shape, wrong address, wrong credentials. Stop and show the message to the operator. */
export class LogSetupError extends Error {
  readonly _tag: string = "LogSetupError"
  override readonly name: string = "LogSetupError"
}

/**
 * The log was ended, and the next epoch goes on from it. What was to be appended counts nowhere, also where it came to lie there:
 * hand it in again, at the next epoch. The process must end; the message says where the log goes on.
 */
export class LogEndedError extends LogSetupError {
  override readonly _tag = "LogEndedError"
  override readonly name = "LogEndedError"
}

/**
 * The servers behind the log do not let this process do what it asked for. Nothing of the call is visible. Show the message
 * to the operator; the same call may work later, for rights can be granted while a process runs.
 */
export class ForbiddenError extends LogSetupError {
  override readonly _tag = "ForbiddenError"
  override readonly name = "ForbiddenError"
}

/**
 * The storage refused or a stored frame is damaged. Nothing of the call is visible, unless the machine lost power in it: read
 * `position` again before going on, and stop the partition if it happens twice. `cause` holds the engine's own error.
 */
export class StorageError extends Error {
  readonly _tag = "StorageError"
  override readonly name = "StorageError"
}

/** The data directory cannot be used as asked (locked, of another format, of another shape). Stop and show the message to the operator. */
export class DataDirError extends Error {
  readonly _tag = "DataDirError"
  override readonly name = "DataDirError"
}
