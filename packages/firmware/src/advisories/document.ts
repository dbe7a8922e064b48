/** What an advisory says of software, whatever its format. */
import type { Software } from "../sbom/component.ts"

/** `affected` also where that is not known: what is missing never clears anything. */
export type Word = "affected" | "not_affected"

export interface AdvisoryDocument {
  readonly format: "osv" | "openvex" | "csaf"
  /** Of the document. */
  readonly id: string
  /** The vulnerability that was asked for, or the only one. */
  readonly vulnerability: string
  readonly title: string
  /** When it was published, milliseconds since 1970; null where it does not say. */
  readonly published: number | null
  /** Null where it says nothing of it. */
  wordOn(software: Software): Word | null
}

export const timeIn = (text: string | null): number | null => {
  const time = text === null ? Number.NaN : Date.parse(text)
  return Number.isFinite(time) ? time : null
}
