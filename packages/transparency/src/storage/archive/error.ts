/**
 * Why entries are not pruned or restored:
 *
 * - `retention`: the stated retention, or the file that says what was pruned, is not in its form
 * - `other-log`: the archive's directory is of another log
 * - `differs`: entries, tiles and signed root do not belong together; nothing of it is removed. `assay verify` tells what differs
 * - `not-archived`: the archive lacks entries, or holds others
 */
export type ArchiveErrorCode = "retention" | "other-log" | "differs" | "not-archived"

export class ArchiveError extends Error {
  readonly _tag = "ArchiveError"
  override readonly name = "ArchiveError"
  readonly code: ArchiveErrorCode
  constructor(code: ArchiveErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
